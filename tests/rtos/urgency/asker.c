/* Asks the supervisor without end, from every CPU but the first, from when it is started on, and on
 * one of them without waiting for an answer: it is the least urgent program. */
#include <proto/supervisor.h>
#include <rtos/sys.h>

#define ASKER_CPUS  4
#define ASKER_STACK 1024

static uint8_t asker_stacks[ASKER_CPUS][ASKER_STACK] __attribute__((aligned(16)));

static _Noreturn void asker_asks(void)
{
	for (;;) {
		uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, sys_program->number};

		(void)sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0);
	}
}

static _Noreturn void asker_sends(void)
{
	for (;;)
		(void)sys_do(RTOS_SEND, sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle,
		             SUPERVISOR_STATE, sys_program->number, 0, 0, 0, NULL);
}

int main(void)
{
	if (sys_program->starts == 0)
		return 0;
	for (uint64_t cpu = 1; cpu < ASKER_CPUS; cpu++)
		if (sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)(cpu == 1 ? asker_sends : asker_asks),
		           (uint64_t)asker_stacks[cpu] + ASKER_STACK, 0,
		           RTOS_THREAD(sys_program->priority_limit, cpu, 0), 0, NULL) != RTOS_OK)
			return 1;
	asker_asks();
}
