/*
 * A disk on the host: the view of its user's driver, requests and their answers, also wrong ones,
 * buffers that come one by one, and a turn's length.
 */
#include <stdint.h>
#include <string.h>
#include <unit.h>
#include <unit/broker/store.h>

/* ---- devices ---- */

const struct unit_fixture unit_each = {store_set_up, store_tear_down};

TEST(test_a_driver_finds_a_disk)
{
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

/* Its capacity is known once a provider has said it. Until then a driver that asks waits. */
TEST(test_a_disk_without_a_provider)
{
	struct broker *broker = &lan.broker[1];

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

TEST(test_writes_and_reads)
{
	uint32_t wrote, flushed, found;

	store_drive();
	wrote = store_ask(1, STORE_WRITE, 8, 8, 5);
	flushed = store_ask(1, STORE_FLUSH, 0, 0, 0);
	store_finish();
	found = store_ask(1, STORE_READ, 8, 8, 0);
	store_finish();
	assert_int_equal(store_result(wrote) | store_result(flushed) | store_result(found), 0);
	assert_true(store_has(8, 8, 5));
	assert_true(store_found(1, found, 5));
	assert_int_equal(lan_counter(0, CHANNEL_WRONG), 0);
	assert_int_equal(lan_counter(1, CHANNEL_SENT), 3);
	assert_int_equal(lan_counter(0, CHANNEL_RECEIVED), 3);
	assert_int_equal(lan_counter(0, CHANNEL_SENT), 3);
	assert_int_equal(lan_counter(1, CHANNEL_RECEIVED), 3);
}

/* It goes in parts; the data are whole. */
TEST(test_a_request_larger_than_a_record)
{
	uint32_t slot;

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
TEST(test_requests_that_cannot_be)
{
	uint32_t behind, serial, strange;

	store_drive();
	behind = store_ask(1, STORE_READ, STORE_SECTORS - 1, 2, 0);
	serial = store_ask(1, STORE_SERIAL, 0, 0, 0);
	strange = store_ask(1, (enum store_block)77, 0, 1, 0);
	lan_turn(1);
	store_look(1);
	assert_int_equal(store_result(behind), 1);
	assert_int_equal(store_result(serial), 0);
	assert_int_equal(store_result(strange), 2);
	assert_int_equal(store.served, 0);
	assert_int_equal(store.over, 3);
}

/* Ranges go as one record without data, and keep their order with writes. */
TEST(test_ranges)
{
	uint32_t wrote, zero, given_up;

	store_drive();
	wrote = store_ask(1, STORE_WRITE, 8, 16, 5);
	zero = store_ask(1, STORE_ZEROES, 0, STORE_SECTORS, 1);
	given_up = store_ask(1, STORE_DISCARD, 0, 4, 0);
	lan_turn(1);
	store_serve(100);
	assert_int_equal(store.served, 1);
	store_finish();
	assert_int_equal(store.served, 3);
	assert_int_equal(store_result(wrote) | store_result(zero) | store_result(given_up), 0);
	for (uint32_t i = 0; i < sizeof(store.medium); i++)
		assert_int_equal(store.medium[i], 0);
	store_ask(1, STORE_WRITE, 8, 16, 5);
	store_finish();
	assert_true(store_has(8, 16, 5));
}

/* The provider has nothing to do with these. */
TEST(test_ranges_that_cannot_be)
{
	uint32_t behind, none, long_one, unmap, strange;

	store_drive();
	behind = store_ask(1, STORE_DISCARD, STORE_SECTORS - 1, 2, 0);
	none = store_ask(1, STORE_ZEROES, 3, 0, 0);
	long_one = store_ask(1, STORE_DISCARD, 0, 0xffffffff, 0);
	unmap = store_ask(1, STORE_DISCARD, 0, 1, 1);
	strange = store_ask(1, STORE_ZEROES, 0, 1, 2);
	lan_turn(1);
	store_look(1);
	assert_int_equal(store.over, 5);
	assert_int_equal(store_result(behind) & store_result(none) & store_result(long_one), 1);
	assert_int_equal(store_result(unmap) & store_result(strange), 2);
	assert_int_equal(store.served, 0);
}

TEST(test_a_disk_to_read)
{
	uint32_t wrote, zero, found;

	lan_end();
	store_begin(2, BUNDLE_CHANNEL_READ_ONLY, 0);
	store_drive();
	lan_write(1, 0x014, 0);
	assert_int_not_equal(lan_read(1, 0x010) & 1u << 5, 0);
	wrote = store_ask(1, STORE_WRITE, 0, 1, 1);
	zero = store_ask(1, STORE_ZEROES, 0, 1, 0);
	found = store_ask(1, STORE_READ, 0, 1, 1);
	store_finish();
	assert_int_equal(store_result(wrote) & store_result(zero), 1);
	assert_int_equal(store_result(found), 0);
	assert_int_equal(store.served, 1);
}

/* Shows: channel.disk-order. */
/* A write waits until an older one of the same sector is answered. */
TEST(test_writes_of_one_sector)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record first, second;

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

/* ---- answers that aren't right ---- */

/* Shows: channel.disk-wrong. */
TEST(test_wrong_answers)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record right, wrong[9];

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
TEST(test_buffers_one_by_one)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;

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
TEST(test_a_hello_waits_for_buffers)
{
	const uint32_t size = (sizeof(struct disk_record) + 2) / 3;

	lan_drive(0, DEVICE_RING_EVENTS);
	offer_one(size);
	store_say_hello(STORE_SECTORS);
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

/* ---- a turn's length ---- */

#define MANY 128 /* entries of its ring */

/*
 * A request that is answered here makes room for the next one at once. The broker gives the queue
 * back now and then.
 */
TEST(test_a_driver_that_asks_without_end)
{
	struct ring_driver *driver = lan_driver(1, CHANNEL_REQUESTS);

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
