/* SPDX-License-Identifier: MIT-0 */
/*
 * Decides what an exception means. An interrupt goes to its handler, an expected fault is recorded
 * and its instruction skipped, and an unexpected exception is a crash.
 */
#include <guest/cpu.h>
#include <guest/crash.h>
#include <guest/exception.h>
#include <guest/gic.h>

struct fault_state {
	bool expected;
	unsigned int count;
	struct guest_frame first;
};

static struct fault_state fault_states[GUEST_CPUS_MAX]; /* each CPU's own */
void (*fault_debug_handler)(struct guest_frame *frame);

void fault_expect(void)
{
	fault_states[cpu_number()].count = 0;
	fault_states[cpu_number()].expected = true;
	cpu_dsb();
	cpu_isb();
}

const struct guest_frame *fault_taken(void)
{
	struct fault_state *state = &fault_states[cpu_number()];

	cpu_dsb();
	cpu_isb();
	state->expected = false;
	return state->count != 0 ? &state->first : NULL;
}

unsigned int fault_count(void)
{
	return fault_states[cpu_number()].count;
}

static bool fault_is_debug(uint64_t esr)
{
	uint64_t class = ESR_CLASS(esr);

	return class == ESR_CLASS_BREAKPOINT || class == ESR_CLASS_STEP ||
	       class == ESR_CLASS_WATCHPOINT || class == ESR_CLASS_BRK;
}

static void fault_synchronous(struct guest_frame *frame, uint64_t kind)
{
	struct fault_state *state = &fault_states[cpu_number()];

	if (fault_debug_handler != NULL && fault_is_debug(frame->esr)) {
		fault_debug_handler(frame);
		return;
	}
	if (!state->expected)
		crash_unexpected(frame, kind);
	if (state->count++ == 0)
		state->first = *frame;
	/* After an aborted fetch the program goes on at the caller; another instruction is
	 * skipped. */
	if (ESR_CLASS(frame->esr) == ESR_CLASS_FETCH_ABORT)
		frame->elr = frame->x[30];
	else
		frame->elr += 4;
}

void guest_exception(struct guest_frame *frame, uint64_t kind)
{
	if (kind == CRASH_NO_STACK)
		crash_unexpected(frame, kind);
	switch (kind % 4) {
	case 0:
		fault_synchronous(frame, kind);
		break;
	case 1:
		gic_dispatch();
		break;
	default:
		crash_unexpected(frame, kind);
		break;
	}
}
