/*
 * A disk on the host: requests, sessions that end, brokers that are killed at each step, a provider
 * that answers what it likes, a request that its provider doesn't survive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unit/broker/kill.h>
#include <unit/broker/store.h>

static uint8_t result(uint32_t slot)
{
	return store.request[1][slot].result;
}

/* ---- devices ---- */

static void test_a_driver_finds_a_disk(void **state)
{
	(void)state;
	store_drive();
	assert_int_equal(lan_read(1, 0x008), 2);
	assert_int_equal(lan_read(1, 0x100), STORE_SECTORS);
	assert_int_equal(lan_read(1, 0x108), 4096);
	assert_int_equal(lan_read(1, 0x10c), 7);
	lan_write(1, 0x014, 0);
	assert_int_equal(lan_read(1, 0x010) & 0xffff,
	                 1u << 1 | 1u << 2 | 1u << 9 | 1u << 13 | 1u << 14);
	assert_int_equal(lan_read(1, 0x100 + 36), 8192); /* max_discard_sectors */
	assert_int_equal(lan_read(1, 0x100 + 48), 8192); /* max_write_zeroes_sectors */
	assert_int_equal(lan_read(1, 0x100 + 60), 0);
	assert_int_equal(lan_read(0, 0x008), 3);
	assert_int_equal(lan_read(0, 0x104), 1);
}

/* Its capacity is known once a provider has said it: until then who asks waits. */
static void test_a_disk_without_a_provider(void **state)
{
	struct broker *broker = &lan.broker[1];

	(void)state;
	assert_int_equal(lan_read(1, 0x0fc), 0); /* ConfigGeneration */
	broker->asked = true;
	broker->what = CHANNEL_REQUEST(0x100, 4, 0);
	lan_turn(1);
	assert_true(broker->asked);
	store_hello(STORE_SECTORS);
	assert_false(broker->asked);
	assert_int_equal(lan.answer, STORE_SECTORS);
	assert_int_equal(lan_read(1, 0x0fc), 1);
}

/* ---- requests ---- */

static void test_writes_and_reads(void **state)
{
	uint32_t wrote, flushed, found;

	(void)state;
	store_drive();
	wrote = store_ask(1, STORE_WRITE, 8, 8, 5);
	flushed = store_ask(1, STORE_FLUSH, 0, 0, 0);
	store_finish();
	found = store_ask(1, STORE_READ, 8, 8, 0);
	store_finish();
	assert_int_equal(result(wrote) | result(flushed) | result(found), 0);
	assert_true(store_has(8, 8, 5));
	assert_true(store_found(1, found, 5));
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
	assert_int_equal(lan_counter(1, CHANNEL_SENT), 3);
	assert_int_equal(lan_counter(0, CHANNEL_RECEIVED), 3);
	assert_int_equal(lan_counter(0, CHANNEL_SENT), 3);
	assert_int_equal(lan_counter(1, CHANNEL_RECEIVED), 3);
}

/* It goes in parts; the data are whole. */
static void test_a_request_larger_than_a_record(void **state)
{
	uint32_t slot;

	(void)state;
	store_drive();
	store_ask(1, STORE_WRITE, 1, STORE_LARGEST, 6);
	store_finish();
	assert_true(store_has(1, STORE_LARGEST, 6));
	assert_int_equal(store.served, 2);
	slot = store_ask(1, STORE_READ, 1, STORE_LARGEST, 0);
	store_finish();
	assert_true(store_found(1, slot, 6));
}

/* The provider has nothing to do with these. */
static void test_requests_that_cannot_be(void **state)
{
	uint32_t behind, serial, strange;

	(void)state;
	store_drive();
	behind = store_ask(1, STORE_READ, STORE_SECTORS - 1, 2, 0);
	serial = store_ask(1, STORE_SERIAL, 0, 0, 0);
	strange = store_ask(1, (enum store_block)77, 0, 1, 0);
	lan_turn(1);
	store_look(1);
	assert_int_equal(result(behind), 1);
	assert_int_equal(result(serial), 0);
	assert_int_equal(result(strange), 2);
	assert_int_equal(store.served, 0);
	assert_int_equal(store.over, 3);
}

