/*
 * A guest of a network that breaks every rule of its rings (unit/broker/spoil.h), also in the
 * middle of a broker's turn. Its neighbours' frames arrive, brokers touch nothing outside of the
 * ends' memory (which the sanitizers watch), and each turn ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unit/broker/kill.h>
#include <unit/broker/spoil.h>

#define HOSTILE 2u
#define ROUNDS  50000u

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
		sent = received = 0;
		lan_begin();
		lan.whole_from = 1000000;
		for (uint32_t i = 0; i < LAN_ENDS; i++) {
			lan_drive(i, run % 2 ? DEVICE_RING_EVENTS : 0);
			lan_offer(i, LAN_QUEUE);
		}
		spoil_begin(HOSTILE, run % 2 ? DEVICE_RING_EVENTS : DEVICE_NET_MERGES, run);
		kill_beside(spoil_within);
		for (uint32_t i = 0; i < ROUNDS; i++) {
			if (spoil_random(40) == 0)
				lan_send(HOSTILE, spoil_random(LAN_ENDS + 1), 0,
				         60 + spoil_random(1400));
			spoil();
			lan_turn(HOSTILE);
			if (i % 8 == 0)
				neighbours_talk();
		}
		kill_beside(NULL);
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
