/*
 * The decisions of the clock's server: offsets to the counter, the right to set them, the end of
 * times, and calls that wait until it is set.
 *
 * Shows: rtos.clock.
 */
#include <servers/clock/awaits.h>
#include <servers/clock/setting.h>
#include <stdint.h>
#include <unit.h>

#define SECOND UINT64_C(1000000000)

static uint64_t ask(struct setting *setting, uint64_t now, bool may_set, uint64_t operation,
                    uint64_t *offset)
{
	uint64_t word[RTOS_WORDS] = {operation, *offset};
	const struct setting before = *setting;
	const bool changed = setting_serve(setting, now, may_set, word);

	assert_int_equal(changed, operation == CLOCK_SET && word[0] == CLOCK_OK);
	if (!changed)
		assert_memory_equal(setting, &before, sizeof(before));
	*offset = word[1];
	return word[0];
}

static void expect_time(struct setting *setting, uint64_t now, uint64_t time)
{
	uint64_t offset = 0;

	assert_int_equal(ask(setting, now, false, CLOCK_READ, &offset), CLOCK_OK);
	assert_int_equal(offset + now, time);
}

TEST(test_counter)
{
	static const struct {
		uint64_t ticks, hz, nanoseconds;
	} known[] = {
	    {0, 62500000, 0},
	    {1, 62500000, 16},
	    {62499999, 62500000, 999999984},
	    {62500000, 62500000, SECOND},
	    {1, 19200000, 52},                                                /* rounded down */
	    {19200000 * UINT64_C(3155760000), 19200000, 3155760000 * SECOND}, /* 100 years */
	    {999999999, 1000000000, 999999999},
	    {UINT64_C(9223372036854775807), 1000000000, UINT64_C(9223372036854775807)},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_int_equal(clock_nanoseconds(known[i].ticks, known[i].hz),
		                 known[i].nanoseconds);
}

TEST(test_unset)
{
	struct setting setting = {0};
	uint64_t offset = 77;

	assert_int_equal(ask(&setting, 5, true, CLOCK_READ, &offset), CLOCK_UNSET);
	assert_int_equal(offset, 77);
	offset = 10 * SECOND;
	assert_int_equal(ask(&setting, 5, true, CLOCK_SET, &offset), CLOCK_OK);
	expect_time(&setting, 6, 10 * SECOND + 6);
}

TEST(test_device)
{
	static const uint32_t seconds[] = {0, 1, 1893553445, UINT32_MAX};
	struct setting setting = {0};

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		/* The counter ran for longer than the device, too. */
		setting_begin(&setting, seconds[i], 5 * SECOND + 3);
		expect_time(&setting, 5 * SECOND + 3, seconds[i] * SECOND);
		expect_time(&setting, 7 * SECOND + 4, (seconds[i] + UINT64_C(2)) * SECOND + 1);
	}
}

/* A setting that is repeated later leaves the same time. */
TEST(test_set_again)
{
	struct setting setting = {0};
	uint64_t offset = 1893553445 * SECOND - 100;

	setting_begin(&setting, 1000, 50);
	assert_int_equal(ask(&setting, 100, true, CLOCK_SET, &offset), CLOCK_OK);
	assert_int_equal(ask(&setting, 900, true, CLOCK_SET, &offset), CLOCK_OK);
	expect_time(&setting, 1000, 1893553445 * SECOND + 900);
}

/*
 * A call waits as long as the setting that it knows is the present one. Each setting is a new one,
 * also the same time again and in the same instant.
 */
TEST(test_awaited)
{
	struct setting setting = {0};
	uint64_t word[RTOS_WORDS] = {CLOCK_CHANGED}, offset = 5, last;

	assert_false(setting_awaits(&setting, word)); /* not known: told at once */
	assert_int_equal(ask(&setting, 1, true, CLOCK_CHANGED, &offset), CLOCK_UNSET);
	setting_begin(&setting, 1000, 50);
	for (int i = 0; i < 4; i++) {
		word[0] = CLOCK_CHANGED;
		assert_false(setting_awaits(&setting, word));
		last = word[2];
		assert_false(setting_serve(&setting, 60, true, word));
		assert_int_equal(word[0], CLOCK_OK);
		assert_int_equal(word[1], setting.offset);
		assert_true(word[2] > last);
		word[0] = CLOCK_READ;
		assert_false(setting_awaits(&setting, word));
		word[0] = CLOCK_CHANGED;
		assert_true(setting_awaits(&setting, word));
		offset = 5;
		assert_int_equal(ask(&setting, i < 2 ? 100 : 99, true, CLOCK_SET, &offset),
		                 CLOCK_OK);
	}
}

/*
 * Each program has its own places, and a thread has one call. The longest waiting call goes first.
 */
TEST(test_awaits)
{
	static struct awaits awaits;
	struct await out = {77, 77};
	uint64_t seen = 0;

	assert_false(awaits_next(&awaits, &out));
	assert_false(awaits_take(&awaits, 0, &(struct await){1, 1}, &out));
	assert_false(
	    awaits_take(&awaits, RTOS_IMAGE_PROGRAMS_MAX + 1, &(struct await){1, 1}, &out));
	assert_int_equal(out.identity, 0);
	for (uint64_t badge = 1; badge <= RTOS_IMAGE_PROGRAMS_MAX; badge++)
		for (uint64_t i = 0; i < AWAITS_EACH; i++) {
			const struct await call = {badge * 100 + i, badge * 10 + i};

			assert_true(awaits_take(&awaits, badge, &call, &out));
			assert_int_equal(out.identity, 0);
		}
	/* The last one's thread calls anew; then one more thread than there are places for. */
	assert_true(awaits_take(&awaits, 2, &(struct await){299, 20 + AWAITS_EACH - 1}, &out));
	assert_int_equal(out.identity, 0);
	assert_true(awaits_take(&awaits, 2, &(struct await){300, 29}, &out));
	assert_int_equal(out.identity, 200);
	assert_int_equal(out.token, 20);
	while (awaits_next(&awaits, &out)) {
		assert_true(out.identity != 200 && out.identity != 200 + AWAITS_EACH - 1);
		seen++;
	}
	assert_int_equal(seen, RTOS_IMAGE_PROGRAMS_MAX * AWAITS_EACH);
}

TEST(test_refused)
{
	const uint64_t now = 3 * SECOND;
	struct setting setting = {0};
	uint64_t offset = 5;

	setting_begin(&setting, 1000, now);
	assert_int_equal(ask(&setting, now, false, CLOCK_SET, &offset), CLOCK_DENIED);
	assert_int_equal(ask(&setting, now, true, 0, &offset), CLOCK_BAD);
	assert_int_equal(ask(&setting, now, true, 77, &offset), CLOCK_BAD);
	expect_time(&setting, now, 1000 * SECOND);
	/* The last nanosecond that there is, and the next; the first one, and the one before. */
	offset = CLOCK_END - 1 - now;
	assert_int_equal(ask(&setting, now, true, CLOCK_SET, &offset), CLOCK_OK);
	expect_time(&setting, now, CLOCK_END - 1);
	offset = CLOCK_END - now;
	assert_int_equal(ask(&setting, now, true, CLOCK_SET, &offset), CLOCK_BAD);
	offset = -now;
	assert_int_equal(ask(&setting, now, true, CLOCK_SET, &offset), CLOCK_OK);
	expect_time(&setting, now, 0);
	offset = -now - 1;
	assert_int_equal(ask(&setting, now, true, CLOCK_SET, &offset), CLOCK_BAD);
	expect_time(&setting, now, 0);
}
