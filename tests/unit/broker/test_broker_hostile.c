/*
 * A guest of a network that breaks every rule of its rings (unit/broker/spoil.h), also in the
 * middle of a broker's turn. Its neighbours' frames arrive, brokers touch nothing outside of the
 * ends' memory (which the sanitizers watch), and each turn ends.
 */
#include <kumiki/watch.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>
#include <unit/broker/kill.h>
#include <unit/broker/spoil.h>

#define HOSTILE 2u
#define ROUNDS  50000u

static uint32_t sent, received;

/* Frames of the hostile end have other addresses, or are for all ends: they aren't counted. */
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
TEST(test_a_hostile_end)
{
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
TEST(test_a_broken_ring_is_said)
{
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
TEST(test_loops_end)
{
	struct ring_descriptor *table;

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

/* Its own kernel's code, say (kumiki,prevents). It may still be sent from there.
 * Shows: prevent.channels. */
TEST(test_protected_pages_arent_written)
{
	static const struct {
		uint64_t page, pages;
		bool fits;
	} rows[] = {
	    {0x30, 1, true}, {0x10, 1, false}, {0xf, 1, true},  {0x11, 1, true},
	    {0xf, 2, false}, {0x10, 2, false}, {0x30, 0, true}, {0x10, WATCH_ALLOW_MASK, false}};
	const uint64_t first = LAN_IPA / 4096;

	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t fixed;

		lan_begin();
		for (uint32_t j = 0; j < LAN_ENDS; j++)
			lan.info[j].fixed[1] = (uint64_t)(uintptr_t)&fixed;
		fixed = 0;
		lan_drive(0, 0);
		lan_drive(1, 0);
		lan_offer(1, 1); /* at page 0x10 */
		fixed = rows[i].pages << WATCH_ALLOW_PAGES | (first + rows[i].page)
		                                                 << WATCH_ALLOW_PAGE;
		lan_send(0, 1, 7, 60);
		lan_turn(0);
		assert_int_equal(lan_receive(1), rows[i].fits ? 7 : -1);
		assert_int_equal((lan_read(1, 0x070) & DEVICE_NEEDS_RESET) == 0, rows[i].fits);
		assert_int_equal(lan_read(0, 0x070), 15);
		lan_end();
	}
}

/* Nor are the entries that are given back. */
TEST(test_a_ring_isnt_written_there)
{
	uint64_t fixed = 0;

	lan_begin();
	lan.info[1].fixed[1] = (uint64_t)(uintptr_t)&fixed;
	lan_drive(0, 0);
	lan_drive(1, 0);
	lan_send(1, 0, 7, 60); /* from a fixed page */
	fixed = 1ULL << WATCH_ALLOW_PAGES | (LAN_IPA + LAN_BUFFERS(CHANNEL_SEND, 0)) / 4096
	                                        << WATCH_ALLOW_PAGE;
	lan_offer(0, 1);
	lan_turn(1);
	assert_int_equal(lan_receive(0), 7);
	fixed = 1ULL << WATCH_ALLOW_PAGES | (LAN_IPA + LAN_RINGS(CHANNEL_SEND)) / 4096
	                                        << WATCH_ALLOW_PAGE;
	lan_send(1, 0, 8, 60);
	lan_offer(0, 1);
	lan_turn(1);
	assert_int_equal(lan_receive(0), -1);
	lan_end();
}
