/*
 * A guest that breaks every rule of its rings: random descriptors, indices, addresses, chains that
 * loop, registers in any order, and all of it changed while brokers work. Its neighbours' frames
 * arrive, brokers touch nothing outside of the ends' memory (which the sanitizers watch), and each
 * turn ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unit/broker/lan.h>

#define HOSTILE  2u
#define ROUNDS   20000u
#define INDEX_AT 2 /* of a ring */

static uint64_t seed;

static uint32_t random_below(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % limit;
}

/* Mostly near something that matters. */
static uint64_t random_address(void)
{
	switch (random_below(6)) {
	case 0:
		return LAN_IPA + random_below(LAN_RAM);
	case 1:
		return LAN_IPA + LAN_RAM - random_below(64);
	case 2:
		return LAN_IPA - random_below(64);
	case 3:
		return (uint64_t)random_below(~0u) << random_below(32);
	case 4:
		return ~0ull - random_below(4096);
	default:
		return LAN_IPA + LAN_BUFFERS(random_below(2), random_below(LAN_QUEUE));
	}
}

static uint32_t random_length(void)
{
	return random_below(3) == 0 ? ~0u - random_below(16) : random_below(4096);
}

static void spoil_descriptor(void)
{
	struct ring_descriptor *table = lan_at(HOSTILE, LAN_DESCRIPTORS(random_below(2)));

	table[random_below(LAN_QUEUE)] = (struct ring_descriptor){
	    random_address(), random_length(), (uint16_t)random_below(8),
	    (uint16_t)(random_below(4) == 0 ? random_below(65536) : random_below(LAN_QUEUE))};
}

static void spoil_ring(void)
{
	struct ring_driver *driver = lan_at(HOSTILE, LAN_DRIVER(random_below(2)));

	driver->entry[random_below(LAN_QUEUE + 1)] =
	    (uint16_t)random_below(random_below(2) ? 32 : 65536);
	driver->index = (uint16_t)(driver->index + random_below(4));
	if (random_below(20) == 0)
		driver->index = (uint16_t)random_below(65536);
}

static void spoil_register(void)
{
	static const uint32_t registers[] = {0x014, 0x020, 0x024, 0x030, 0x038, 0x044, 0x070,
	                                     0x080, 0x084, 0x090, 0x094, 0x0a0, 0x0a4, 0x100};
	uint32_t at = registers[random_below(sizeof(registers) / sizeof(registers[0]))];
	uint64_t what = CHANNEL_REQUEST(random_below(4) ? at : random_below(0x1000),
	                                1u << random_below(4), random_below(4) != 0);

	lan.broker[HOSTILE].asked = true;
	lan.broker[HOSTILE].what = what;
	lan.broker[HOSTILE].value = random_below(2) ? random_below(64) : random_address();
	lan_turn(HOSTILE);
	lan.broker[HOSTILE].asked = false;
}

/* Frames of its own memory that could be anything. */
static void spoil_bytes(void)
{
	uint8_t *at = lan_at(HOSTILE, random_below(LAN_RAM - 8));

	for (uint32_t i = 0; i < 8; i++)
		at[i] = (uint8_t)random_below(256);
}

static void spoil(void)
{
	switch (random_below(40)) {
	case 0:
		lan_drive(HOSTILE, random_below(2) ? DEVICE_RING_EVENTS : DEVICE_NET_MERGES);
		lan_offer(HOSTILE, LAN_QUEUE);
		break;
	case 1:
	case 2:
		spoil_register();
		break;
	case 3:
		spoil_bytes();
		break;
	case 4:
		lan_send(HOSTILE, random_below(LAN_ENDS + 1), 0, 60 + random_below(1400));
		break;
	default:
		if (random_below(2))
			spoil_descriptor();
		else
			spoil_ring();
	}
}

static uint32_t sent, received;

/* What comes from the hostile one has other addresses, or is for everybody: it isn't counted. */
static void neighbours_talk(void)
{
	int64_t number;

	lan_send(0, 1, 1000000 + sent, 200);
	sent++;
	lan_turn(0);
	while ((number = lan_receive(1)) >= 0) {
		lan_offer(1, 1);
		if (number >= 1000000) {
			assert_int_equal(number, 1000000 + received);
			received++;
		}
	}
}

/* Shows: channel.hostile. */
static void test_a_hostile_end(void **state)
{
	(void)state;
	for (uint64_t run = 1; run <= 8; run++) {
		seed = run * 0x9e3779b97f4a7c15ull;
		sent = received = 0;
		lan_begin();
		for (uint32_t i = 0; i < LAN_ENDS; i++) {
			lan_drive(i, run % 2 ? DEVICE_RING_EVENTS : 0);
			lan_offer(i, LAN_QUEUE);
		}
		for (uint32_t i = 0; i < ROUNDS; i++) {
			spoil();
			lan_turn(HOSTILE);
			if (i % 8 == 0)
				neighbours_talk();
		}
		assert_int_equal(received + lan_counter(1, CHANNEL_NO_BUFFER), sent);
		assert_int_equal(lan.memory->end[0].status, 15);
		assert_int_equal(lan.memory->end[1].status, 15);
		lan_end();
	}
}

/* An index far ahead breaks the device, until its driver resets it. */
static void test_a_broken_ring_is_said(void **state)
{
	(void)state;
	lan_begin();
	lan_drive(0, 0);
	lan_drive(1, 0);
	((struct ring_driver *)lan_at(0, LAN_DRIVER(CHANNEL_SEND)))->index = LAN_QUEUE + 1;
	lan_turn(0);
	assert_int_equal(lan_read(0, 0x070), 15 | DEVICE_NEEDS_RESET);
	assert_int_equal(lan_counter(0, CHANNEL_BAD), 1);
	lan_drive(0, 0);
	lan_offer(1, 1);
	lan_send(0, 1, 3, 60);
	lan_turn(0);
	assert_int_equal(lan_receive(1), 3);
	lan_end();
}

/* A chain that goes round, and a table that names itself. */
static void test_loops_end(void **state)
{
	struct ring_descriptor *table;

	(void)state;
	for (uint32_t indirect = 0; indirect < 2; indirect++) {
		lan_begin();
		lan_drive(0, DEVICE_INDIRECT);
		table = lan_at(0, LAN_DESCRIPTORS(CHANNEL_SEND));
		lan_send(0, 1, 1, 60);
		table[0].flags = indirect ? 4 : 1;
		if (indirect) {
			table[0].address = LAN_IPA + LAN_DESCRIPTORS(CHANNEL_SEND);
			table[0].length = 16 * sizeof(*table);
		}
		lan_turn(0);
		assert_int_equal(lan_read(0, 0x070), 15 | DEVICE_NEEDS_RESET);
		lan_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_hostile_end),
	    cmocka_unit_test(test_a_broken_ring_is_said),
	    cmocka_unit_test(test_loops_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
