/*
 * The SBSA watchdog's registers and times, as its standard (Arm DEN0029) has them.
 *
 * Shows: life.watchdog.
 */
#include <pure/watchdog.h>
#include <stdlib.h>
#include <unit.h>

#define WCS      0x000
#define WOR      0x008
#define WCV      0x010
#define WCV_HIGH 0x014
#define WRR      0x1000

static struct watchdog dog;

static void expect(uint32_t wcs, uint64_t compare)
{
	assert_int_equal(watchdog_read(&dog, WCS), wcs);
	assert_int_equal(watchdog_read(&dog, WCV), (uint32_t)compare);
	assert_int_equal(watchdog_read(&dog, WCV_HIGH), compare >> 32);
}

static void look(uint64_t now)
{
	watchdog_look(&dog, now);
}

static void begin(uint32_t offset, uint64_t now)
{
	watchdog_reset(&dog);
	watchdog_write(&dog, WOR, offset, now);
	watchdog_write(&dog, WCS, 1, now);
}

TEST(test_off_after_reset)
{
	watchdog_reset(&dog);
	expect(0, 0);
	assert_int_equal(watchdog_deadline(&dog), WATCHDOG_NEVER);
	look(~0ULL);
	expect(0, 0);
	watchdog_write(&dog, WOR, 100, 1000);
	assert_int_equal(watchdog_read(&dog, WOR), 100);
	expect(0, 1100);
	look(5000);
	expect(0, 1100);
	assert_int_equal(watchdog_deadline(&dog), WATCHDOG_NEVER);
}

TEST(test_both_signals)
{
	begin(100, 1000);
	expect(1, 1100);
	assert_int_equal(watchdog_deadline(&dog), 1101);
	look(1100);
	expect(1, 1100);
	look(1101);
	assert_true(dog.first);
	assert_false(dog.second);
	expect(3, 1201);
	look(1201);
	expect(3, 1201);
	look(1202);
	assert_true(dog.second);
	expect(7, 1201);
	assert_int_equal(watchdog_deadline(&dog), WATCHDOG_NEVER);
}

/* Writing any of the three registers that the standard names refreshes; others don't. */
TEST(test_refresh)
{
	static const uint32_t refreshing[] = {WRR, WOR, WCS};

	for (size_t i = 0; i < sizeof(refreshing) / sizeof(refreshing[0]); i++) {
		begin(100, 1000);
		look(1150);
		assert_true(dog.first);
		watchdog_write(&dog, refreshing[i], refreshing[i] == WOR ? 100 : 1, 1160);
		expect(1, 1260);
		assert_int_equal(watchdog_deadline(&dog), 1261);
	}
	begin(100, 1000);
	look(1150);
	watchdog_write(&dog, 0x1004, 1, 1160);
	watchdog_write(&dog, 0xfcc, 1, 1160);
	expect(3, 1250);
	watchdog_write(&dog, WCS, 0, 1160);
	expect(0, 1260);
}

TEST(test_compare_may_be_written)
{
	begin(100, 1000);
	watchdog_write(&dog, WCV_HIGH, 5, 1000);
	watchdog_write(&dog, WCV, 7, 1000);
	expect(1, 0x500000007);
	watchdog_write(&dog, WCV, ~0u, 1000);
	watchdog_write(&dog, WCV_HIGH, ~0u, 1000);
	assert_int_equal(watchdog_deadline(&dog), WATCHDOG_NEVER);
	look(~0ULL);
	expect(1, ~0ULL);
	watchdog_pause(&dog, 1);
	expect(1, ~0ULL);
}

TEST(test_a_pause_does_not_count)
{
	begin(100, 1000);
	watchdog_pause(&dog, 1000000);
	look(1001000);
	expect(1, 1001100);
	look(1001101);
	expect(3, 1001201);
}

TEST(test_no_number_and_no_other_register)
{
	begin(~0u, 1000);
	for (uint32_t offset = 0; offset < WATCHDOG_SIZE; offset += 4) {
		if (offset == WCS || offset == WOR || offset == WCV || offset == WCV_HIGH)
			continue;
		assert_int_equal(watchdog_read(&dog, offset), 0);
	}
}
