/*
 * The emulated PL031, with a counter that the test turns.
 *
 * Shows: guests.clock.
 */
#include <pure/pl031.h>
#include <unit.h>

#define DR   0x00
#define MR   0x04
#define LR   0x08
#define CR   0x0c
#define IMSC 0x10
#define RIS  0x14
#define MIS  0x18
#define ICR  0x1c

#define HZ    62500000u
#define EPOCH 1767225600u /* 2026-01-01 */
#define BOOT  123456789ULL

static struct pl031 rtc;
static uint64_t now;

static void setup(void)
{
	now = BOOT;
	pl031_reset(&rtc, EPOCH, now, HZ);
}

const struct unit_fixture unit_each = {setup, NULL};

static uint32_t get(uint32_t offset)
{
	return pl031_read(&rtc, offset, now);
}

static void put(uint32_t offset, uint32_t value)
{
	pl031_write(&rtc, offset, value, now);
}

TEST(test_time_runs)
{
	assert_int_equal(get(DR), EPOCH);
	now += HZ - 1;
	assert_int_equal(get(DR), EPOCH);
	now++;
	assert_int_equal(get(DR), EPOCH + 1);
	now += (uint64_t)HZ * 3600;
	assert_int_equal(get(DR), EPOCH + 3601);
	assert_int_equal(get(CR), 1);
	put(CR, 0);
	put(DR, 5);
	assert_int_equal(get(CR), 1);
	assert_int_equal(get(DR), EPOCH + 3601);
}

TEST(test_setting_keeps_the_phase)
{
	now += HZ / 2;
	put(LR, 1000);
	assert_int_equal(get(LR), 1000);
	assert_int_equal(get(DR), 1000);
	now += HZ / 2;
	assert_int_equal(get(DR), 1001);
	put(LR, 0xffffffff);
	now += HZ;
	assert_int_equal(get(DR), 0);
}

TEST(test_alarm)
{
	now += HZ / 4;
	put(MR, EPOCH + 10);
	assert_int_equal(get(MR), EPOCH + 10);
	assert_true(pl031_deadline(&rtc) == PL031_NEVER); /* masked: nobody has to be told */
	put(IMSC, 0xffffffff);
	assert_int_equal(get(IMSC), 1);
	assert_true(pl031_deadline(&rtc) == BOOT + 10ULL * HZ);
	now = pl031_deadline(&rtc) - 1;
	assert_false(pl031_line(&rtc, now));
	assert_int_equal(get(DR), EPOCH + 9);
	now++;
	assert_true(pl031_line(&rtc, now));
	assert_int_equal(get(DR), EPOCH + 10);
	assert_int_equal(get(RIS), 1);
	assert_int_equal(get(MIS), 1);
	assert_true(pl031_deadline(&rtc) == PL031_NEVER);
	put(IMSC, 0);
	assert_int_equal(get(MIS), 0);
	assert_false(pl031_line(&rtc, now));
	put(ICR, 1);
	assert_int_equal(get(RIS), 0);
	now += HZ;
	assert_int_equal(get(RIS), 0);
}

TEST(test_alarm_that_nobody_waited_for)
{
	put(MR, EPOCH + 1);
	now += 5ULL * HZ;
	assert_int_equal(get(RIS), 1);
	put(ICR, 1);
	put(MR, EPOCH + 7);
	now += 5ULL * HZ;
	put(IMSC, 1);
	assert_true(pl031_line(&rtc, now));
}

TEST(test_alarm_at_once_and_round_the_end)
{
	put(IMSC, 1);
	put(MR, EPOCH);
	assert_true(pl031_line(&rtc, now));
	put(ICR, 1);
	assert_false(pl031_line(&rtc, now));
	put(MR, EPOCH - 1); /* in the past: comes round in 2^32 - 1 seconds */
	assert_true(pl031_deadline(&rtc) == BOOT + 0xffffffffULL * HZ);
	put(LR, EPOCH - 3);
	assert_true(pl031_deadline(&rtc) == BOOT + 2ULL * HZ);
	put(LR, EPOCH - 1);
	assert_true(pl031_line(&rtc, now));
}

TEST(test_identification_and_holes)
{
	static const uint8_t id[8] = {0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(get(0xfe0 + 4 * i), id[i]);
	for (uint32_t offset = 0x1c; offset < 0xfe0; offset += 4) {
		if (offset != ICR)
			put(offset, 0xffffffff);
		assert_int_equal(get(offset), 0);
	}
	put(MR, 0x12345678);
	assert_int_equal(get(MR + 2), 0x1234);
	assert_int_equal(get(0xfffffffc), 0);
}
