/*
 * When the board's watchdog is fed, and what is written to its registers.
 *
 * Shows: boards.watchdog.
 */
#include <fake/cpu.h>
#include <fake/device.h>
#include <frame/layout.h>
#include <frame/watchdog.h>
#include <run/feed.h>
#include <state/core.h>
#include <string.h>
#include <unit.h>

#define CORES 4u
#define BASE  0x30280000u

struct core core;

static uint32_t written[8][2], count; /* offset, value */
static uint32_t status;

static void write_register(uint64_t offset, uint32_t value)
{
	assert_in_range(count, 0, 7);
	written[count][0] = (uint32_t)offset;
	written[count++][1] = value;
}

static uint32_t read_register(uint64_t offset)
{
	assert_int_equal(offset, 4);
	return status;
}

static void setup(void)
{
	struct bundle_header *bundle = (void *)LAYOUT_BUNDLE;

	fake_cpu_reset((struct fake_hooks){0});
	fake_devices_reset();
	fake_device_add(
	    &(struct fake_device){LAYOUT_WATCHDOG, 0x1000, read_register, write_register});
	fake_device_add(&(struct fake_device){BASE, 0x1000, read_register, write_register});
	memset(bundle, 0, sizeof(*bundle));
	bundle->cores.count = CORES;
	bundle->board.watchdog_base = BASE;
	memset(shared_memory, 0, sizeof(*shared_memory));
	count = status = 0;
}

static void look(uint32_t index)
{
	core.index = index;
	feed_look();
}

static void fed(uint32_t times)
{
	assert_int_equal(count, 2 * times);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(written[i][0], 2);
		assert_int_equal(written[i][1], i % 2 ? 0xaaaa : 0x5555);
	}
}

TEST(it_is_fed_when_each_core_has_looked)
{
	setup();
	for (uint32_t i = 0; i < 100; i++)
		look(i % (CORES - 1));
	fed(0);
	look(CORES - 1);
	fed(1);
	for (uint32_t i = 0; i < CORES; i++) {
		fed(1);
		look(i);
	}
	fed(2);
}

TEST(nobody_waits_for_a_core_that_is_off)
{
	setup();
	shared_memory->box[1].dark = shared_memory->box[3].dark = 1;
	look(0);
	fed(0);
	look(2);
	fed(1);
	shared_memory->box[1].dark = 0;
	look(0);
	look(2);
	fed(1);
	look(1);
	fed(2);
}

TEST(without_a_watchdog_nothing_is_written)
{
	setup();
	((struct bundle_header *)LAYOUT_BUNDLE)->board.watchdog_base = 0;
	for (uint32_t i = 0; i < CORES; i++)
		look(i);
	fed(0);
}

/* It can't be stopped once it runs, so all of its control is written at once. */
TEST(it_begins_with_ten_seconds)
{
	static const uint32_t wanted[][2] = {{8, 0}, {0, 19 << 8 | 0x34}, {2, 0x5555}, {2, 0xaaaa}};

	setup();
	watchdog_begin(BASE);
	assert_int_equal(count, 4);
	assert_memory_equal(written, wanted, sizeof(wanted));
}

TEST(its_status_tells_why_the_machine_was_reset)
{
	setup();
	assert_false(watchdog_has_reset(BASE));
	status = 1u << 4 | 1u << 0; /* power-on, a program's own reset */
	assert_false(watchdog_has_reset(BASE));
	status = 1u << 1;
	assert_true(watchdog_has_reset(BASE));
}
