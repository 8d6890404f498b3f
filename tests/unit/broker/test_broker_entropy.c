/*
 * A partition's random bytes on the host: they come from the key, none comes twice, for all actions
 * of the guest and all steps at which the broker is killed; and without a seed there is no device.
 */
#include <lib/sha256.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>
#include <unit/broker/kill.h>
#include <unit/broker/lan.h>

#define MOST 256 /* bytes of an answer */

static const uint8_t seed[CHANNEL_KEY_SIZE] = {1, 2, 3, 4};

static void begin(void)
{
	struct channel_entropy *entropy;

	lan_begin_as(BUNDLE_CHANNEL_ENTROPY, 1);
	entropy = &lan.memory->entropy;
	memcpy(entropy->key[0], seed, sizeof(seed));
	entropy->seeded = 1;
	lan_drive(0, DEVICE_RING_EVENTS);
}

static void set_up(void)
{
	begin();
}

static void tear_down(void)
{
	lan_end();
}

const struct unit_fixture unit_each = {set_up, tear_down};

/* The guest's next buffer that has come back; NULL: none has. `size`: how much of it is filled. */
static const uint8_t *take(uint32_t *size)
{
	const struct ring_device *device = lan_device(0, CHANNEL_REQUESTS);
	uint16_t *seen = &lan.guest[0].seen[CHANNEL_REQUESTS];
	const struct ring_used *used = &device->entry[*seen % LAN_QUEUE];

	if (*seen == device->index)
		return NULL;
	++*seen;
	*size = used->length;
	return lan_at(0, LAN_BUFFERS(CHANNEL_REQUESTS, used->id));
}

/* ---- bytes ---- */

TEST(test_a_driver_finds_it)
{
	assert_int_equal(lan_read(0, 0x008), 4);
	lan_write(0, 0x014, 0);
	assert_int_equal(lan_read(0, 0x010) & 0xffffff, 0); /* no feature of its own */
}

/* Shows: channel.entropy. */
/* Each answer is the hash of its key and its place, and the next key is another hash of it. */
TEST(test_answers)
{
	uint8_t key[CHANNEL_KEY_SIZE], expected[SHA256_SIZE];

	memcpy(key, seed, sizeof(key));
	for (uint32_t i = 0; i < 100; i++) {
		const uint8_t *bytes;
		uint32_t size = 0;

		lan_offer(0, 1);
		lan_turn(0);
		bytes = take(&size);
		assert_non_null(bytes);
		assert_int_equal(size, MOST);
		for (uint32_t at = 0; at < MOST; at += sizeof(expected)) {
			sha256_derive(key, (uint8_t)(1 + at / SHA256_SIZE), expected);
			assert_memory_equal(bytes + at, expected, sizeof(expected));
		}
		sha256_derive(key, 0, key);
		assert_memory_equal(lan.memory->entropy.key[lan.memory->entropy.which], key,
		                    sizeof(key));
	}
	assert_int_equal(lan_counter(0, CHANNEL_RECEIVED), 100 * MOST);
}

/* A small buffer is filled, and no byte behind it is touched. */
TEST(test_a_small_buffer)
{
	const uint8_t *bytes;
	uint32_t size = 0;

	memset(lan_at(0, LAN_BUFFERS(CHANNEL_REQUESTS, 0)), 0xee, LAN_BUFFER);
	lan_make_available(0, CHANNEL_REQUESTS, 5, 2);
	lan_turn(0);
	bytes = take(&size);
	assert_non_null(bytes);
	assert_int_equal(size, 5);
	for (uint32_t i = 5; i < LAN_BUFFER; i++)
		assert_int_equal(bytes[i], 0xee);
}

/* ---- forbidden things ---- */

TEST(test_no_seed)
{
	lan.memory->entropy.seeded = 0;
	assert_int_equal(lan_read(0, 0x008), 0);
}

/* A buffer that can only be read breaks the device, and no key is used for it. */
TEST(test_a_buffer_to_read)
{
	lan_make_available(0, CHANNEL_REQUESTS, 64, 0);
	lan_turn(0);
	assert_int_not_equal(lan.memory->end[0].status & DEVICE_NEEDS_RESET, 0);
	assert_memory_equal(lan.memory->entropy.key[0], seed, sizeof(seed));
	lan_drive(0, 0);
	lan_offer(0, 1);
	lan_turn(0);
	assert_int_equal(lan_device(0, CHANNEL_REQUESTS)->index, 1);
}

/* A new life of the partition, with a driver that begins anew, gets other bytes. */
TEST(test_another_life)
{
	uint8_t first[MOST];
	uint32_t size = 0;

	lan_offer(0, 1);
	lan_turn(0);
	memcpy(first, take(&size), sizeof(first));
	lan.told->life[0]++;
	lan_turn(0);
	lan_drive(0, 0);
	lan_offer(0, 1);
	lan_turn(0);
	assert_memory_not_equal(take(&size), first, sizeof(first));
}

/* ---- a broker that is killed ---- */

/* Bytes that the guest saw in its buffer when the broker was killed don't come again. */
TEST(test_killed_at_each_step)
{
	bool killed = true;
	uint64_t at;

	for (at = 1; killed; at++) {
		struct lan_run what = {.place = 0, .started = true};
		static const uint8_t none[CHANNEL_KEY_SIZE];
		const struct channel_entropy *entropy;
		uint8_t seen[MOST];
		uint32_t size = 0;

		lan_end();
		begin();
		lan_offer(0, 1);
		killed = kill_at(at, lan_run, &what);
		memcpy(seen, lan_at(0, LAN_BUFFERS(CHANNEL_REQUESTS, 0)), sizeof(seen));
		lan_run_on(0);
		assert_non_null(take(&size));
		assert_null(take(&size));
		entropy = &lan.memory->entropy;
		assert_memory_not_equal(entropy->key[entropy->which], seed, sizeof(seed));
		assert_memory_equal(entropy->key[1 - entropy->which], none, sizeof(none));
		lan_offer(0, 1);
		lan_turn(0);
		for (uint32_t i = 0; i < MOST; i += SHA256_SIZE)
			assert_memory_not_equal(
			    seen + i, lan_at(0, LAN_BUFFERS(CHANNEL_REQUESTS, 1) + i), SHA256_SIZE);
	}
	assert_true(at > 50);
}
