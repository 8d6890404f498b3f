/*
 * What is found early on a machine: from its documents to the page, the events and the metrics.
 *
 * Shows: operator.found-starved.
 */
#include "keeper_play.h"
#include <stdio.h>
#include <string.h>

#include <unit.h>

static char list[512], accounts[1024];
static const char *state = "running";                /* of linux */
static unsigned int second;                          /* of the machine */
static unsigned long long rt_ran, ran, stolen, used; /* in ticks of a millisecond */

const struct unit_fixture unit_each = {play_start, play_end};

static void machine(void)
{
	snprintf(list, sizeof(list),
	         "{\"document\":\"list\",\"time_us\":%u000000,\"partitions\":[{\"name\":\"linux\","
	         "\"state\":\"%s\",\"starts\":1,\"restarts_lately\":0},{\"name\":\"rt\","
	         "\"state\":\"running\",\"starts\":1,\"restarts_lately\":0}]}",
	         second, state);
	snprintf(accounts, sizeof(accounts),
	         "{\"document\":\"accounts\",\"counter\":%u000,\"counter_hz\":1000,\"cores\":["
	         "{\"core\":1,\"services\":0,\"idle\":0,\"idle_seen\":true,\"off\":0}],\"vcpus\":["
	         "{\"partition\":\"linux\",\"vcpu\":0,\"core\":1,\"ran\":%llu,\"stolen\":%llu,"
	         "\"exhausted\":%llu},{\"partition\":\"rt\",\"vcpu\":0,\"core\":1,\"ran\":%llu,"
	         "\"stolen\":0}]}",
	         second, ran, stolen, used, rt_ran);
	fake_back.list = list;
	fake_back.accounts = accounts;
}

/* So many seconds, in each of which linux.0 runs and waits for so many milliseconds. */
static void run(unsigned int seconds, unsigned int runs, unsigned int waits)
{
	for (unsigned int i = 0; i < seconds; i++) {
		second++;
		ran += runs;
		stolen += waits;
		rt_ran += 1000 - runs;
		machine();
		play.now += 1000;
		play_turn();
		play_turn();
	}
}

static bool says(const char *line, const char *words)
{
	assert_int_equal(play_may(line, NULL, NULL), 200);
	return strstr(play_answer, words) != NULL;
}

#define STARVED "\"found\":\"starved\",\"text\":\"linux.0 is starved: in the last 240 s it was "

TEST(test_starved_by_a_neighbour)
{
	run(250, 400, 100);
	assert_false(says("GET /api/state", "\"found\""));
	assert_true(says("GET /metrics", "\nkumiki_found{found=\"starved\"} 0\n"));
	run(320, 10, 970);
	assert_true(says("GET /api/state",
	                 "\"wrong\":[{\"system\":\"linux\"," STARVED
	                 "ready for 98 % and ran for 1.0 %, as rt.0 ran on core 1 for 99 %; move "
	                 "one of them to another core, or give rt.0 a smaller budget\"}]"));
	assert_true(says("GET /metrics", "\nkumiki_found{found=\"starved\"} 1\n"));
	assert_true(says("GET /metrics", "\nkumiki_wrong 1\n"));
	assert_int_equal(play.events.next, 2);
	assert_non_null(strstr(events_get(&play.events, 1)->data, STARVED));
	assert_non_null(strstr(events_get(&play.events, 1)->data, "\"over\":false"));
	assert_string_equal(events_get(&play.events, 1)->name, "found");
	run(90, 400, 100);
	assert_false(says("GET /api/state", "\"found\""));
	assert_int_equal(play.events.next, 3);
	assert_non_null(strstr(events_get(&play.events, 2)->data, "\"over\":true"));
}

/* What is not watched for most of the time says nothing. */
TEST(test_gaps)
{
	run(130, 10, 970);
	fake_back.list = fake_back.accounts = NULL;
	for (int i = 0; i < 60; i++) {
		play.now += 1000;
		play_turn();
	}
	run(130, 10, 970);
	assert_false(says("GET /api/state", "\"found\""));
	run(130, 10, 970);
	assert_true(says("GET /api/state", STARVED));
}

/* Whoever holds a system knows that it doesn't run. */
TEST(test_a_held_system_does_not_starve)
{
	state = "held";
	run(300, 10, 970);
	state = "running";
	assert_false(says("GET /api/state", "\"found\""));
	assert_int_equal(play.picture.early.count, 0);
}

/* Minutes of the machine become what early.h keeps of a quarter of an hour: the documents' shares.
 */
TEST(test_minutes_are_fed)
{
	const struct early_row *row;
	uint32_t seen = 0;

	play.picture.local = 3600000;
	run(32 * 60, 400, 100);
	for (uint32_t i = 0; i < EARLY_ROWS; i++) {
		row = play.picture.early.rows[i];
		if (row == NULL || row->of.kind != SERIES_VCPU ||
		    strcmp(row->of.system, "linux") != 0)
			continue;
		for (uint32_t j = 0; j < EARLY_QUARTERS; j++) {
			const float did = early_track(row, EARLY_RAN)->quarters[j];

			if (did < 0)
				continue;
			seen++;
			assert_in_range((int)(1000 * did + 0.5f), 399, 401);
			assert_in_range(
			    (int)(1000 * early_track(row, EARLY_WANTS)->quarters[j] + 0.5f), 499,
			    501);
		}
	}
	assert_in_range(seen, 1, 2);
	assert_true(says("GET /api/state", "\"learns_h\":2"));
}