/* Ranges go as one record without data, and keep their order with writes. */
static void test_ranges(void **state)
{
	uint32_t wrote, zero, given_up;

	(void)state;
	store_drive();
	wrote = store_ask(1, STORE_WRITE, 8, 16, 5);
	zero = store_ask(1, STORE_ZEROES, 0, STORE_SECTORS, 1);
	given_up = store_ask(1, STORE_DISCARD, 0, 4, 0);
	lan_turn(1);
	store_serve(100);
	assert_int_equal(store.served, 1);
	store_finish();
	assert_int_equal(store.served, 3);
	assert_int_equal(result(wrote) | result(zero) | result(given_up), 0);
	for (uint32_t i = 0; i < sizeof(store.medium); i++)
		assert_int_equal(store.medium[i], 0);
	store_ask(1, STORE_WRITE, 8, 16, 5);
	store_finish();
	assert_true(store_has(8, 16, 5));
}

/* The provider has nothing to do with these. */
static void test_ranges_that_cannot_be(void **state)
{
	uint32_t behind, none, long_one, unmap, strange;

	(void)state;
	store_drive();
	behind = store_ask(1, STORE_DISCARD, STORE_SECTORS - 1, 2, 0);
	none = store_ask(1, STORE_ZEROES, 3, 0, 0);
	long_one = store_ask(1, STORE_DISCARD, 0, 0xffffffff, 0);
	unmap = store_ask(1, STORE_DISCARD, 0, 1, 1);
	strange = store_ask(1, STORE_ZEROES, 0, 1, 2);
	lan_turn(1);
	store_look(1);
	assert_int_equal(store.over, 5);
	assert_int_equal(result(behind) & result(none) & result(long_one), 1);
	assert_int_equal(result(unmap) & result(strange), 2);
	assert_int_equal(store.served, 0);
}

static void test_a_disk_to_read(void **state)
{
	uint32_t wrote, zero, found;

	(void)state;
	lan_end();
	store_begin(2, BUNDLE_CHANNEL_READ_ONLY, 0);
	store_drive();
	lan_write(1, 0x014, 0);
	assert_int_not_equal(lan_read(1, 0x010) & 1u << 5, 0);
	wrote = store_ask(1, STORE_WRITE, 0, 1, 1);
	zero = store_ask(1, STORE_ZEROES, 0, 1, 0);
	found = store_ask(1, STORE_READ, 0, 1, 1);
	store_finish();
	assert_int_equal(result(wrote) & result(zero), 1);
	assert_int_equal(result(found), 0);
	assert_int_equal(store.served, 1);
}

/* Shows: channel.disk-order. */
/* A write waits until an older one of the same sector is answered. */
static void test_writes_of_one_sector(void **state)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record first, second;

	(void)state;
	store_drive();
	store_ask(1, STORE_WRITE, 4, 2, 1);
	store_ask(1, STORE_WRITE, 5, 1, 2);
	store_ask(1, STORE_WRITE, 9, 1, 3);
	lan_turn(1);
	assert_true(store_take(&first, data));
	assert_true(store_take(&second, data));
	assert_int_equal(first.sector, 4);
	assert_int_equal(second.sector, 9);
	assert_false(store_take(&second, data));
	first.size = 0;
	store_answer(&first, data, 0);
	lan_turn(0);
	assert_true(store_take(&second, data));
	assert_int_equal(second.sector, 5);
}

/* ---- sessions ---- */

/* What wasn't answered comes again, in order; an answer of the earlier session counts nothing. */
static void test_a_provider_that_begins_anew(void **state)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record old, now;

	(void)state;
	store_drive();
	store_ask(1, STORE_WRITE, 4, 1, 1);
	store_ask(1, STORE_WRITE, 6, 1, 2);
	lan_turn(1);
	assert_true(store_take(&old, data));
	assert_true(store_take(&now, data));
	store_hello(STORE_SECTORS);
	old.size = 0;
	store_answer(&old, data, 0);
	lan_turn(0);
	store_look(1);
	assert_int_equal(store.over, 0);
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 1);
	assert_int_equal(lan_counter(1, CHANNEL_REPLAYED), 2);
	assert_true(store_take(&now, data)); /* one at a time now */
	assert_int_equal(now.sector, 4);
	assert_false(store_take(&old, data));
	now.size = 0;
	store_answer(&now, data, 0);
	lan_turn(0);
	store_finish();
	assert_true(store_has(6, 1, 2));
	assert_int_equal(store.over, 2);
}

