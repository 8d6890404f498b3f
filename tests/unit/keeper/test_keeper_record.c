/*
 * What programs and Prometheus read of the keeper's record.
 *
 * Shows: operator.series, operator.metrics.
 */
#include "keeper_play.h"
#include <stdio.h>
#include <string.h>

#include <unit.h>

static char list[512], accounts[1024];

/* The machine after so many seconds: rt runs for a quarter of its time, and restarts each minute;
 * on core 0, linux hides the idle time. */
static void machine(unsigned int seconds)
{
	const unsigned long long ticks = 1000ull * seconds;

	snprintf(list, sizeof(list),
	         "{\"document\":\"list\",\"time_us\":%llu,\"partitions\":[{\"name\":\"linux\","
	         "\"state\":\"running\",\"starts\":1,\"restarts_lately\":0},{\"name\":\"rt\","
	         "\"state\":\"stopped\",\"starts\":%u,\"restarts_lately\":2}]}",
	         1000 * ticks, 1 + seconds / 60);
	snprintf(accounts, sizeof(accounts),
	         "{\"document\":\"accounts\",\"counter\":%llu,\"counter_hz\":1000,\"cores\":["
	         "{\"core\":0,\"services\":%llu,\"idle\":0,\"idle_seen\":false,\"off\":0},"
	         "{\"core\":1,\"services\":0,\"idle\":%llu,\"idle_seen\":true,\"off\":0}],"
	         "\"vcpus\":[{\"partition\":\"linux\",\"vcpu\":0,\"core\":0,\"ran\":%llu,"
	         "\"stolen\":0,\"misses\":0},{\"partition\":\"rt\",\"vcpu\":0,\"core\":1,\"ran\":"
	         "%llu,\"stolen\":%llu,\"misses\":%u},{\"partition\":\"rt\",\"vcpu\":1,\"core\":1,"
	         "\"ran\":%llu,\"stolen\":0,\"misses\":0}]}",
	         ticks, ticks / 100, ticks / 2, ticks, ticks / 4, ticks / 10, seconds / 10,
	         ticks / 4);
	fake_back.list = list;
	fake_back.accounts = accounts;
}

static void run(unsigned int from, unsigned int to)
{
	for (unsigned int second = from; second < to; second++) {
		machine(second);
		play.now += 1000;
		play_turn();
		play_turn();
	}
}

static void start(void)
{
	play_start();
	run(0, 181);
}

const struct unit_fixture unit_each = {start, play_end};

static void assert_answer(const char *line, const char *words)
{
	assert_int_equal(play_may(line, NULL, NULL), 200);
	if (strstr(play_answer, words) == NULL)
		fail_msg("%s: '%s' isn't in %s", line, words, play_answer);
}

TEST(test_series)
{
	assert_answer("GET /api/series?system=rt&what=ran",
	              "{\"schema\":1,\"document\":\"series\",\"system\":\"rt\",\"what\":\"ran\","
	              "\"unit\":\"share\",\"step\":1,\"from_ms\":");
	assert_non_null(strstr(play_answer, "\"values\":[null,"));
	assert_non_null(strstr(play_answer, ",0.5,0.5,0.5"));
	assert_answer("GET /api/series?system=rt&vcpu=1&what=ran", ",0.25,0.25,0.25");
	assert_non_null(strstr(play_answer, "\"vcpu\":1}"));
	assert_answer("GET /api/series?system=rt&vcpu=0&what=stolen", ",0.1,0.1,0.1");
	assert_answer("GET /api/series?system=rt&vcpu=0&what=waiting", ",0.65,0.65,0.65");
	assert_answer("GET /api/series?system=rt&what=misses&step=60", ",6,6");
	assert_answer("GET /api/series?system=rt&what=starts&step=60", ",1,1");
	assert_answer("GET /api/series?system=linux&what=starts&step=3600", "\"values\":[0]");
	assert_answer("GET /api/series?core=1&what=idle", ",0.5,0.5,0.5");
	assert_non_null(strstr(play_answer, "\"core\":1}"));
	assert_answer("GET /api/series?core=0&what=services", ",0.01,0.01,0.01");
	assert_answer("GET /api/series?system=rt&what=ran&from=99999999999", "\"values\":[]");
	assert_answer("GET /api/series?system=rt&what=ran&from=0", "\"values\":[null,");
}

/* A silent machine, and a suspended host, are gaps; the series goes on behind them. */
TEST(test_gaps)
{
	fake_back.list = fake_back.accounts = NULL;
	for (int i = 0; i < 10; i++) {
		play.now += 1000;
		play_turn();
	}
	run(191, 195);
	assert_answer("GET /api/series?system=rt&what=ran", ",null,null,0.5,0.5]");
	play.picture.slept += 7200000;
	run(195, 200);
	assert_answer("GET /api/series?system=rt&what=ran&step=3600", ",null,0.5]");
}

