/*
 * A watcher's changes in a partition: the words about them, and how often they are said.
 * Shows: watch.mends.
 */
#include "operator.h"
#include <stdio.h>
#include <string.h>
#include <unit.h>

static const char *const names[] = {"linux", "watcher", NULL};
static struct mend_log *const mends = &fake.ring[0].mends;

static void start(void)
{
	fake_start(names);
	fake.tables.partitions[1].flags |= BUNDLE_MENDS;
	fake.tables.partitions[1].watches = 0;
	operator_open();
}

static void mend(uint32_t words)
{
	mends->words += words;
	mends->mends++;
}

static uint32_t times(const char *in, const char *what)
{
	uint32_t found = 0;

	for (; (in = strstr(in, what)) != NULL; in += strlen(what))
		found++;
	return found;
}

static void expect(const char *words)
{
	const char *sent = fake_sent();

	if (strstr(sent, words) == NULL)
		fail_msg("no \"%s\" in:\n%s", words, sent);
	assert_int_equal(times(sent, "mended"), 1);
}

TEST(test_a_mend_is_said)
{
	start();
	mend(1);
	fake_run(10);
	expect("watcher mended 1 word of linux\r\n");
	fake_run(3000);
	assert_int_equal(times(fake_sent(), "mended"), 0);
}

/* Mends are said at most once in a second, and then all since the last time. */
TEST(test_many_are_said_together)
{
	start();
	mend(4);
	fake_run(10);
	expect("watcher mended 4 words of linux\r\n");
	for (uint32_t i = 0; i < 6; i++) {
		mend(2);
		fake_run(100);
	}
	assert_int_equal(times(fake_sent(), "mended"), 0);
	fake_run(600);
	expect("watcher mended 12 words of linux, in 6 mends\r\n");
}

TEST(test_log_has_all)
{
	start();
	operator_asks("log linux", 100, "no crash report");
	mend(4);
	mend(1);
	fake_run(2000);
	(void)fake_sent();
	operator_asks("log linux", 100, "mended by watcher: 5 words ever, in 2 mends");
}

/* A restarted service repeats no mend that an earlier life may have said. */
TEST(test_earlier_mends_are_not_reported)
{
	fake_start(names);
	mend(7);
	fake_again();
	operator_open();
	fake_run(2000);
	assert_int_equal(times(fake_sent(), "mended"), 0);
}