static void test_a_provider_that_does_not_fit(void **state)
{
	(void)state;
	store_drive();
	store_hello(STORE_SECTORS - 1);
	assert_int_equal(store.session, 0);
	store_hello(STORE_SECTORS);
	assert_int_not_equal(store.session, 0);
}

/* Its partition ends and starts: the user's request waits, and is carried out then. */
static void test_a_provider_that_restarts(void **state)
{
	(void)state;
	store_drive();
	store_ask(1, STORE_WRITE, 3, 2, 9);
	lan_turn(1);
	lan.told->life[0] = 0;
	lan_turn(1);
	lan.told->life[0] = 2;
	lan_turn(0);
	lan_drive(0, 0);
	lan_offer(0, 15);
	store_hello(STORE_SECTORS);
	store_finish();
	assert_true(store_has(3, 2, 9));
}

/* Shows: channel.disk-deadly. */
/* Three sessions end with a request: its user gets an error, and all others their answers. */
static void test_a_request_that_kills(void **state)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;
	uint32_t deadly, other, sessions = 0;

	(void)state;
	store_drive();
	other = store_ask(1, STORE_WRITE, 9, 1, 1);
	deadly = store_ask(1, STORE_WRITE, 4, 1, 2);
	lan_turn(1);
	while (store.request[1][deadly].open) {
		bool dies = false;

		assert_true(++sessions < 10);
		while (!dies && store_take(&record, data)) {
			dies = record.sector == 4;
			record.size = 0;
			if (!dies)
				store_answer(&record, data, 0);
			lan_turn(0);
			lan_turn(1);
		}
		store_hello(STORE_SECTORS);
		store_look(1);
	}
	assert_int_equal(result(deadly), 1);
	assert_int_equal(lan_counter(1, CHANNEL_FAILED), 1);
	assert_int_equal(lan.told_operator, 1);
	assert_int_equal(lan.memory->disk.user[1].deadly.sector, 4);
	assert_int_equal(lan.memory->disk.user[1].deadly.size, DISK_SECTOR);
	assert_int_equal(lan.memory->disk.user[1].deadly.operation, DISK_WRITE);
	store_finish();
	assert_int_equal(result(other), 0);
}

/* ---- a user that begins anew ---- */

static void resume_provider(void)
{
	lan.told->life[0] = 1;
	broker_hear(&lan.broker[0], &(struct broker_word){.work = CHANNEL_WORK_JOINED});
	lan_turn(0);
}

/* Its earlier write is still with the provider: the new one of that sector waits for its end. So it
 * does if the provider is suspended meanwhile. */
static void user_resets(bool suspended)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record old, now;

	store_drive();
	store_ask(1, STORE_WRITE, 4, 1, 1);
	lan_turn(1);
	assert_true(store_take(&old, data));
	if (suspended)
		lan.told->life[0] = 0;
	lan_drive(1, 0);
	store.request[1][0].open = false;
	store_ask(1, STORE_WRITE, 4, 1, 2);
	lan_turn(1);
	if (suspended)
		resume_provider();
	assert_false(store_take(&now, data));
	old.size = 0;
	store_answer(&old, data, 0);
	lan_turn(0);
	store_finish();
	assert_int_equal(store.over, 1);
	assert_true(store_has(4, 1, 2));
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
}

static void test_a_user_that_resets(void **state)
{
	(void)state;
	user_resets(false);
	lan_end();
	store_begin(2, 0, DEVICE_RING_EVENTS);
	user_resets(true);
}

