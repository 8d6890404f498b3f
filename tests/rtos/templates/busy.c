/* See busy.h. */
#include <rtos/sys.h>
#include <templates/busy.h>

/* More urgent than the thread that reports crashes at idle times (recovery.md). */
#define BUSY_PRIORITY 2

static rtos_handle_t busy_idler;

static _Noreturn void busy_idle(void)
{
	for (;;)
		(void)sys_do(RTOS_YIELD, 0, 0, 0, 0, 0, 0, NULL);
}

bool busy_begin(void)
{
	static _Alignas(16) uint8_t stack[1024];
	uint64_t handle = 0;
	const enum rtos_status status =
	    sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)busy_idle, (uint64_t)(stack + sizeof(stack)), 0,
	           RTOS_THREAD(BUSY_PRIORITY, sys_program->cpu, 0), 0, &handle);

	busy_idler = (rtos_handle_t)handle;
	return status == RTOS_OK;
}

uint64_t busy_time(void)
{
	uint64_t idled = 0;

	(void)sys_do(RTOS_THREAD_TIME, busy_idler, 0, 0, 0, 0, 0, &idled);
	return (sys_now() - idled) * (1000000000 / sys_hertz());
}
