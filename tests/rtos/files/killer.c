/*
 * Restarts the RAM file system's server at any moment: it is more urgent than both of them, and
 * sleeps for times without a pattern. Its own start waits for who wants it: on the first one it
 * just ends.
 */
#include <lib/string.h>
#include <proto/supervisor.h>
#include <rtos/sys.h>

#define KILLER_FROM_US 30   /* it sleeps for so long, */
#define KILLER_MORE_US 1000 /* and up to so much more */

static uint64_t killer_ask(uint64_t operation, uint64_t first, uint64_t second,
                           uint64_t word[RTOS_WORDS])
{
	word[0] = operation;
	word[1] = first;
	word[2] = second;
	(void)sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0);
	return word[0];
}

static uint64_t killer_find(void)
{
	uint64_t word[RTOS_WORDS] = {0}, wanted[2] = {0};

	memcpy(wanted, "ramfs", 5);
	for (uint64_t i = 0; i < 64; i++)
		if (killer_ask(SUPERVISOR_STATE, i, 0, word) == SUPERVISOR_OK &&
		    word[5] == wanted[0] && word[6] == wanted[1])
			return i;
	return 64;
}

static void killer_sleep(uint64_t random)
{
	const uint64_t us = KILLER_FROM_US + (random >> 33) % KILLER_MORE_US;

	(void)sys_wait(0, sys_now() + us * sys_hertz() / 1000000);
}

int main(void)
{
	uint64_t word[RTOS_WORDS] = {0}, random = 1;
	const uint64_t server = killer_find();

	while (sys_program->starts > 0) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		killer_sleep(random);
		if (killer_ask(SUPERVISOR_COMMAND, server, SUPERVISOR_DO_RESTART, word) !=
		    SUPERVISOR_OK)
			break;
	}
	return 0;
}
