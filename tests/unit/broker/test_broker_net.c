/*
 * A network on the host: devices as their drivers find them, frames from end to end, brokers that
 * are killed at each step, and receivers that come and go.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/broker/kill.h>
#include <unit/broker/lan.h>

/* ---- devices ---- */

const struct unit_fixture unit_each = {lan_set_up, lan_tear_down};

TEST(test_a_driver_finds_a_card)
{
	assert_int_equal(lan_read(0, 0x000), 0x74726976);
	assert_int_equal(lan_read(0, 0x004), 2);
	assert_int_equal(lan_read(0, 0x008), 1);
	assert_int_equal(lan_read(0, 0x034), CHANNEL_QUEUE_MOST);
	lan_write(0, 0x030, CHANNEL_QUEUES);
	assert_int_equal(lan_read(0, 0x034), 0);
	lan_write(0, 0x014, 1);
	assert_int_equal(lan_read(0, 0x010), 1);
	lan_write(0, 0x014, 2);
	assert_int_equal(lan_read(0, 0x010), 0);
	assert_int_equal(lan_read(2, 0x100), 0x00000002);
	assert_int_equal(lan_read(2, 0x104), 0x00010300);
	assert_int_equal(lan_read(0, 0x0b0), 0xffffffff);
}

TEST(test_features_that_are_not_offered)
{
	lan_write(0, 0x070, 3);
	lan_write(0, 0x024, 0);
	lan_write(0, 0x020, 1u << 10);
	lan_write(0, 0x024, 1);
	lan_write(0, 0x020, 1);
	lan_write(0, 0x070, 11);
	assert_int_equal(lan_read(0, 0x070), 3);
}

TEST(test_a_queue_outside_of_the_memory)
{
	lan_drive(0, 0);
	lan_write(0, 0x030, CHANNEL_SEND);
	lan_write(0, 0x044, 0);
	lan_write(0, 0x080, 0x10000000);
	lan_write(0, 0x044, 1);
	assert_int_equal(lan_read(0, 0x044), 0);
	assert_int_equal(lan_read(0, 0x070), 15 | DEVICE_NEEDS_RESET);
	lan_write(0, 0x070, 0);
	assert_int_equal(lan_read(0, 0x070), 0);
}

/* While it is ready, it stays where it is. */
TEST(test_a_ready_queue_does_not_move)
{
	lan_drive_all(0);
	lan_write(1, 0x030, CHANNEL_RECEIVE);
	lan_write(1, 0x080, 0x10000000);
	lan_write(1, 0x038, 3);
	lan_send(0, 1, 5, 60);
	lan_turn(0);
	assert_int_equal(lan_receive(1), 5);
}

/* ---- frames ---- */

TEST(test_frames_arrive_in_order)
{
	lan_drive_all(DEVICE_RING_EVENTS | DEVICE_NET_MERGES);
	for (uint32_t i = 0; i < 8; i++)
		lan_send(0, 1, i, 60 + i * 100);
	lan_turn(0);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(lan_receive(1), i);
	assert_int_equal(lan_receive(1), -1);
	assert_int_equal(lan_receive(2), -1);
	assert_int_equal(lan_returned(0), 8);
	assert_int_equal(lan_counter(0, CHANNEL_SENT), 8);
	assert_int_equal(lan_counter(1, CHANNEL_RECEIVED), 8);
}

TEST(test_a_frame_for_everybody)
{
	lan_drive_all(0);
	lan_send(1, LAN_ENDS, 7, 100);
	lan_turn(1);
	assert_int_equal(lan_receive(0), 7);
	assert_int_equal(lan_receive(2), 7);
	assert_int_equal(lan_receive(1), -1);
}