/* Users that may wait for ever do so, even if the provider is suspended with as many requests of
 * earlier drivers as there are. */
static void test_a_user_that_resets_again_and_again(void **state)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record old, now;

	(void)state;
	store_drive();
	for (uint32_t i = 0; i < CHANNEL_REQUESTS_MOST; i++) {
		store_ask(1, STORE_WRITE, i, 1, 1);
		lan_turn(1);
		assert_true(store_take(&old, data));
		lan_drive(1, 0);
		store.request[1][0].open = false;
	}
	lan.told->life[0] = 0;
	store_ask(1, STORE_WRITE, 0, 1, 2);
	lan_turn(1);
	store_look(1);
	assert_int_equal(store.over, 0);
	resume_provider();
	assert_false(store_take(&now, data));
	old.size = 0;
	store_answer(&old, data, 0);
	lan_turn(0);
	assert_false(store_take(&now, data)); /* the provider still has a write of sector 0 */
	store_hello(STORE_SECTORS);
	store_finish();
	assert_int_equal(result(0), 0);
	assert_true(store_has(0, 1, 2));
}

/* A user is suspended while the provider answers: the part is asked for again. */
static void test_a_user_that_is_suspended(void **state)
{
	uint32_t slot;

	(void)state;
	store_drive();
	memset(store.medium, 0x5a, sizeof(store.medium));
	slot = store_ask(1, STORE_READ, 4, 1, 0);
	lan_turn(1);
	lan.told->life[1] = 0;
	store_serve(1);
	lan_turn(0);
	store_look(1);
	assert_int_equal(store.over, 0);
	lan.told->life[1] = 1;
	lan_turn(1);
	store_finish();
	assert_int_equal(store.served, 2);
	assert_int_equal(result(slot), 0);
}

/* ---- answers that aren't right ---- */

/* Shows: channel.disk-wrong. */
static void test_wrong_answers(void **state)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record right, wrong[9];

	(void)state;
	store_drive();
	store_ask(1, STORE_READ, 4, 2, 0);
	lan_turn(1);
	assert_true(store_take(&right, data));
	for (uint32_t i = 0; i < 9; i++)
		wrong[i] = right;
	wrong[0].tag ^= 1;
	wrong[1].tag ^= 1ull << 48;
	wrong[2].tag ^= 7ull << 56;
	wrong[3].session++;
	wrong[4].size = DISK_SECTOR;
	wrong[5].size = ~0u;
	wrong[6].status = DISK_REFUSED;
	wrong[7].operation = DISK_WRITE;
	wrong[8].magic = 0;
	for (uint32_t i = 0; i < 9; i++) {
		store_answer(&wrong[i], data, right.size);
		lan_turn(0);
		store_look(1);
		assert_int_equal(store.over, 0);
		assert_int_equal(lan_counter(0, CHANNEL_WRONG), i + 1);
	}
	store_answer(&right, data, right.size);
	lan_turn(0);
	store_look(1);
	assert_int_equal(store.over, 1);
	store_answer(&right, data, right.size);
	lan_turn(0);
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 10);
}

/* ---- brokers that are killed ---- */

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
		assert_int_equal(result(slot), 0);
	assert_true(store_has(4, 2, 1) && store_has(6, 2, 2) && store_has(8, 56, 1));
	assert_true(store_has(100, 3, 3));
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
}

