/* How many frames an end of a network may send: the limit at exact times, and over a crash. */
#include <stdint.h>
#include <unit.h>
#include <unit/broker/lan.h>

#define RATE_INTERVAL 1000
#define RATE_MOST     8 /* in the ring at once: the receiver has buffers for them */

static void rate_begin(void)
{
	lan_drive_all(DEVICE_RING_EVENTS);
	lan.info[0].interval = RATE_INTERVAL;
	lan.now = 5 * LAN_SECOND;
}

/* The frames of end 0 that end 1 gets. They are numbered from `first` on. */
static uint32_t rate_take(uint32_t first)
{
	uint32_t count = 0;

	lan_turn(0);
	for (int64_t number = lan_receive(1); number >= 0; number = lan_receive(1)) {
		assert_int_equal(number, first + count);
		count++;
	}
	lan_offer(1, (uint16_t)count);
	return count;
}

/* Frames in a ring that is always full, until the broker wants to look again later. */
static uint32_t rate_flood(uint32_t *sent, uint32_t *taken)
{
	const uint32_t before = *taken;

	lan.broker[0].again = UINT64_MAX;
	while (lan.broker[0].again == UINT64_MAX) {
		while (*sent - *taken < RATE_MOST)
			lan_send(0, 1, (*sent)++, 60);
		*taken += rate_take(*taken);
	}
	return *taken - before;
}

const struct unit_fixture unit_each = {lan_set_up, lan_tear_down};

/* Shows: channel.rate. */
TEST(test_a_rate_holds)
{
	const uint64_t pause = LAN_SECOND / 1000;
	uint32_t sent = 0, taken = 0, all;

	rate_begin();
	all = rate_flood(&sent, &taken);
	assert_true(all >= 64 && all <= 64 + 2 * pause / RATE_INTERVAL);
	for (uint32_t i = 0; i < 1000; i++) {
		const uint64_t again = lan.broker[0].again;

		assert_true(again >= lan.now + pause);
		lan.now = again - 1;
		assert_int_equal(rate_take(taken), 0);
		lan.now = again;
		all = rate_flood(&sent, &taken);
		assert_true(all >= 1 && all <= 2);
	}
	all = (uint32_t)((lan.now - 5 * LAN_SECOND) / RATE_INTERVAL);
	assert_true(taken <= all + 67 && taken >= all);
	assert_int_equal(lan_counter(1, CHANNEL_NO_BUFFER), 0);
}

#define RATE_KILLED 3

static void killed_begin(void)
{
	rate_begin();
	for (uint32_t i = 0; i < RATE_KILLED; i++)
		lan_send(0, 1, i, 60);
}

/* Each frame arrives once, and the end is busy for at least as long as they take. */
static void killed_check(void)
{
	const uint64_t busy = lan.memory->end[0].busy_until - lan.now;

	assert_int_equal(rate_take(0), RATE_KILLED);
	assert_true(busy >= RATE_KILLED * RATE_INTERVAL);
	assert_true(busy <= (RATE_KILLED + 1) * RATE_INTERVAL);
}

TEST(test_a_rate_holds_over_a_crash)
{
	lan_kill_each(0, killed_begin, killed_check);
}

/* A frame that one receiver has, and another one doesn't have yet, is charged: a reset of the
 * sender's device in between takes nothing back. Charged once, however often it is tried. */
TEST(test_a_reset_takes_nothing_back)
{
	rate_begin();
	lan.memory->end[2].owner = 1 + 1;
	lan_send(0, LAN_ENDS, 0, 60);
	for (uint32_t i = 0; i < 5; i++)
		lan_turn(0);
	assert_int_equal(lan_receive(1), 0);
	assert_int_equal(lan_returned(0), 0);
	assert_int_equal(lan.memory->end[0].busy_until, lan.now + RATE_INTERVAL);
	lan_write(0, 0x070, 0);
	assert_int_equal(lan.memory->end[0].busy_until, lan.now + RATE_INTERVAL);
}
