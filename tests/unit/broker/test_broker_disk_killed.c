/*
 * Brokers of a disk that are killed at each step, on the host: every request has its right answer
 * in the end.
 */
#include <stdint.h>
#include <unit.h>
#include <unit/broker/kill.h>
#include <unit/broker/store.h>

static void killed_set_up_with(uint32_t place, enum store_block large)
{
	lan_end();
	store_begin(2, 0, DEVICE_RING_EVENTS);
	store_drive();
	for (uint32_t sector = 4; sector < 64 && large == STORE_READ; sector++)
		store_fill(sector, 1);
	store_ask(1, large, 4, 60, 1);
	store_ask(1, STORE_WRITE, 6, 2, 2);
	store_ask(1, STORE_FLUSH, 0, 0, 0);
	store_ask(1, STORE_SERIAL, 0, 0, 0);
	store_ask(1, STORE_WRITE, 100, 3, 3);
	if (place == 1)
		return;
	lan_turn(1);
	store_serve(2);
}

static void killed_set_up(uint32_t place)
{
	killed_set_up_with(place, STORE_WRITE);
}

static void killed_check(void)
{
	store_finish();
	assert_int_equal(store.over, STORE_REQUESTS);
	for (uint32_t slot = 0; slot < STORE_REQUESTS; slot++)
		assert_int_equal(store_result(slot), 0);
	assert_true(store_has(4, 2, 1) && store_has(6, 2, 2) && store_has(8, 56, 1));
	assert_true(store_has(100, 3, 3));
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
}

const struct unit_fixture unit_each = {store_set_up, store_tear_down};

/* Shows: channel.disk-killed. */
TEST(test_killed_at_each_step)
{
	for (uint32_t place = 0; place < 2; place++) {
		uint64_t at = 0;
		bool killed;

		do {
			struct lan_run what = {.place = place, .started = true};

			killed_set_up(place);
			killed = kill_at(++at, lan_run, &what);
			lan_run_on(place);
			killed_check();
		} while (killed);
		assert_true(at > 100);
	}
}

/* Its second run is killed, too. */
TEST(test_killed_twice)
{
	for (uint32_t place = 0; place < 2; place++) {
		uint64_t steps;

		killed_set_up(place);
		(void)kill_at(0, lan_run, &(struct lan_run){.place = place});
		steps = kill_steps();
		for (uint64_t at = 1; at < steps; at += 61)
			for (uint64_t again = 1; again < steps; again += 97) {
				killed_set_up(place);
				(void)kill_at(at, lan_run,
				              &(struct lan_run){.place = place, .started = true});
				(void)kill_at(again, lan_run, &(struct lan_run){.place = place});
				lan_run_on(place);
				killed_check();
			}
	}
}

/* The provider says DISK_HELLO, and its broker is killed. */
TEST(test_killed_at_a_hello)
{
	static uint8_t data[DISK_DATA_MOST];
	uint64_t at = 0;
	bool killed;

	do {
		struct lan_run what = {.place = 0, .started = true};
		struct disk_record record;

		killed_set_up(1);
		lan_turn(1);
		while (store_take(&record, data))
			;
		store_say_hello(STORE_SECTORS);
		killed = kill_at(++at, lan_run, &what);
		lan_run_on(0);
		lan_turn(1);
		store_take_session();
		killed_check();
	} while (killed);
	assert_true(at > 100);
}

/* A read of several parts: each part is read, or read again. */
TEST(test_killed_at_a_part_of_a_read)
{
	bool killed = true;

	for (uint64_t at = 1; killed; at++) {
		struct lan_run what = {.place = 0, .started = true};

		killed_set_up_with(0, STORE_READ);
		killed = kill_at(at, lan_run, &what);
		lan_run_on(0);
		killed_check();
		assert_true(store_found(1, 0, 1));
	}
}