/* Shows: channel.disk-killed. */
static void test_killed_at_each_step(void **state)
{
	(void)state;
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
static void test_killed_twice(void **state)
{
	(void)state;
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
static void test_killed_at_a_hello(void **state)
{
	static uint8_t data[DISK_DATA_MOST];
	const struct disk_record hello = {.magic = DISK_MAGIC,
	                                  .tag = DISK_REVISION,
	                                  .operation = DISK_HELLO,
	                                  .sector = STORE_SECTORS};
	uint64_t at = 0;
	bool killed;

	(void)state;
	do {
		struct lan_run what = {.place = 0, .started = true};
		struct disk_record record;

		killed_set_up(1);
		lan_turn(1);
		while (store_take(&record, data))
			;
		store_answer(&hello, data, 0);
		killed = kill_at(++at, lan_run, &what);
		lan_run_on(0);
		lan_turn(1);
		assert_true(store_take(&record, data));
		assert_int_equal(record.operation, DISK_HELLO);
		store.session = record.session;
		memset(store.last, 0, sizeof(store.last));
		killed_check();
	} while (killed);
	assert_true(at > 100);
}

/* ---- buffers that come one by one ---- */

/* The provider's driver makes one buffer available, and gives a notice if it is asked for one
 * (virtio 1.2, 2.7.10). */
static void offer_one(uint32_t size)
{
	const struct ring_device *device = lan_device(0, CHANNEL_RECEIVE);
	const struct ring_driver *driver = lan_driver(0, CHANNEL_RECEIVE);
	const bool events = (lan.guest[0].features & DEVICE_RING_EVENTS) != 0;
	uint16_t event;

	memcpy(&event, &device->entry[LAN_QUEUE], sizeof(event));
	lan_make_available(0, CHANNEL_RECEIVE, size, 2);
	if (events ? event == (uint16_t)(driver->index - 1) : (device->flags & 1) == 0)
		lan_turn(0);
}

/* Shows: channel.disk-buffers. */
/* The record of a request needs four buffers: the last one lets it go. */
static void test_buffers_one_by_one(void **state)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;

	(void)state;
	for (uint32_t events = 0; events < 2; events++) {
		lan_end();
		store_begin(2, 0, events ? DEVICE_RING_EVENTS : 0);
		lan_drive(0, events ? DEVICE_RING_EVENTS : 0);
		lan_offer(0, 1);
		store_drive(); /* the hello's answer comes in that buffer, which is offered again */
		store_ask(1, STORE_WRITE, 3, 12, 7);
		lan_turn(1);
		for (uint32_t i = 0; i < 3; i++) {
			assert_false(store_take(&record, data));
			offer_one(LAN_BUFFER);
		}
		assert_true(store_take(&record, data));
		assert_int_equal(record.sector, 3);
		assert_int_equal(record.size, 12 * DISK_SECTOR);
	}
}

/* The answer to DISK_HELLO needs three. Its broker rests while there are too few. */
static void test_a_hello_waits_for_buffers(void **state)
{
	const uint32_t size = (sizeof(struct disk_record) + 2) / 3;
	static uint8_t data[1];
	struct disk_record record = {.magic = DISK_MAGIC,
	                             .tag = DISK_REVISION,
	                             .operation = DISK_HELLO,
	                             .sector = STORE_SECTORS};

	(void)state;
	lan_drive(0, DEVICE_RING_EVENTS);
	offer_one(size);
	store_answer(&record, data, 0);
	lan_turn(0);
	for (uint32_t i = 0; i < 2; i++) {
		broker_turn(&lan.broker[0]);
		assert_int_equal(lan.broker[0].looks, 0);
		assert_int_equal(lan.memory->disk.attached, 0);
		offer_one(size);
	}
	assert_int_equal(lan.memory->disk.attached, 1);
	assert_int_equal(lan_device(0, CHANNEL_RECEIVE)->index, 3);
}

/* ---- ends that come and go ---- */

/* A request finds it away, and is sent when it is back. */
static void test_a_provider_that_is_suspended(void **state)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;

	(void)state;
	store_drive();
	lan.told->life[0] = 0;
	store_ask(1, STORE_WRITE, 3, 2, 9);
	lan_turn(1);
	lan_turn(0);
	assert_false(store_take(&record, data));
	resume_provider();
	store_finish();
	assert_int_equal(store.served, 1);
	assert_true(store_has(3, 2, 9));
}

/* Shows: channel.disk-suspended. */
/* It has a request then. The size stays known, and nothing is sent or answered until it is back;
 * then it gets what is new, and nothing again. */