TEST(test_wrong_questions)
{
	static const struct {
		const char *ask, *words;
		int status;
	} cases[] = {
	    {"", "name system=NAME", 400},
	    {"?what=ran", "name system=NAME", 400},
	    {"?system=&what=ran", "name system=NAME", 400},
	    {"?system=rt&core=1&what=ran", "name system=NAME", 400},
	    {"?core=1&vcpu=0&what=idle", "name system=NAME", 400},
	    {"?core=8&what=idle", "name system=NAME", 400},
	    {"?core=&what=idle", "name system=NAME", 400},
	    {"?system=rt&vcpu=32&what=ran", "name system=NAME", 400},
	    {"?system=rt&vcpu=-1&what=ran", "name system=NAME", 400},
	    {"?system=rt", "what is ran, stolen,", 400},
	    {"?system=rt&what=idle", "what is ran, stolen,", 400},
	    {"?system=rt&vcpu=0&what=starts", "what is ran, stolen,", 400},
	    {"?core=1&what=ran", "what is services, idle or off", 400},
	    {"?system=rt&what=ran&step=2", "step is 1, 60 or 3600", 400},
	    {"?system=rt&what=ran&step=60s", "step is 1, 60 or 3600", 400},
	    {"?system=rt&what=ran&from=now", "from is in whole seconds", 400},
	    {"?system=rt&what=ran&from=18446744073709551616", "from is in whole seconds", 400},
	    {"?system=other&what=ran", "no such series", 404},
	    {"?system=rt&vcpu=2&what=ran", "no such series", 404},
	    {"?core=2&what=off", "no such series", 404},
	    {"?system=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz&what=ran",
	     "no such series", 404},
	    {"?core=0&what=idle", "counts as running while it waits", 409},
	};
	char line[160];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line), "GET /api/series%s", cases[i].ask);
		assert_int_equal(play_may(line, NULL, NULL), cases[i].status);
		assert_non_null(strstr(play_answer, cases[i].words));
	}
	assert_int_equal(play_ask("GET /api/series?system=rt&what=ran", NULL, NULL), 401);
	fake_back.untold = "It can't tell.";
	assert_int_equal(play_may("GET /api/series?system=rt&what=ran", NULL, NULL), 404);
	assert_non_null(strstr(play_answer, fake_back.untold));
	assert_int_equal(play_may("GET /api/series?system=rt&what=starts", NULL, NULL), 200);
	fake_back.untold = NULL;
	assert_int_equal(play_may("POST /api/series", NULL, NULL), 405);
}

TEST(test_metrics)
{
	static const char *const lines[] = {
	    "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n",
	    "\n# HELP kumiki_system_starts_total Starts of the system.\n# TYPE kum",
	    "\n# TYPE kumiki_system_starts_total counter\nkumiki_system_starts_total{",
	    "\nkumiki_system_starts_total{system=\"linux\"} 1\n",
	    "\nkumiki_system_starts_total{system=\"rt\"} 4\n",
	    "\nkumiki_system_state{system=\"rt\",state=\"stopped\"} 1\n",
	    "\nkumiki_vcpu_ran_seconds_total{system=\"rt\",vcpu=\"1\"} 45.000000\n",
	    "\nkumiki_vcpu_missed_deadlines_total{system=\"rt\",vcpu=\"0\"} 18\n",
	    "\nkumiki_core_idle_seconds_total{core=\"1\"} 90.000000\n",
	    "\nkumiki_machine_seconds_total 180.000000\n",
	    "kumiki_silent_seconds 0.000\n",
	    "\nkumiki_wrong 1\n",
	};

	assert_int_equal(play_ask("GET /metrics", NULL, NULL), 401);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_answer("GET /metrics", lines[i]);
	assert_null(strstr(play_answer, "kumiki_core_idle_seconds_total{core=\"0\"}"));
	assert_null(strstr(play_answer, "_moves_total{"));
}

/* A label's value may have any characters. */
TEST(test_labels)
{
	fake_back.list = "{\"document\":\"list\",\"partitions\":[{\"name\":\"a\\\"b\\\\c\\nd\","
	                 "\"state\":\"running\",\"starts\":7}]}";
	play.now += 1000;
	play_turn();
	play_turn();
	assert_answer("GET /metrics",
	              "\nkumiki_system_starts_total{system=\"a\\\"b\\\\c\\nd\"} 7\n");
}

/* Documents without sense are no reason to fail. */
TEST(test_without_sense)
{
	static const char *const senseless[] = {
	    "{\"document\":\"accounts\",\"vcpus\":[],\"counter_hz\":0}",
	    "{\"document\":\"accounts\",\"vcpus\":[null,{},{\"partition\":7},{\"partition\":"
	    "\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\"}],\"counter_hz\":-1,"
	    "\"counter\":-5,\"cores\":[1,{\"core\":[]}]}",
	};

	for (size_t i = 0; i < sizeof(senseless) / sizeof(senseless[0]); i++) {
		fake_back.accounts = senseless[i];
		play.now += 1000;
		play_turn();
		play_turn();
		assert_answer("GET /metrics", "kumiki_wrong");
		assert_answer("GET /api/series?system=rt&what=ran", "\"values\":[null,");
	}
}