/* An address that isn't described is learnt from its frames; the described ones aren't. */
TEST(test_addresses_are_learnt)
{
	uint8_t *frame;

	lan_drive_all(0);
	lan_send(0, 2, 1, 60);
	frame = lan_at(0, LAN_BUFFERS(CHANNEL_SEND, 0) + LAN_HEADER);
	frame[6 + 5] = 0x77;
	lan_turn(0);
	assert_int_equal(lan_receive(2), 1);
	lan_send(2, 0x76, 2, 60);
	lan_turn(2);
	assert_int_equal(lan_receive(0), 2);
	assert_int_equal(lan_receive(1), -1);
	/* An end says that it is another one. */
	lan_send(0, 2, 3, 60);
	frame = lan_at(0, LAN_BUFFERS(CHANNEL_SEND, 1) + LAN_HEADER);
	frame[6 + 5] = 2;
	lan_turn(0);
	assert_int_equal(lan_receive(2), 3);
	lan_send(2, 1, 4, 60);
	lan_turn(2);
	assert_int_equal(lan_receive(1), 4);
	assert_int_equal(lan_receive(0), -1);
}

TEST(test_dropped_frames_are_counted)
{
	lan_drive(0, 0);
	lan_drive(1, 0);
	lan_send(0, 2, 1, 60); /* no driver there */
	lan_send(0, 1, 2, 60); /* no buffer */
	lan_turn(0);
	assert_int_equal(lan_counter(2, CHANNEL_AWAY), 1);
	assert_int_equal(lan_counter(1, CHANNEL_NO_BUFFER), 1);
	assert_memory_equal(lan.broker[0].carried, ((uint8_t[]){2, 0, 0, 2}),
	                    4); /* for the trace */
	lan_offer(1, 1);
	((struct ring_descriptor *)lan_at(1, LAN_DESCRIPTORS(CHANNEL_RECEIVE)))[0].length = 64;
	lan_send(0, 1, 3, 200);
	lan_turn(0);
	assert_int_equal(lan_counter(1, CHANNEL_TOO_LONG), 1);
	lan_send(0, 1, 4, 5);
	lan_turn(0);
	assert_int_equal(lan_counter(0, CHANNEL_SHORT), 1);
	assert_int_equal(lan_returned(0), 4);
	assert_int_equal(lan_receive(1), -1);
}

/* A frame in several buffers, where the driver merges them. */
TEST(test_buffers_are_merged)
{
	struct ring_descriptor *buffers;
	const struct ring_device *device;

	lan_drive_all(DEVICE_NET_MERGES);
	buffers = lan_at(1, LAN_DESCRIPTORS(CHANNEL_RECEIVE));
	for (uint32_t i = 0; i < LAN_QUEUE; i++)
		buffers[i].length = 100;
	lan_send(0, 1, 9, 250);
	lan_turn(0);
	device = lan_at(1, LAN_DEVICE(CHANNEL_RECEIVE));
	assert_int_equal(device->index, 3);
	assert_int_equal(device->entry[0].length, 100);
	assert_int_equal(device->entry[2].length, LAN_HEADER + 250 - 200);
	assert_int_equal(((uint8_t *)lan_at(1, LAN_BUFFERS(CHANNEL_RECEIVE, 0)))[10], 3);
}

#define TABLE_PIECES 60
#define TABLE_PIECE  10
#define TABLE(i)     (0x38000ull + (i)*0x400ull)

/* Buffers of many pieces: a frame that would need too many of them is dropped, and the receiver,
 * which keeps the rules, goes on. */
TEST(test_too_many_pieces)
{
	struct ring_descriptor *buffers;

	lan_drive_all(DEVICE_NET_MERGES | DEVICE_INDIRECT);
	buffers = lan_at(1, LAN_DESCRIPTORS(CHANNEL_RECEIVE));
	for (uint32_t i = 0; i < LAN_QUEUE; i++) {
		struct ring_descriptor *table = lan_at(1, TABLE(i));

		for (uint16_t p = 0; p < TABLE_PIECES; p++)
			table[p] = (struct ring_descriptor){
			    LAN_IPA + LAN_BUFFERS(CHANNEL_RECEIVE, i) + p * TABLE_PIECE,
			    TABLE_PIECE, p + 1 < TABLE_PIECES ? 1 | 2 : 2, (uint16_t)(p + 1)};
		buffers[i] = (struct ring_descriptor){LAN_IPA + TABLE(i),
		                                      TABLE_PIECES * sizeof(*table), 4, 0};
	}
	lan_send(0, 1, 1, 1500);
	lan_send(0, 1, 2, 60);
	lan_turn(0);
	assert_int_equal(lan_counter(1, CHANNEL_TOO_LONG), 1);
	assert_int_equal(lan_counter(1, CHANNEL_BAD), 0);
	assert_int_equal(lan_receive(1), 2);
	assert_int_equal(lan_returned(0), 2);
}

