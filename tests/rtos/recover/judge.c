/*
 * Has the supervisor ended at any moment, in the middle of a restart most often, while clients of a
 * server do checked work and others ask the supervisor: nobody sees anything of it, no other
 * program is started, and nothing leaks. More urgent than the supervisor, less than init.
 */
#include <campaign/proto.h>
#include <inttypes.h>
#include <libc/expect.h>
#include <stdio.h>
#include <templates/programs.h>

#define ROUNDS  200
#define CLIENTS 4 /* two of the server, two of the supervisor */
#define ANSWERS 4 /* of each, before the next round */

static const char *const names[CLIENTS] = {"first", "second", "asks", "asks-too"};
static uint64_t judge_seed = 1;

static uint64_t judge_random(uint64_t below)
{
	judge_seed = judge_seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (judge_seed >> 33) % below;
}

static const volatile struct work_progress *judge_client(uint32_t client)
{
	return (const volatile struct work_progress *)sys_given(RTOS_GIVEN_WINDOW, names[client], 0)
	    ->address;
}

/*
 * Waits until each of them has ANSWERS more. It sleeps in between, because it is more
 * urgent than they are.
 */
static void judge_wait_for_clients(void)
{
	uint64_t since[CLIENTS];

	for (uint32_t i = 0; i < CLIENTS; i++)
		since[i] = judge_client(i)->answers;
	for (uint32_t i = 0; i < CLIENTS; i++)
		while (judge_client(i)->answers - since[i] < ANSWERS)
			(void)sys_wait(0, sys_now() + sys_ticks(1) / 16);
}

static void judge_memory(uint64_t word[RTOS_WORDS])
{
	word[0] = SUPERVISOR_MEMORY;
	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK &&
	       word[0] == SUPERVISOR_OK);
}

/* Every other time, while the supervisor starts the server anew. */
static void judge_round(uint64_t round, uint64_t supervisor, uint64_t worker)
{
	const uint64_t starts = programs_starts(supervisor);

	(void)sys_wait(0, sys_now() + judge_random(sys_ticks(1) / 4));
	if (round % 2 == 0) {
		expect(programs_restart(worker) == SUPERVISOR_OK);
		(void)sys_wait(0, sys_now() + 1 + judge_random(sys_ticks(1) / 16));
	}
	expect(sys_signal(sys_given(RTOS_GIVEN_RESTART, "supervisor", 0)->handle) == RTOS_OK);
	while (programs_starts(supervisor) == starts)
		;
	judge_wait_for_clients();
}

int main(void)
{
	const uint64_t supervisor = programs_find("supervis"), worker = programs_find("worker");
	uint64_t before[RTOS_WORDS] = {0}, after[RTOS_WORDS] = {0}, answers = 0;

	judge_round(1, supervisor,
	            worker); /* so that one which started nobody is compared with such a one */
	judge_memory(before);
	for (uint64_t round = 0; round < ROUNDS; round++)
		judge_round(round, supervisor, worker);
	judge_memory(after);
	expect(after[1] == before[1] && after[2] == before[2] && after[3] == before[3]);
	expect(programs_starts(worker) == 1 + ROUNDS / 2);
	for (uint32_t i = 0; i < CLIENTS; i++) {
		expect(judge_client(i)->errors == 0 && judge_client(i)->wrong == 0);
		expect(programs_starts(programs_find(names[i])) == 1);
		answers += judge_client(i)->answers;
	}
	printf("%" PRIu64 " answers while the supervisor was started %d times\n", answers, ROUNDS);
	return expect_end();
}
