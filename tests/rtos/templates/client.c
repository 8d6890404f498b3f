/*
 * Uses the template server and the template driver while both are restarted all the time: no call
 * fails, nothing is counted twice or forgotten, no alarm comes too early or is lost.
 */
#include <inttypes.h>
#include <libc/expect.h>
#include <stdio.h>
#include <templates/driver/proto.h>
#include <templates/load.h>
#include <templates/programs.h>
#include <templates/server/proto.h>

static rtos_handle_t server, driver;
static uint64_t expected[COUNTERS];

static uint64_t ask(rtos_handle_t port, uint64_t operation, uint64_t first, uint64_t second)
{
	uint64_t word[RTOS_WORDS] = {operation, first, second};

	expect(sys_call(port, word, 0) == RTOS_OK);
	expect(word[0] == 0);
	return word[1];
}

static void test_wrong(rtos_handle_t port, uint64_t operation, uint64_t first)
{
	uint64_t word[RTOS_WORDS] = {operation, first};

	expect(sys_call(port, word, 0) == RTOS_OK);
	expect(word[0] == 1);
}

static void test_counting(uint64_t round)
{
	const uint64_t counter = round % COUNTERS;

	expect(ask(server, COUNTER_ADD, counter, round) == expected[counter]);
	expected[counter] += round;
	expect(ask(server, COUNTER_READ, counter, 0) == expected[counter]);
}

static void test_alarm(void)
{
	const uint64_t second = ask(driver, ALARM_TIME, 0, 0);

	expect(ask(driver, ALARM_WAIT, second + 1, 0) >= second + 1);
	expect(ask(driver, ALARM_WAIT, second, 0) >= second + 1);
}

int main(void)
{
	const uint64_t number = programs_find("counter");
	uint64_t last = 0, rounds = 0, starts = 0;

	server = sys_given(RTOS_GIVEN_USE, "counter", 0)->handle;
	driver = sys_given(RTOS_GIVEN_USE, "alarm", 0)->handle;
	test_wrong(server, COUNTER_READ, COUNTERS);
	test_wrong(server, 77, 0);
	test_wrong(driver, ALARM_WAIT, UINT64_C(1) << 32);
	test_wrong(driver, 77, 0);
	for (; starts < LOAD_STARTS; starts = programs_starts(number)) {
		const uint64_t now = ask(driver, ALARM_TIME, 0, 0);

		expect(now >= last);
		last = now;
		for (int i = 0; i < 8; i++)
			test_counting(++rounds);
	}
	test_alarm();
	test_alarm();
	printf("%" PRIu64 " rounds, %" PRIu64 " starts of the server, %" PRIu64 " of the driver\n",
	       rounds, starts, programs_starts(programs_find("alarm")));
	return expect_end();
}