static void test_a_provider_that_is_suspended_with_a_request(void **state)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record old, now;

	(void)state;
	store_drive();
	store_ask(1, STORE_WRITE, 3, 1, 1);
	lan_turn(1);
	assert_true(store_take(&old, data));
	lan.told->life[0] = 0;
	store_ask(1, STORE_WRITE, 5, 1, 2);
	lan_turn(1);
	assert_int_equal(lan_read(1, 0x100), STORE_SECTORS);
	store_look(1);
	assert_int_equal(store.over, 0);
	resume_provider();
	assert_true(store_take(&now, data));
	assert_int_equal(now.sector, 5);
	assert_int_equal(now.session, old.session);
	assert_false(store_take(&now, data));
	old.size = now.size = 0;
	store_answer(&now, data, 0);
	store_answer(&old, data, 0);
	lan_turn(0);
	store_look(1);
	assert_int_equal(store.over, 2);
	assert_int_equal(result(0) | result(1), 0);
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
	assert_int_equal(lan_counter(1, CHANNEL_REPLAYED), 0);
}

/* The provider's broker is killed at that step, with two answers in its ring. True: a delivery to
 * the user is open then. */
static bool is_cut_off(uint64_t at, enum store_block block, bool *killed)
{
	struct lan_run what = {.place = 0, .started = true};

	lan_end();
	store_begin(2, 0, DEVICE_RING_EVENTS);
	store_drive();
	store_ask(1, block, 4, 1, 1);
	store_ask(1, block, 6, 1, 2);
	lan_turn(1);
	store_serve(2);
	*killed = kill_at(at, lan_run, &what);
	return *killed && lan.memory->end[1].delivery.open != 0;
}

/* A delivery to the user is open as it is suspended: nobody writes to its memory meanwhile. */
static void test_an_answer_for_a_user_that_is_away(void **state)
{
	static uint8_t ram[LAN_RAM];
	bool killed = true;
	uint32_t cut = 0;

	(void)state;
	for (uint64_t at = 1; killed; at++) {
		if (!is_cut_off(at, STORE_READ, &killed))
			continue;
		cut++;
		lan.told->life[1] = 0;
		memcpy(ram, lan_at(1, 0), LAN_RAM);
		lan_run_on(0);
		assert_memory_equal(ram, lan_at(1, 0), LAN_RAM);
		lan.told->life[1] = 1;
		lan_turn(1);
		store_finish();
		assert_int_equal(store.over, 2);
		assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
	}
	assert_true(cut > 5);
}

/* The provider's answer is used up: what it was for is over, though the user's new life gets no
 * word of it. A write of the same sector needn't wait. */
static void test_an_answer_for_a_user_that_has_restarted(void **state)
{
	bool killed = true;
	uint32_t cut = 0;

	(void)state;
	for (uint64_t at = 1; killed; at++) {
		if (!is_cut_off(at, STORE_WRITE, &killed))
			continue;
		cut++;
		lan.told->life[1] = 0;
		lan_run_on(0);
		lan.told->life[1] = 2;
		lan_drive(1, DEVICE_RING_EVENTS);
		store.request[1][0].open = store.request[1][1].open = false;
		store_ask(1, STORE_WRITE, 4, 1, 3);
		store_ask(1, STORE_WRITE, 6, 1, 4);
		lan_turn(1);
		store_finish();
		assert_int_equal(store.over, 2);
		assert_true(store_has(4, 1, 3) && store_has(6, 1, 4));
	}
	assert_true(cut > 5);
}

/* ---- a turn's length ---- */

#define MANY 128 /* entries of its ring */

/* What is answered here makes room for the next request at once. The broker gives the queue back
 * now and then. */
static void test_a_driver_that_asks_without_end(void **state)
{
	struct ring_driver *driver = lan_driver(1, CHANNEL_REQUESTS);

	(void)state;
	store_drive();
	lan_write(1, 0x044, 0);
	lan_write(1, 0x038, MANY);
	lan_write(1, 0x044, 1);
	store_ask(1, (enum store_block)77, 0, 1, 0);
	for (uint32_t i = 0; i < MANY; i++)
		driver->entry[i] = driver->entry[0];
	driver->index = MANY;
	broker_turn(&lan.broker[1]);
	assert_int_equal(lan_device(1, CHANNEL_REQUESTS)->index, 64);
	assert_int_equal(lan.broker[1].looks, 1u << 1);
	assert_int_equal(lan.memory->end[1].owner, 0);
	lan_turn(1);
	assert_int_equal(lan_device(1, CHANNEL_REQUESTS)->index, MANY);
}

