/*
 * Ends of a disk that break every rule of their rings (unit/broker/spoil.h), also in the middle of
 * a broker's turn, and a provider whose records could be anything. Brokers touch nothing outside of
 * the ends' memory, which the sanitizers watch, and each turn ends. A user's request reaches the
 * provider only if it is right. A provider's data reaches a user's buffers only if it was asked
 * for.
 *
 * Shows: channel.disk-hostile.
 */
#include <stdint.h>
#include <string.h>
#include <unit.h>
#include <unit/broker/kill.h>
#include <unit/broker/spoil.h>
#include <unit/broker/store.h>

#define RUNS   8
#define ROUNDS 30000u

/* ---- a user ---- */

#define GOOD    1u
#define HOSTILE 2u

/* The good user reads the medium's content from the start. */
static void read_as_it_was(uint32_t seed)
{
	uint32_t sector = spoil_random(STORE_SECTORS - 8);
	uint32_t slot = store_ask(GOOD, STORE_READ, sector, 1 + spoil_random(8), 0);

	for (uint32_t round = 0; store.request[GOOD][slot].open; round++) {
		assert_true(round < 100);
		lan_turn(GOOD);
		store_serve(2);
		lan_turn(0);
		store_look(GOOD);
	}
	assert_int_equal(store.request[GOOD][slot].result, 0);
	assert_true(store_found(GOOD, slot, seed));
}

static void fill(uint32_t seed)
{
	for (uint32_t i = 0; i < STORE_SECTORS; i++)
		store_fill(i, seed);
}

/* Users that may only read: one reads while the other one tries everything. The provider checks
 * each record. */
TEST(test_a_hostile_user)
{
	for (uint32_t run = 1; run <= RUNS; run++) {
		store_begin(3, BUNDLE_CHANNEL_READ_ONLY, DEVICE_RING_EVENTS);
		fill(run);
		store_hello(STORE_SECTORS);
		lan_drive(GOOD, DEVICE_RING_EVENTS);
		lan_drive(HOSTILE, DEVICE_RING_EVENTS);
		spoil_begin(HOSTILE, DEVICE_RING_EVENTS, run);
		kill_beside(spoil_within);
		for (uint32_t i = 0; i < ROUNDS; i++) {
			spoil();
			lan_turn(HOSTILE);
			store_serve(2);
			lan_turn(0);
			if (i % 16 == 0)
				read_as_it_was(run);
		}
		kill_beside(NULL);
		assert_true(store_has(0, STORE_SECTORS, run));
		assert_int_equal(lan.memory->end[GOOD].status, 15);
		lan_end();
	}
}

/* One that may write writes where it likes, on its disk alone. */
TEST(test_a_hostile_user_that_writes)
{
	for (uint32_t run = 1; run <= RUNS; run++) {
		store_set_up();
		store_drive();
		spoil_begin(GOOD, DEVICE_RING_EVENTS, run);
		kill_beside(spoil_within);
		for (uint32_t i = 0; i < ROUNDS; i++) {
			spoil();
			lan_turn(GOOD);
			store_serve(2);
			lan_turn(0);
		}
		kill_beside(NULL);
		lan_end();
	}
}

/* ---- a provider ---- */

static const uint32_t queue = LAN_DESCRIPTORS(CHANNEL_REQUESTS);
static uint8_t before[0x800];

/* The user's memory without requests' buffers: its descriptors and its own ring. */
static void note_user(void)
{
	memcpy(before, lan_at(GOOD, queue), sizeof(before));
}

static void check_user(void)
{
	assert_memory_equal(before, lan_at(GOOD, queue), sizeof(before));
	assert_int_equal(lan.memory->end[GOOD].status, 15);
}

static void send_bytes(const uint8_t *at, uint32_t size)
{
	struct ring_driver *driver = lan_driver(0, CHANNEL_SEND);
	struct ring_descriptor *table = lan_at(0, LAN_DESCRIPTORS(CHANNEL_SEND));
	uint16_t i = driver->index % LAN_QUEUE;

	table[i] =
	    (struct ring_descriptor){LAN_IPA + (uint64_t)(at - lan.guest[0].ram), size, 0, 0};
	driver->entry[i] = i;
	driver->index++;
}

/* A record that the provider may have got, with some bits changed. */
static void spoil_record(void)
{
	uint8_t *at = lan_at(0, spoil_random(LAN_RAM - DISK_RECORD_MOST));
	struct disk_record record = {.magic = DISK_MAGIC,
	                             .session = lan.memory->disk.session,
	                             .operation = (uint8_t)spoil_random(16),
	                             .size = spoil_random(2) ? DISK_SECTOR : spoil_random(~0u),
	                             .sector = spoil_random(2 * STORE_SECTORS)};

	record.tag = DISK_TAG(spoil_random(3), spoil_random(CHANNEL_REQUESTS_MOST + 2),
	                      lan.memory->end[GOOD].sending.number - spoil_random(2));
	if (spoil_random(8) == 0)
		((uint8_t *)&record)[spoil_random(sizeof(record))] ^=
		    (uint8_t)(1u << spoil_random(8));
	if (spoil_random(16) == 0)
		record.tag = DISK_REVISION;
	memcpy(at, &record, sizeof(record));
	send_bytes(at, (uint32_t)sizeof(record) + spoil_random(DISK_DATA_MOST));
}

static void ask_again(void)
{
	uint32_t open = 0;

	store_look(GOOD);
	for (uint32_t i = 0; i < STORE_REQUESTS; i++)
		open += store.request[GOOD][i].open;
	if (open != STORE_REQUESTS)
		store_ask(GOOD, spoil_random(2) ? STORE_READ : STORE_WRITE,
		          spoil_random(STORE_SECTORS - 4), 1 + spoil_random(4), 1);
	note_user();
}

/* In the end a provider that keeps the rules answers all. */
TEST(test_a_hostile_provider)
{
	for (uint32_t run = 1; run <= RUNS; run++) {
		store_set_up();
		store_drive();
		spoil_begin(0, DEVICE_RING_EVENTS, run);
		kill_beside(spoil_within);
		for (uint32_t i = 0; i < ROUNDS; i++) {
			ask_again();
			lan_turn(GOOD);
			if (spoil_random(4) == 0)
				spoil_record();
			spoil();
			lan_turn(0);
			check_user();
		}
		kill_beside(NULL);
		lan_drive(0, DEVICE_RING_EVENTS);
		lan_offer(0, 15);
		store_hello(STORE_SECTORS);
		store_finish();
		lan_end();
	}
}
