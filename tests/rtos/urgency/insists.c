/* Asks the supervisor without end, and is more urgent than it: its CPU runs no other program. */
#include <proto/supervisor.h>
#include <rtos/sys.h>

int main(void)
{
	for (;;) {
		uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, sys_program->number};

		(void)sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0);
	}
}