/* ---- chains that end in a table (virtio 1.2, 2.7.5.3.2) ---- */

#define SPLIT 40u /* bytes of a frame that lie before the table's */

/* Leaves the last frame's first bytes in the descriptors of the ring, in two pieces, and has the
 * table name the rest, in two more. Of a frame to be received, too. */
static void end_in_a_table(uint32_t place, enum channel_queue_number queue, uint32_t size,
                           uint16_t flags)
{
	struct ring_descriptor *ring = lan_at(place, LAN_DESCRIPTORS(queue));
	struct ring_descriptor *table = lan_at(place, TABLE(queue));
	const uint64_t at = LAN_IPA + LAN_BUFFERS(queue, 0);

	ring[0] = (struct ring_descriptor){at, LAN_HEADER, 1 | flags, 5};
	ring[5] = (struct ring_descriptor){at + LAN_HEADER, SPLIT - LAN_HEADER, 1 | flags, 9};
	/* Whether a table's own descriptor has the flag for writing says nothing. */
	ring[9] = (struct ring_descriptor){LAN_IPA + TABLE(queue), 2 * sizeof(*table), 4 | 2, 0};
	table[0] = (struct ring_descriptor){at + SPLIT, 1, 1 | flags, 1};
	table[1] = (struct ring_descriptor){at + SPLIT + 1, size - SPLIT - 1, flags, 0};
}

TEST(test_a_chain_that_ends_in_a_table)
{
	lan_drive(0, DEVICE_INDIRECT);
	lan_drive(1, DEVICE_INDIRECT);
	lan_offer(1, 1);
	end_in_a_table(1, CHANNEL_RECEIVE, LAN_BUFFER, 2);
	lan_send(0, 1, 6, 300);
	end_in_a_table(0, CHANNEL_SEND, LAN_HEADER + 300, 0);
	lan_turn(0);
	assert_int_equal(lan_receive(1), 6);
	assert_int_equal(lan_returned(0), 1);
	assert_int_equal(lan_read(0, 0x070), 15);
	assert_int_equal(lan_read(1, 0x070), 15);
}

/* Nothing follows a table, and a table names no further one: drivers must not say so. */
TEST(test_a_table_that_does_not_end_its_chain)
{
	struct ring_descriptor *ring, *table;

	for (uint32_t i = 0; i < 2; i++) {
		lan_drive(0, DEVICE_INDIRECT);
		ring = lan_at(0, LAN_DESCRIPTORS(CHANNEL_SEND));
		table = lan_at(0, TABLE(CHANNEL_SEND));
		lan_send(0, 1, 6, 300);
		end_in_a_table(0, CHANNEL_SEND, LAN_HEADER + 300, 0);
		if (i == 0) {
			ring[9].flags |= 1;
		} else {
			*(struct ring_descriptor *)lan_at(0, TABLE(2)) = table[1];
			table[1] = (struct ring_descriptor){LAN_IPA + TABLE(2), 16, 4, 0};
		}
		lan_turn(0);
		assert_int_equal(lan_read(0, 0x070), 15 | DEVICE_NEEDS_RESET);
	}
}

/* ---- a turn's length ---- */

#define MANY 128 /* entries of its ring */

/* Shows: channel.bounded. */
/* Chains with nothing in them, and chains that are too short, count as others do: after some of
 * them the turn is over. */
TEST(test_a_sender_of_nothing)
{
	struct ring_descriptor *table;
	struct ring_driver *driver;

	for (uint32_t size = 0; size < 26; size += 25) {
		lan_drive(0, 0);
		driver = lan_driver(0, CHANNEL_SEND);
		table = lan_at(0, LAN_DESCRIPTORS(CHANNEL_SEND));
		table[0] =
		    (struct ring_descriptor){LAN_IPA + LAN_BUFFERS(CHANNEL_SEND, 0), size, 0, 0};
		lan_write(0, 0x030, CHANNEL_SEND);
		lan_write(0, 0x044, 0);
		lan_write(0, 0x038, MANY);
		lan_write(0, 0x044, 1);
		driver->index = MANY;
		lan.broker[0].looks = 0;
		broker_turn(&lan.broker[0]);
		assert_int_equal(lan_returned(0), 64);
		assert_int_equal(lan.broker[0].looks, 1);
		lan_turn(0);
		assert_int_equal(lan_returned(0), MANY - 64);
	}
	assert_int_equal(lan_counter(0, CHANNEL_SHORT), 2 * MANY);
}

