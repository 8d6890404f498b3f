/* Missed deadlines: the words about a miss, how often they are said, and the kept misses. */
#include "operator.h"
#include <stdio.h>
#include <string.h>
#include <unit.h>

#define MS (FAKE_HZ / 1000)

static const char *const names[] = {"linux", "heart", NULL};
static struct miss_log *const frames = &fake.ring[1].misses;
static const struct miss_log *const kept = &fake.box[1].misses;

static void start(void)
{
	fake_start(names);
	fake.tables.vcpus[1].deadline_us = 2000;
	operator_open();
}

/* As the frame keeps it: the vCPUs that came to the core before now, and when, the latest last. */
struct came {
	uint32_t who;
	uint64_t before;
};

static void miss(uint64_t at, const struct came *came, uint32_t count)
{
	struct miss *miss = &frames->misses[frames->next % MISS_EVENTS];

	memset(miss, 0, sizeof(*miss));
	miss->at = at;
	miss->time = fake.now;
	miss->vcpu = 1;
	for (miss->next = 0; miss->next < count; miss->next++)
		miss->history[miss->next] =
		    (fake.now - came[miss->next].before) << 8 | came[miss->next].who;
	miss->number = ++frames->next;
}

static uint32_t times(const char *in, const char *what)
{
	uint32_t found = 0;

	for (; (in = strstr(in, what)) != NULL; in += strlen(what))
		found++;
	return found;
}

static void says(const char *sent, const char *words)
{
	if (strstr(sent, words) == NULL)
		fail_msg("no \"%s\" in:\n%s", words, sent);
}

/*
 * At most three vCPUs that ran since the period began are named, the longest first. Earlier runs
 * don't count.
 */
TEST(test_the_vcpus_that_ran_instead_are_named)
{
	static const struct came came[] = {
	    {1, 9 * MS},         {TRACE_NO_VCPU, 4 * MS}, {0, 2 * MS},
	    {TRACE_CONSOLE, MS}, {TRACE_LOADER, MS / 2},  {0, MS / 4},
	};

	start();
	miss(fake.now - MS, came, 6);
	fake_run(10);
	says(fake_sent(), "missed deadline of heart.0, 3000 us after its period began; until then "
	                  "ran linux.0 1250 us, nobody 1000 us, the console service 500 us\r\n");
}

/* The history's newest entry stands in its last slot. */
TEST(test_history_goes_round)
{
	struct came came[MISS_HISTORY];

	start();
	for (uint32_t i = 0; i < MISS_HISTORY; i++)
		came[i] = (struct came){i % 2, (MISS_HISTORY - i) * MS / 10};
	miss(fake.now, came, MISS_HISTORY);
	frames->misses[0].next = 2 * MISS_HISTORY; /* the same slot */
	fake_run(2000);
	says(fake_sent(),
	     "heart.0, 2000 us after its period began; until then ran linux.0 1000 us, "
	     "heart.0 1000 us\r\n");
}

/*
 * A miss is said at most once in a second, and then the latest one. All misses are counted, and the
 * last ones kept.
 */
TEST(test_said_once_in_a_second)
{
	static const struct came came[] = {{0, 4 * MS}};
	const char *sent;

	start();
	miss(fake.now, came, 1);
	fake_run(10);
	assert_int_equal(times(fake_sent(), "missed deadline"), 1);
	for (uint32_t i = 0; i < 6; i++) {
		miss(fake.now - i * MS, came, 1);
		fake_run(100);
	}
	assert_int_equal(times(fake_sent(), "missed deadline"), 0);
	assert_int_equal(kept->next, 7);
	for (uint32_t i = 3; i < 7; i++)
		assert_int_equal(kept->misses[i % MISS_EVENTS].number, i + 1);
	fake_run(600);
	sent = fake_sent();
	assert_int_equal(times(sent, "missed deadline"), 1);
	says(sent, "heart.0, 7000 us after");
	fake_run(3000);
	assert_int_equal(times(fake_sent(), "missed deadline"), 0);
}

/* A miss that its core is writing is neither kept nor said. */
TEST(test_a_miss_that_is_being_written)
{
	static const struct came came[] = {{0, 4 * MS}};

	start();
	miss(fake.now, came, 1);
	frames->misses[0].number = 0;
	fake_run(10);
	assert_int_equal(kept->next, 1);
	assert_int_equal(kept->misses[0].number, 0);
	assert_int_equal(times(fake_sent(), "missed deadline"), 0);
}

TEST(test_log)
{
	static const struct came came[] = {{0, 4 * MS}};
	const char *sent;

	start();
	for (uint32_t i = 0; i < 6; i++)
		miss(fake.now - i * MS, came, 1);
	fake_run(10);
	(void)fake_sent();
	fake_type("log heart\r", 10);
	fake_run(100);
	sent = fake_sent();
	says(sent, "deadlines missed: 6 ever\r\n");
	assert_int_equal(times(sent, "heart.0, "), MISS_EVENTS);
	assert_true(strstr(sent, "heart.0, 4000 us") < strstr(sent, "heart.0, 7000 us"));
	assert_null(strstr(sent, "heart.0, 3000 us"));
}
