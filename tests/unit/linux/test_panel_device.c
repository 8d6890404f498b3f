/*
 * The panel's device as files: the bit of the command register, locks between programs, interrupts
 * that are told of by a file that becomes readable.
 *
 * Shows: talk.linux.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fake_panel.h"
#include <cmocka.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static struct kumiki_device device;

static int set_up(void **state)
{
	(void)state;
	(void)fake_tree_make();
	device.config = open(fake_tree_path(FAKE_FUNCTION "/config"), O_RDWR);
	device.events = open(fake_tree_path("/dev/uio0"), O_RDWR | O_NONBLOCK);
	device.shared = open(fake_tree_path("/run/kumiki-panel"), O_RDWR | O_CREAT, 0600);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)close(device.config);
	(void)close(device.events);
	(void)close(device.shared);
	fake_tree_remove();
	return 0;
}

static void the_command_register_keeps_its_other_bits(void **state)
{
	const uint8_t off[] = {0xff, 0xff, 0xff, 0xff, 0x06, 0x04, 0x10, 0x00};
	uint8_t now[8];

	(void)state;
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

static void a_lost_function_is_said(void **state)
{
	(void)state;
	assert_int_equal(ftruncate(device.config, 0), 0);
	assert_int_equal(kumiki_device_masked(&device), -1);
	assert_int_equal(kumiki_device_unmask(&device), -1);
}

static void interrupts_are_told_once(void **state)
{
	const uint32_t count = 1;

	(void)state;
	assert_int_equal(kumiki_device_drain(&device), 0);
	assert_int_equal(kumiki_device_poll(&device, 0), 0);
	assert_int_equal(write(device.events, &count, sizeof(count)), sizeof(count));
	assert_int_equal(kumiki_device_poll(&device, KUMIKI_FOR_EVER), 1);
	assert_int_equal(kumiki_device_drain(&device), 0);
	assert_int_equal(kumiki_device_poll(&device, 0), 0);
}

static void one_program_at_a_time(void **state)
{
	const int other = open(fake_tree_path("/run/kumiki-panel"), O_RDWR);

	(void)state;
	assert_int_equal(kumiki_device_lock(&device), 0);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
	kumiki_device_unlock(&device);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	(void)close(other);
}

static void registers_are_words(void **state)
{
	static uint32_t registers[4] = {1, 2, 3, 4};

	(void)state;
	device.registers = registers;
	assert_int_equal(kumiki_device_read(&device, 8), 3);
	kumiki_device_write(&device, 12, 9);
	assert_int_equal(registers[3], 9);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_command_register_keeps_its_other_bits),
	    TEST(a_lost_function_is_said),
	    TEST(interrupts_are_told_once),
	    TEST(one_program_at_a_time),
	    TEST(registers_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
