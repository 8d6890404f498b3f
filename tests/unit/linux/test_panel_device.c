/*
 * The panel's device as files: the bit of the command register, locks between programs, and a file
 * that becomes readable at an interrupt.
 *
 * Shows: talk.linux.
 */
#include "fake_panel.h"
#include <fcntl.h>
#include <stdint.h>
#include <sys/file.h>
#include <unistd.h>
#include <unit.h>

static struct kumiki_device device;

static void set_up(void)
{
	(void)fake_tree_make();
	device.config = open(fake_tree_path(FAKE_FUNCTION "/config"), O_RDWR);
	device.events = open(fake_tree_path("/dev/uio0"), O_RDWR | O_NONBLOCK);
	device.shared = open(fake_tree_path("/run/kumiki-panel"), O_RDWR | O_CREAT, 0600);
}

static void tear_down(void)
{
	(void)close(device.config);
	(void)close(device.events);
	(void)close(device.shared);
	fake_tree_remove();
}

const struct unit_fixture unit_each = {set_up, tear_down};

TEST(the_command_register_keeps_its_other_bits)
{
	const uint8_t off[] = {0xff, 0xff, 0xff, 0xff, 0x06, 0x04, 0x10, 0x00};
	uint8_t now[8];

	assert_int_equal(kumiki_device_masked(&device), 0);
	assert_int_equal(pwrite(device.config, off, sizeof(off), 0), sizeof(off));
	assert_int_equal(kumiki_device_masked(&device), 1);
	assert_int_equal(kumiki_device_unmask(&device), 0);
	assert_int_equal(kumiki_device_masked(&device), 0);
	assert_int_equal(pread(device.config, now, sizeof(now), 0), sizeof(now));
	assert_int_equal(now[4], 0x06);
	assert_int_equal(now[5], 0x00);
	assert_int_equal(now[6], 0x10);
}

TEST(a_lost_function_is_said)
{
	assert_int_equal(ftruncate(device.config, 0), 0);
	assert_int_equal(kumiki_device_masked(&device), -1);
	assert_int_equal(kumiki_device_unmask(&device), -1);
}

TEST(interrupts_are_told_once)
{
	const uint32_t count = 1;

	assert_int_equal(kumiki_device_drain(&device), 0);
	assert_int_equal(kumiki_device_poll(&device, 0), 0);
	assert_int_equal(write(device.events, &count, sizeof(count)), sizeof(count));
	assert_int_equal(kumiki_device_poll(&device, KUMIKI_FOR_EVER), 1);
	assert_int_equal(kumiki_device_drain(&device), 0);
	assert_int_equal(kumiki_device_poll(&device, 0), 0);
}

TEST(one_program_at_a_time)
{
	const int other = open(fake_tree_path("/run/kumiki-panel"), O_RDWR);

	assert_int_equal(kumiki_device_lock(&device), 0);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
	kumiki_device_unlock(&device);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	(void)close(other);
}

TEST(registers_are_words)
{
	static uint32_t registers[4] = {1, 2, 3, 4};

	device.registers = registers;
	assert_int_equal(kumiki_device_read(&device, 8), 3);
	kumiki_device_write(&device, 12, 9);
	assert_int_equal(registers[3], 9);
}