/* The driver gets an interrupt that says so, although its broker is killed at any step. */
static void broken_begin(void)
{
	lan_drive_all(0);
	((struct ring_driver *)lan_at(0, LAN_DRIVER(CHANNEL_SEND)))->index = LAN_QUEUE + 1;
	assert_int_equal(lan.changed, 0);
}

static void broken_check(void)
{
	assert_int_equal(lan_read(0, 0x070), 15 | DEVICE_NEEDS_RESET);
	assert_int_equal(lan.changed, 1u << 0);
}

TEST(test_a_broken_device_is_told)
{
	lan_kill_each(0, broken_begin, broken_check);
}

/* ---- killed ---- */

#define KILLED_FRAMES 3

static uint64_t killed_features;

static void killed_begin(void)
{
	lan_drive_all(killed_features);
	lan_send(0, 1, 0, 60);
	lan_send(0, LAN_ENDS, 1, 300);
	lan_send(0, 1, 2, 1500);
}

static void killed_set_up(uint64_t features)
{
	killed_features = features;
	lan_end();
	lan_begin();
	killed_begin();
}

static void killed_check(void)
{
	for (uint32_t i = 0; i < KILLED_FRAMES; i++)
		assert_int_equal(lan_receive(1), i);
	assert_int_equal(lan_receive(1), -1);
	assert_int_equal(lan_receive(2), 1);
	assert_int_equal(lan_receive(2), -1);
	assert_int_equal(lan_returned(0), KILLED_FRAMES);
	for (uint32_t i = 0; i < LAN_ENDS; i++)
		assert_int_equal(lan.memory->end[i].owner, 0);
}

/* Shows: channel.killed. */
TEST(test_killed_at_each_step)
{
	killed_features = 0;
	lan_kill_each(0, killed_begin, killed_check);
	killed_features = DEVICE_RING_EVENTS | DEVICE_NET_MERGES;
	lan_kill_each(0, killed_begin, killed_check);
}

/* And once more, in the work behind it. */
TEST(test_killed_twice)
{
	uint64_t steps;

	killed_set_up(DEVICE_RING_EVENTS);
	assert_false(kill_at(0, lan_run, &(struct lan_run){.place = 0, .started = true}));
	steps = kill_steps();
	assert_true(steps > 500);
	for (uint64_t at = 1; at < steps; at += 7)
		for (uint64_t again = 1; again < steps; again += 11) {
			killed_set_up(DEVICE_RING_EVENTS);
			(void)kill_at(at, lan_run, &(struct lan_run){.place = 0, .started = true});
			(void)kill_at(again, lan_run, &(struct lan_run){.place = 0});
			lan_run_on(0);
			killed_check();
		}
}

static void request_begin(void)
{
	killed_features = 0;
	killed_begin();
	lan.broker[1].asked = true;
	lan.broker[1].what = CHANNEL_REQUEST(0x070, 4, 1);
	lan.broker[1].value = 0;
}

static void request_check(void)
{
	assert_int_equal(lan.memory->end[1].status, 0);
	assert_int_equal(lan.memory->end[1].queue[CHANNEL_RECEIVE].ready, 0);
	assert_int_equal(lan.memory->end[1].owner, 0);
}

/* A request that was asked while the broker died is answered by the next run. */
TEST(test_killed_in_a_request)
{
	lan_kill_each(1, request_begin, request_check);
}

/* ---- receivers that come and go ---- */

