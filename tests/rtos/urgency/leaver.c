/* Asks the supervisor to start a program, and ends in the middle of that, at one of the moments:
 * each time it is started, it has asked a little earlier. */
#include <proto/supervisor.h>
#include <urgency/leaves.h>

#define LEAVER_STARTS 4    /* the number in leaves.dts */
#define LEAVER_STEP   2000 /* nanoseconds; the whole start takes some 40,000 */
#define LEAVER_READY  200  /* microseconds before the moment */

static uint64_t leaver_moment;
static uint8_t leaver_stack[1024] __attribute__((aligned(16)));

static _Noreturn void leaver_ends(void)
{
	(void)sys_wait(0, leaver_moment);
	sys_exit(0);
}

int main(void)
{
	const uint64_t before = sys_ticks(LEAVER_STEP * sys_program->starts % 60000) / 1000000;
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_COMMAND, LEAVER_STARTS, SUPERVISOR_DO_START};

	leaver_moment = leaves_next();
	if (sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)leaver_ends,
	           (uint64_t)(leaver_stack + sizeof(leaver_stack)), 0,
	           RTOS_THREAD(sys_program->priority_limit, 0, 0), 0, NULL) != RTOS_OK)
		return 1;
	(void)sys_wait(0, leaver_moment - sys_ticks(LEAVER_READY) / 1000);
	while (sys_now() + before < leaver_moment)
		;
	(void)sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0);
	for (;;)
		(void)sys_wait(0, ~0ULL);
}
