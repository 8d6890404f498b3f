/* The shell's days and times: each day from 1970 to 2106 as the host's C library has it. */
#include <servers/shell/calendar.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unit.h>

static void expect_both_ways(uint64_t seconds)
{
	const time_t time = (time_t)seconds;
	struct text text = {.length = 0};
	char day[16], clock[16], both[32];
	uint64_t read = 0;
	struct tm parts;

	assert_non_null(gmtime_r(&time, &parts));
	assert_int_equal(strftime(day, sizeof(day), "%Y-%m-%d", &parts), 10);
	assert_int_equal(strftime(clock, sizeof(clock), "%H:%M:%S", &parts), 8);
	(void)snprintf(both, sizeof(both), "%s %s", day, clock);
	calendar_add(&text, seconds);
	assert_int_equal(text.length, strlen(both));
	assert_memory_equal(text.bytes, both, text.length);
	assert_true(calendar_read(day, clock, &read));
	assert_int_equal(read, seconds);
}

TEST(test_each_day)
{
	for (uint64_t day = 0; day * 86400 <= UINT32_MAX; day++) {
		expect_both_ways(day * 86400 + day * 7919 % 86400);
		expect_both_ways(day * 86400 + 86399);
	}
	expect_both_ways(UINT32_MAX);
}

TEST(test_short_forms)
{
	uint64_t read = 0;

	assert_true(calendar_read("2026-1-2", "3:4:5", &read));
	assert_int_equal(read, 1767323045);
}

TEST(test_refused)
{
	static const char *const wrong[][2] = {
	    {"", ""},
	    {"2026-11-21", ""},
	    {"2026-11", "00:00:00"},
	    {"2026-11-21-", "00:00:00"},
	    {"2026-11-21x", "00:00:00"},
	    {"2026:11:21", "00:00:00"},
	    {"-2026-11-21", "00:00:00"},
	    {"02026-11-21", "00:00:00"},
	    {"1969-12-31", "23:59:59"},
	    {"2107-01-01", "00:00:00"},
	    {"2026-00-21", "00:00:00"},
	    {"2026-13-21", "00:00:00"},
	    {"2026-11-00", "00:00:00"},
	    {"2026-11-31", "00:00:00"},
	    {"2026-02-29", "00:00:00"},
	    {"2100-02-29", "00:00:00"},
	    {"2026-11-21", "24:00:00"},
	    {"2026-11-21", "00:60:00"},
	    {"2026-11-21", "00:00:60"},
	    {"2026-11-21", "00:00"},
	    {"2026-11-21", "00:00:00:"},
	    {"2026-11-21", "::"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint64_t read = 77;

		assert_false(calendar_read(wrong[i][0], wrong[i][1], &read));
		assert_int_equal(read, 77);
	}
}