/* Its sender was cut off in the middle of a delivery, and the receiver is suspended meanwhile. */
TEST(test_suspended_in_a_delivery)
{
	for (uint64_t at = 1;; at++) {
		struct lan_run what = {.place = 0, .started = true};
		bool killed;

		killed_set_up(0);
		killed = kill_at(at, lan_run, &what);
		lan.told->life[1] = 0;
		memset(lan_at(1, LAN_RAM - 64), 0xaa, 64); /* nobody's, but to be left alone */
		lan_run_on(0);
		lan.told->life[1] = 1;
		lan_turn(1);
		lan_send(0, 1, 3, 60);
		lan_turn(0);
		/* Dropped frames are counted, and the rest is there once and in order. */
		for (int64_t last = -1, now; (now = lan_receive(1)) >= 0; last = now)
			assert_true(now > last);
		assert_int_equal(lan_counter(1, CHANNEL_AWAY) + lan.guest[1].seen[CHANNEL_RECEIVE],
		                 KILLED_FRAMES + 1);
		assert_int_equal(lan_returned(0), KILLED_FRAMES + 1);
		if (!killed)
			break;
	}
}

/* The new life of a receiver has nothing of the former one. */
TEST(test_a_new_life)
{
	lan_drive_all(0);
	lan.told->life[1] = 0;
	lan_send(0, 1, 1, 60);
	lan_turn(0);
	assert_int_equal(lan_counter(1, CHANNEL_AWAY), 1);
	lan.told->life[1] = 2;
	lan_turn(1);
	assert_int_equal(lan_read(1, 0x070), 0);
	lan_send(0, 1, 2, 60);
	lan_turn(0);
	assert_int_equal(lan_counter(1, CHANNEL_AWAY), 2);
	lan_drive(1, 0);
	lan_offer(1, 1);
	lan_send(0, 1, 3, 60);
	lan_turn(0);
	assert_int_equal(lan_receive(1), 3);
}

/* As above, but no other frame comes: the receiver's own broker finishes the begun work. */
TEST(test_resumed_in_a_delivery)
{
	for (uint64_t at = 1;; at++) {
		struct lan_run what = {.place = 0, .started = true};
		bool killed;

		killed_set_up(0);
		killed = kill_at(at, lan_run, &what);
		lan.told->life[1] = 0;
		lan_run_on(0);
		lan.told->life[1] = 1;
		lan_run_on(1);
		assert_int_equal(lan.memory->end[1].delivery.open, 0);
		while (lan_receive(1) >= 0)
			;
		assert_int_equal(lan_counter(1, CHANNEL_AWAY) + lan.guest[1].seen[CHANNEL_RECEIVE],
		                 KILLED_FRAMES);
		if (!killed)
			break;
	}
}

/* Its memory may be another life's soon. The access is answered when the partition is back. */
TEST(test_an_access_of_an_end_that_is_away)
{
	uint8_t *before = malloc(LAN_RAM);
	uint32_t answers;

	assert_non_null(before);
	lan_drive_all(DEVICE_RING_EVENTS);
	lan_write(1, 0x030, CHANNEL_RECEIVE);
	lan_write(1, 0x044, 0);
	memset(lan_at(1, LAN_DEVICE(CHANNEL_RECEIVE)), 0x55, 0x400);
	memcpy(before, lan.guest[1].ram, LAN_RAM);
	lan.told->life[1] = 0;
	lan.broker[1].asked = true;
	lan.broker[1].what = CHANNEL_REQUEST(0x044, 4, 1);
	lan.broker[1].value = 1;
	answers = lan.answers;
	lan_turn(1);
	assert_int_equal(lan.answers, answers);
	assert_memory_equal(before, lan.guest[1].ram, LAN_RAM);
	free(before);
	lan.told->life[1] = 1;
	lan_turn(1);
	assert_int_equal(lan.answers, answers + 1);
	assert_int_equal(lan_read(1, 0x044), 1);
}

/* A queue may be switched off and on without a reset: nothing of the old one is the new one's. */
TEST(test_a_queue_begins_anew)
{
	lan_drive_all(0);
	lan.memory->end[1].delivery.open = 1;
	lan.memory->end[1].delivery.count = 1;
	lan.memory->end[1].sending.done = 1;
	for (uint32_t i = 0; i < CHANNEL_QUEUES; i++) {
		lan_write(1, 0x030, i);
		lan_write(1, 0x044, 0);
		lan_write(1, 0x044, 1);
	}
	assert_int_equal(lan.memory->end[1].delivery.open, 0);
	assert_int_equal(lan.memory->end[1].sending.done, 0);
}