/* ---- another user's suspects ---- */

/* A new session, of which no user's broker has taken notice yet. */
static void hello_unseen(void)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record = {.magic = DISK_MAGIC,
	                             .tag = DISK_REVISION,
	                             .operation = DISK_HELLO,
	                             .sector = STORE_SECTORS};

	store_answer(&record, data, 0);
	broker_turn(&lan.broker[0]);
	lan.broker[0].looks = 0;
	assert_true(store_take(&record, data));
	assert_int_equal(record.operation, DISK_HELLO);
	store.session = record.session;
}

/* It is given up without an answer, so nobody tells the user that waits for its end. */
static void test_a_suspect_that_ends_unseen(void **state)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;

	(void)state;
	lan_end();
	store_begin(3, BUNDLE_CHANNEL_READ_ONLY, DEVICE_RING_EVENTS);
	store_drive();
	lan_drive(2, DEVICE_RING_EVENTS);
	store_ask(1, STORE_READ, 4, 1, 0);
	for (uint32_t deaths = 0; deaths < 3; deaths++) {
		lan_turn(1);
		assert_true(store_take(&record, data));
		assert_int_equal(record.sector, 4);
		hello_unseen();
	}
	store_ask(2, STORE_READ, 9, 1, 0);
	lan.broker[2].again = UINT64_MAX;
	lan_turn(2);
	lan_turn(1);
	assert_int_equal(lan_counter(1, CHANNEL_FAILED), 1);
	assert_false(store_take(&record, data));
	assert_int_equal(lan.broker[2].again, lan.now + LAN_SECOND / 100);
	lan.now = lan.broker[2].again;
	lan_turn(2);
	assert_true(store_take(&record, data));
	assert_int_equal(record.sector, 9);
}

/* A read of several parts: each part is read, or read again. */
static void test_killed_at_a_part_of_a_read(void **state)
{
	bool killed = true;

	(void)state;
	for (uint64_t at = 1; killed; at++) {
		struct lan_run what = {.place = 0, .started = true};

		killed_set_up_with(0, STORE_READ);
		killed = kill_at(at, lan_run, &what);
		lan_run_on(0);
		killed_check();
		assert_true(store_found(1, 0, 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_a_driver_finds_a_disk, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_disk_without_a_provider, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_writes_and_reads, store_set_up, store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_request_larger_than_a_record, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_requests_that_cannot_be, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_ranges, store_set_up, store_tear_down),
	    cmocka_unit_test_setup_teardown(test_ranges_that_cannot_be, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_disk_to_read, store_set_up, store_tear_down),
	    cmocka_unit_test_setup_teardown(test_writes_of_one_sector, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_provider_that_begins_anew, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_provider_that_does_not_fit, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_provider_that_restarts, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_request_that_kills, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_user_that_resets, store_set_up, store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_user_that_resets_again_and_again, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_provider_that_is_suspended_with_a_request,
	                                    store_set_up, store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_user_that_is_suspended, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_wrong_answers, store_set_up, store_tear_down),
	    cmocka_unit_test_setup_teardown(test_killed_at_each_step, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_killed_twice, store_set_up, store_tear_down),
	    cmocka_unit_test_setup_teardown(test_killed_at_a_hello, store_set_up, store_tear_down),
	    cmocka_unit_test_setup_teardown(test_buffers_one_by_one, store_set_up, store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_hello_waits_for_buffers, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_provider_that_is_suspended, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_an_answer_for_a_user_that_is_away, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_an_answer_for_a_user_that_has_restarted,
	                                    store_set_up, store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_driver_that_asks_without_end, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_a_suspect_that_ends_unseen, store_set_up,
	                                    store_tear_down),
	    cmocka_unit_test_setup_teardown(test_killed_at_a_part_of_a_read, store_set_up,
	                                    store_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
