/* SPDX-License-Identifier: MIT-0 */
/*
 * Prints a crash and ends the program: see guest/crash.h. Each CPU crashes once. A second exception
 * during the report, for instance without a console, leads to the end at once. An exception during
 * the end leaves the CPU waiting for ever.
 */
#include <assert.h>
#include <guest/cpu.h>
#include <guest/crash.h>
#include <stdio.h>

#define CRASH_BRK 0x4b4d /* guest_panic() uses it; x0 is `why` */

enum crash_stage { CRASH_NONE, CRASH_SAYS, CRASH_ENDS };

static struct crash {
	enum crash_stage stage;
	const struct guest_frame *frame;
	uint64_t sp;
} crashes[GUEST_CPUS_MAX];

void (*crash_instead)(const struct guest_frame *frame, uint64_t kind);

/* ---- in words ---- */

static const char *crash_class(uint64_t esr)
{
	switch (ESR_CLASS(esr)) {
	case ESR_CLASS_UNKNOWN:
		return "undefined instruction";
	case ESR_CLASS_ILLEGAL:
		return "illegal state";
	case ESR_CLASS_SVC:
		return "SVC";
	case ESR_CLASS_SYSTEM:
		return "access to a system register";
	case ESR_CLASS_FETCH_ABORT - 1:
	case ESR_CLASS_FETCH_ABORT:
		return "instruction abort";
	case ESR_CLASS_PC:
		return "misaligned pc";
	case ESR_CLASS_ABORT - 1:
	case ESR_CLASS_ABORT:
		return "data abort";
	case ESR_CLASS_SP:
		return "misaligned stack pointer";
	case ESR_CLASS_BRK:
		return "BRK";
	default:
		return "exception";
	}
}

static const char *crash_fault(uint64_t esr)
{
	uint64_t status = ESR_FAULT_STATUS(esr);

	if (status == ESR_EXTERNAL_ABORT)
		return "nothing answers there";
	if (status == ESR_MISALIGNED)
		return "it is misaligned";
	switch (status >> 2) {
	case 1:
		return "nothing is mapped there";
	case 3:
		return "that isn't allowed";
	default:
		return "see esr";
	}
}

static void crash_say_abort(const struct guest_frame *frame)
{
	uint64_t class = ESR_CLASS(frame->esr) | 1;

	if (class == ESR_CLASS_FETCH_ABORT)
		printf(", fetching");
	else if (class == ESR_CLASS_ABORT)
		printf(", %s", (frame->esr & ESR_WRITE) != 0 ? "writing" : "reading");
	else
		return;
	printf(" 0x%lx: %s", (unsigned long)frame->far, crash_fault(frame->esr));
}

static bool crash_is_panic(const struct guest_frame *frame)
{
	return ESR_CLASS(frame->esr) == ESR_CLASS_BRK && (frame->esr & 0xffff) == CRASH_BRK;
}

static void crash_say_what(const struct crash *crash, uint64_t kind)
{
	const struct guest_frame *frame = crash->frame;

	if (kind % 4 == 2 || kind % 4 == 3) {
		printf("%s", kind % 4 == 2 ? "FIQ" : "SError");
		return;
	}
	if (crash_is_panic(frame)) {
		printf("%s", (const char *)(uintptr_t)frame->x[0]);
		return;
	}
	if (kind == CRASH_NO_STACK)
		printf("%s; ", cpu_is_guard(crash->sp - 1) || cpu_is_guard(frame->far)
		                   ? "stack overflow"
		                   : "its stack pointer isn't a stack's");
	printf("%s", crash_class(frame->esr));
	crash_say_abort(frame);
}

static void crash_say_registers(const struct guest_frame *frame, uint64_t sp)
{
	printf("  pc 0x%lx, lr 0x%lx, sp 0x%lx, pstate 0x%lx, esr 0x%lx, far 0x%lx",
	       (unsigned long)frame->elr, (unsigned long)frame->x[30], (unsigned long)sp,
	       (unsigned long)frame->spsr, (unsigned long)frame->esr, (unsigned long)frame->far);
	for (unsigned int i = 0; i < 30; i++)
		printf("%sx%u 0x%lx", i % 5 == 0 ? "\n  " : "  ", i, (unsigned long)frame->x[i]);
	printf("\n");
}

/* ---- the end ---- */

__attribute__((noreturn)) static void crash_end(struct crash *crash)
{
	if (crash->stage == CRASH_SAYS) {
		crash->stage = CRASH_ENDS;
		if (guest_under_kumiki())
			crash_tell(crash->frame, crash->sp);
		guest_power_off();
	}
	for (;;)
		cpu_wfi();
}

void crash_say(const struct guest_frame *frame, uint64_t kind)
{
	struct crash *crash = &crashes[cpu_number()];

	printf("\nguest: CPU %u crashed: ", cpu_number());
	crash_say_what(crash, kind);
	printf("\n");
	crash_say_registers(frame, crash->sp);
	crash_end(crash);
}

void crash_unexpected(const struct guest_frame *frame, uint64_t kind)
{
	struct crash *crash = &crashes[cpu_number()];

	if (crash_instead != NULL)
		crash_instead(frame, kind);
	if (crash->stage != CRASH_NONE)
		crash_end(crash);
	crash->stage = CRASH_SAYS;
	crash->frame = frame;
	crash->sp = kind == CRASH_NO_STACK ? frame->sp : (uintptr_t)(frame + 1);
	crash_on_own_stack(frame, kind);
}

void guest_panic(const char *why)
{
	register const char *x0 __asm__("x0") = why;

	for (;;)
		__asm__ volatile("brk %1" ::"r"(x0), "i"(CRASH_BRK) : "memory");
}

/* assert() calls this. */
void __assert_func(const char *file, int line, const char *function, const char *condition)
{
	printf("\n%s:%d: %s: not true: %s\n", file, line, function, condition);
	guest_panic("a failed assertion");
}
