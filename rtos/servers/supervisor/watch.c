/* See watch.h. */
#include "watch.h"
#include <lib/rtosimage.h>
#include <proto/recover.h>
#include <rtos/sys.h>

#define WATCH_STACK 1024

static rtos_handle_t watch_port;
/* Signals RECOVER_ENDS with the bit that stands for the supervisor's own end. No supervisor sees
 * that end, so the bit just wakes the watch. */
static rtos_handle_t watch_ends;
static uint8_t watch_stack[WATCH_STACK] __attribute__((aligned(16)));

static _Noreturn void watch_main(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	for (;;) {
		(void)sys_call(watch_port, word, 0);
		word[0] = sys_wait(RECOVER_ENDS, word[0]);
	}
}

enum rtos_status watch_begin(const struct children *all)
{
	const uint32_t number = all->manifest->supervisor;
	const uint8_t priority = rtosimage_programs(all->image)[number].priority;
	uint64_t made = 0;
	enum rtos_status status = sys_do(RTOS_HANDLE_GIVE, 0, RECOVER_ENDS, RTOS_RIGHT_SIGNAL,
	                                 1U << number % 32, 0, 0, &made);

	watch_port = all->objects.port;
	watch_ends = (rtos_handle_t)made;
	if (status == RTOS_OK)
		status = sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)watch_main,
		                (uint64_t)(watch_stack + sizeof(watch_stack)), 0,
		                RTOS_THREAD(priority, 0, 0), 0, &made);
	if (status == RTOS_OK)
		status = sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)made, 0, 0, 0, 0, 0, NULL);
	return status;
}

void watch_hurry(void)
{
	(void)sys_signal(watch_ends);
}
