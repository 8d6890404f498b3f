/*
 * Servers that are wrong: their probes find it within an interval, they are restarted with their
 * kept memory, and their clients see right data. A server that is merely late isn't blamed.
 */
#include <libc/expect.h>
#include <probe/proto.h>
#include <templates/programs.h>

#define INTERVAL_MS 50
#define FOUND_MS    (2 * INTERVAL_MS) /* and the restart */

static void call(const char *port, enum probed_operation what, uint64_t word[RTOS_WORDS])
{
	word[0] = what;
	expect(sys_call_anew(sys_given(RTOS_GIVEN_USE, port, 0)->handle, word, 0) == RTOS_OK);
}

static uint64_t starts_of(const char *name)
{
	return programs_starts(programs_find(name));
}

static uint64_t failed_probes(const char *name)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, programs_find(name)};

	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK);
	return word[7];
}

/* It is asked again and again, and nothing else happens to it. */
static void test_right(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	sys_sleep(6 * INTERVAL_MS);
	call("probed", PROBED_COUNT, word);
	expect(word[1] == 0 && word[2] == 1 && word[3] >= 4);
	call("unasked", PROBED_COUNT, word);
	expect(word[1] == 0 && word[3] == 0);
}

/* Found within the interval; the count that was answered is there, and not the spoilt one. */
static void test_found(enum probed_operation what, uint64_t starts, uint64_t count)
{
	uint64_t word[RTOS_WORDS] = {0};
	const uint64_t failed = failed_probes("probed");

	call("probed", what, word);
	sys_sleep(FOUND_MS);
	expect(starts_of("probed") == starts + 1);
	expect(failed_probes("probed") == failed + (what != PROBED_FAULT));
	call("probed", PROBED_COUNT, word);
	expect(word[1] == starts && word[2] == count);
}

/* A server that sleeps in a call for as long as many intervals isn't blamed, nor is anybody else.
 */
static void test_late(uint64_t starts, uint64_t count)
{
	uint64_t word[RTOS_WORDS] = {0, 12 * INTERVAL_MS};

	call("probed", PROBED_SLEEP, word);
	call("probed", PROBED_COUNT, word);
	expect(word[1] == starts && word[2] == count);
	sys_sleep(6 * INTERVAL_MS);
	call("probed", PROBED_COUNT, word);
	expect(word[1] == starts && word[3] >= 2);
}

/* Soon after each start it is asked, however rarely otherwise. */
static void test_restart(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	call("rare", PROBED_COUNT, word);
	expect(word[3] == 1);
	expect(programs_restart(programs_find("rare")) == SUPERVISOR_OK);
	sys_sleep(INTERVAL_MS);
	call("rare", PROBED_COUNT, word);
	expect(word[1] == 1 && word[2] == 2 && word[3] == 1);
}

/* Damage in kept memory stays until the limit lets the server begin anew. */
static void test_rotten(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	call("rotten", PROBED_COUNT, word);
	call("rotten", PROBED_ROT, word);
	sys_sleep(10 * INTERVAL_MS);
	call("rotten", PROBED_COUNT, word);
	expect(word[1] == 3 && word[2] == 1);
	expect(failed_probes("rotten") == 3);
}

/* The next supervisor asks, too, and knows the earlier findings. */
static void test_supervisor(uint64_t starts)
{
	uint64_t word[RTOS_WORDS] = {0};
	const uint64_t failed = failed_probes("probed");

	expect(sys_signal(sys_given(RTOS_GIVEN_RESTART, "supervisor", 0)->handle) == RTOS_OK);
	expect(failed_probes("probed") == failed);
	call("probed", PROBED_SPOIL, word);
	sys_sleep(FOUND_MS);
	expect(starts_of("probed") == starts + 1 && failed_probes("probed") == failed + 1);
}

/* Probes that it answers don't hide that it runs away. */
static void test_runs_away(uint64_t starts)
{
	uint64_t word[RTOS_WORDS] = {0};

	call("probed", PROBED_RUN, word);
	for (uint32_t i = 0; i < 40 && starts_of("probed") == starts; i++)
		sys_sleep(INTERVAL_MS);
	expect(starts_of("probed") == starts + 1);
}

int main(void)
{
	test_right();
	test_found(PROBED_SPOIL, 1, 2);
	test_found(PROBED_LIE, 2, 3);
	test_found(PROBED_FAULT, 3, 4);
	test_late(3, 5);
	test_restart();
	test_rotten();
	test_supervisor(4);
	test_runs_away(5);
	return expect_end();
}
