/* See guard.h. */
#include "guard.h"
#include <kumiki/rtos/call.h>
#include <rtos/sys.h>
#include <rtos/text.h>

#define GUARD_CPUS    8
#define GUARD_STACK   1024
#define GUARD_MS      2000  /* between two beats */
#define GUARD_LATE_MS 10000 /* without a beat: no host's load takes a CPU away for so long */

/* What a thread knows of another thread's beats. */
struct guard_watch {
	uint64_t beats, since;
};

static volatile uint64_t guard_beats[GUARD_CPUS];    /* of each CPU's thread */
static struct guard_watch guard_watches[GUARD_CPUS]; /* the first thread's */
static uint8_t guard_stacks[GUARD_CPUS][GUARD_STACK] __attribute__((aligned(16)));

void guard_beat(void)
{
	guard_beats[0]++;
}

/* Has the kernel begin anew if a CPU's beats stay away. The stack is too small for more words; the
 * kernel's report has the rest. */
static void guard_judge(struct guard_watch *watch, uint32_t cpu)
{
	const uint64_t beats = guard_beats[cpu], now = sys_now();

	if (beats != watch->beats || watch->since == 0) {
		watch->beats = beats;
		watch->since = now;
	} else if (now - watch->since > sys_ticks(GUARD_LATE_MS)) {
		text_say("init: a CPU doesn't run init any more\n");
		(void)sys_do(RTOS_POWER, RTOS_HANDLE_MACHINE, RTOS_POWER_KEEP, 0, 0, 0, 0, NULL);
	}
}

void guard_look(void)
{
	for (uint32_t cpu = 1; cpu < sys_first->cpus && cpu < GUARD_CPUS; cpu++)
		guard_judge(&guard_watches[cpu], cpu);
}

static _Noreturn void guard_main(uint64_t cpu)
{
	struct guard_watch first = {.since = 0};

	for (;;) {
		guard_beats[cpu]++;
		guard_judge(&first, 0);
		(void)sys_wait(0, sys_now() + sys_ticks(GUARD_MS));
	}
}

void guard_begin(void)
{
	for (uint32_t cpu = 1; cpu < sys_first->cpus && cpu < GUARD_CPUS; cpu++) {
		uint64_t thread = 0;

		if (sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)guard_main,
		           (uint64_t)guard_stacks[cpu] + GUARD_STACK, cpu,
		           RTOS_THREAD(RTOS_PRIORITIES - 1, cpu, 0), 0, &thread) == RTOS_OK)
			(void)sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)thread, 0, 0, 0, 0, 0, NULL);
		else
			text_say("init: there is no thread to watch a CPU\n");
	}
}
