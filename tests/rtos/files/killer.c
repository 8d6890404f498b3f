/*
 * Restarts the RAM file system's server at any moment: it is more urgent than server and judge, and
 * sleeps for times without a pattern. They grow with the time that a start takes on this machine:
 * else a server on a slow one would never come to the end of a longer call. The judge gives the
 * killer's second start: on its first one it just ends.
 */
#include <lib/string.h>
#include <proto/fs.h>
#include <proto/supervisor.h>
#include <rtos/sys.h>

#define KILLER_FROM_US 30   /* it sleeps for so long, */
#define KILLER_MORE_US 1000 /* and a random part of this, and twice a start's time */
#define KILLER_LIVES   8    /* one start in so many is timed */

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

static void killer_sleep(uint64_t random, uint64_t start)
{
	const uint64_t more = sys_hertz() * KILLER_MORE_US / 1000000 + 2 * start;

	(void)sys_wait(0,
	               sys_now() + sys_hertz() * KILLER_FROM_US / 1000000 + (random >> 33) % more);
}

/* Returns how long a restarted server took to answer a call. */
static uint64_t killer_time_start(void)
{
	const uint64_t before = sys_now();
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_USAGE, FS_ROOT)};

	(void)sys_call(sys_given(RTOS_GIVEN_USE, "fs", 0)->handle, word, 0);
	return sys_now() - before;
}

int main(void)
{
	uint64_t word[RTOS_WORDS] = {0}, random = 1, start = 0;
	const uint64_t server = killer_find();

	for (uint32_t life = 0; sys_program->starts > 0; life++) {
		if (life % KILLER_LIVES == 1)
			start = killer_time_start();
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		killer_sleep(random, start);
		if (killer_ask(SUPERVISOR_COMMAND, server, SUPERVISOR_DO_RESTART, word) !=
		    SUPERVISOR_OK)
			return 1;
	}
	return 0;
}