/* ---- a queue that another broker has ---- */

TEST(test_a_sender_waits_for_the_queue)
{
	lan_drive_all(0);
	lan.memory->end[1].owner = 2 + 1;
	lan_send(0, 1, 4, 60);
	lan_turn(0);
	assert_int_equal(lan_returned(0), 0);
	assert_int_equal(lan.memory->end[1].waiters, 1);
	lan_start(2); /* its broker begins anew, and gives it free */
	assert_int_equal(lan.memory->end[1].owner, 0);
	assert_int_equal(lan.memory->end[1].waiters, 0);
	assert_int_equal(lan.broker[2].looks & 1, 1);
	lan_turn(2);
	assert_int_equal(lan_receive(1), 4);
	assert_int_equal(lan_returned(0), 1);
}

/* The owner dies, and with it its wake-up for the brokers that wait for the queue. */
TEST(test_a_wait_outlives_the_owner)
{
	for (uint64_t at = 1;; at++) {
		struct lan_run what = {.place = 0, .started = true};
		bool killed;

		lan_end();
		lan_begin();
		lan_drive_all(DEVICE_RING_EVENTS);
		lan.memory->end[1].owner = 0 + 1;
		lan_send(2, 1, 5, 60);
		lan_turn(2);
		assert_int_equal(lan_returned(2), 0);
		lan.memory->end[1].owner = 0;
		lan_send(0, 1, 6, 60);
		killed = kill_at(at, lan_run, &what);
		lan_run_on(0);
		assert_int_equal(lan_returned(2), 1);
		assert_int_equal(lan_receive(1) + lan_receive(1), 5 + 6);
		assert_int_equal(lan_receive(1), -1);
		if (!killed)
			break;
	}
}

/* The others get the frame at once. */
TEST(test_a_receiver_that_is_busy_keeps_nobody)
{
	lan_drive_all(0);
	lan.memory->end[1].owner = 2 + 1;
	lan_send(0, LAN_ENDS, 4, 60);
	lan_turn(0);
	assert_int_equal(lan_receive(2), 4);
	assert_int_equal(lan_returned(0), 0);
	lan.memory->end[1].owner = 0;
	lan_turn(0);
	assert_int_equal(lan_receive(1), 4);
	assert_int_equal(lan_receive(2), -1);
	assert_int_equal(lan_returned(0), 1);
}

TEST(test_a_reset_waits_for_the_queue)
{
	uint32_t answers;

	lan_drive_all(0);
	lan.memory->end[1].owner = 0 + 1;
	lan.broker[1].asked = true;
	lan.broker[1].what = CHANNEL_REQUEST(0x070, 4, 1);
	lan.broker[1].value = 0;
	answers = lan.answers;
	lan_turn(1);
	assert_int_equal(lan.answers, answers);
	broker_unlock(&lan.broker[0], 1);
	assert_int_equal(lan.broker[0].looks, 2);
	lan_turn(0);
	assert_int_equal(lan.answers, answers + 1);
	assert_int_equal(lan.memory->end[1].status, 0);
}

/* The driver takes its send queue anew, while its former one had a frame in hand: end 1 had it. */
static void begin_a_queue(void)
{
	lan_drive_all(0);
	lan_write(0, 0x030, CHANNEL_SEND);
	lan_write(0, 0x044, 0);
	lan.memory->end[0].sending.done = 1u << 1;
	lan.broker[0].asked = true;
	lan.broker[0].what = CHANNEL_REQUEST(0x044, 4, 1);
	lan.broker[0].value = 1;
}

static void check_the_queue(void)
{
	assert_int_equal(lan_read(0, 0x044), 1);
	lan_send(0, 1, 7, 100);
	lan_turn(0);
	assert_int_equal(lan_receive(1), 7);
	assert_int_equal(lan_returned(0), 1);
}

TEST(test_a_broker_killed_while_a_queue_begins)
{
	lan_kill_each(0, begin_a_queue, check_the_queue);
}
