/*
 * A console on the host: bytes from end to end, writers that wait, brokers that are killed at each
 * step, an end that breaks the rules.
 */
#include <stdint.h>
#include <string.h>
#include <unit.h>
#include <unit/broker/kill.h>
#include <unit/broker/wire.h>

static void set_up(void)
{
	wire_begin(DEVICE_RING_EVENTS);
}

static void tear_down(void)
{
	lan_end();
}

const struct unit_fixture unit_each = {set_up, tear_down};

/* ---- devices ---- */

TEST(test_a_driver_finds_a_console)
{
	assert_int_equal(lan_read(0, 0x000), 0x74726976);
	assert_int_equal(lan_read(0, 0x008), 3);
	lan_write(0, 0x014, 0);
	assert_int_equal(lan_read(0, 0x010), DEVICE_INDIRECT | DEVICE_RING_EVENTS);
	for (uint32_t offset = 0x100; offset < 0x110; offset += 4)
		assert_int_equal(lan_read(0, offset), 0);
}

/* A network's features aren't offered here. */
TEST(test_features_of_other_kinds)
{
	lan_write(0, 0x070, 0);
	lan_write(0, 0x070, 3);
	lan_write(0, 0x024, 0);
	lan_write(0, 0x020, (uint32_t)DEVICE_NET_MAC);
	lan_write(0, 0x024, 1);
	lan_write(0, 0x020, 1);
	lan_write(0, 0x070, 11);
	assert_int_equal(lan_read(0, 0x070), 3);
}

/* ---- bytes ---- */

TEST(test_bytes_arrive_both_ways)
{
	wire_offer(0, 4, LAN_BUFFER);
	wire_offer(1, 4, LAN_BUFFER);
	wire_write(0, 1);
	wire_write(0, 2000);
	wire_write(1, 17);
	lan_turn(0);
	lan_turn(1);
	wire_take(0);
	wire_take(1);
	assert_int_equal(wire.read[1], 2001);
	assert_int_equal(wire.read[0], 17);
	assert_int_equal(lan_returned(0), 2);
	assert_int_equal(lan_returned(1), 1);
	assert_int_equal(lan_counter(0, CHANNEL_SENT), 2001);
	assert_int_equal(lan_counter(1, CHANNEL_RECEIVED), 2001);
}

/* The writer has its buffer back when the last byte of it is gone. */
TEST(test_a_write_over_several_buffers)
{
	wire_offer(1, 3, 100);
	wire_write(0, 350);
	lan_turn(0);
	wire_take(1);
	assert_int_equal(wire.read[1], 300);
	assert_int_equal(lan_returned(0), 0);
	wire_offer(1, 1, 100);
	lan_turn(1);
	wire_take(1);
	assert_int_equal(wire.read[1], 350);
	assert_int_equal(lan_returned(0), 1);
}

/* ---- writers that wait ---- */

/* A buffer has the waiting writer's broker woken; a notice alone hasn't. The other direction goes
 * on meanwhile. */
TEST(test_a_writer_waits_for_buffers)
{
	wire_write(0, 50);
	lan_turn(0);
	assert_int_equal(lan_returned(0), 0);
	assert_int_equal(lan.memory->end[1].starved, 1);
	wire_offer(0, 1, 100);
	wire_write(1, 60);
	broker_turn(&lan.broker[1]);
	assert_int_equal(lan.broker[1].looks, 0);
	wire_take(0);
	assert_int_equal(wire.read[0], 60);
	wire_offer(1, 1, 100);
	lan_turn(1);
	wire_take(1);
	assert_int_equal(wire.read[1], 50);
	assert_int_equal(lan_returned(0), 1);
	assert_int_equal(lan.memory->end[1].starved, 0);
}

/* The receiver's driver is asked for notices of new buffers only while somebody waits for them. */
TEST(test_notices_of_buffers)
{
	const struct ring_device *device = lan_device(1, CHANNEL_RECEIVE);

	lan_drive(1, 0);
	wire_offer(1, 1, 100);
	wire_write(0, 150);
	lan_turn(0);
	assert_int_equal(device->flags, 0);
	wire_offer(1, 2, 100);
	lan_turn(1);
	wire_write(0, 50);
	lan_turn(0);
	assert_int_equal(device->flags, 1);
	wire_take(1);
	assert_int_equal(wire.read[1], 200);
}

/* The other partition doesn't run; runs without a driver; has a driver without buffers. */
TEST(test_a_writer_waits_for_the_other_end)
{
	lan.told->life[1] = 0;
	wire_write(0, 50);
	lan_turn(0);
	lan.told->life[1] = 2;
	lan_turn(1);
	assert_int_equal(lan_returned(0), 0);
	lan_drive(1, DEVICE_RING_EVENTS);
	assert_int_equal(lan_returned(0), 0);
	/* Its driver gives notice of buffers: it is asked to. */
	assert_int_equal(*(uint16_t *)(void *)&lan_device(1, CHANNEL_RECEIVE)->entry[LAN_QUEUE], 0);
	wire_offer(1, 1, 100);
	lan_turn(1);
	wire_take(1);
	assert_int_equal(wire.read[1], 50);
	assert_int_equal(lan_returned(0), 1);
}

/* A part of it was for the life before: the rest is for the next one. */
TEST(test_a_new_life_of_the_reader)
{
	wire_offer(1, 1, 100);
	wire_write(0, 150);
	lan_turn(0);
	wire_take(1);
	lan.told->life[1] = 2;
	lan_turn(1);
	lan_drive(1, DEVICE_RING_EVENTS);
	wire_finish();
	assert_int_equal(wire.read[1], 150);
	assert_int_equal(lan_returned(0), 1);
}

TEST(test_a_reset_while_the_writer_waits)
{
	wire_write(0, 100);
	lan_turn(0);
	wire_write(1, 30);
	lan_turn(1);
	lan_drive(1, 0);
	wire.written[1] = 0; /* it went with the reset */
	wire_write(1, 40);
	wire_finish();
	assert_int_equal(lan_returned(0), 1);
}

/* ---- interrupts ---- */

static uint64_t interrupts_of(uint32_t place)
{
	uint64_t interrupts;

	broker_turn(&lan.broker[place]);
	interrupts = lan.broker[place].interrupts;
	lan.broker[place].interrupts = 0;
	return interrupts;
}

/* A buffer that comes back raises an interrupt only if the driver asked for it. */
TEST(test_interrupts_are_asked_for)
{
	uint16_t *event = &lan_driver(0, CHANNEL_SEND)->entry[LAN_QUEUE];

	wire_offer(1, 8, 100);
	*event = 1;
	wire_write(0, 10);
	assert_int_equal(interrupts_of(0), 1u << 1);
	lan_driver(1, CHANNEL_RECEIVE)->entry[LAN_QUEUE] = 7;
	wire_write(0, 10);
	assert_int_equal(interrupts_of(0), 1u << 0);
	wire_write(0, 10);
	assert_int_equal(interrupts_of(0), 0);
	lan_drive(0, 0);
	lan_driver(0, CHANNEL_SEND)->flags = 1;
	wire_write(0, 10);
	assert_int_equal(interrupts_of(0), 0);
	lan_driver(0, CHANNEL_SEND)->flags = 0;
	wire_write(0, 10);
	assert_int_equal(interrupts_of(0), 1u << 0);
}

/* A guest that writes alone gets an empty buffer now and then, with an interrupt. */
TEST(test_an_empty_buffer_now_and_then)
{
	uint32_t empty = 0;

	wire_offer(0, 4, 100);
	for (uint32_t i = 0; i < 2000; i++) {
		uint16_t before = lan_device(0, CHANNEL_RECEIVE)->index;

		wire_offer(1, 1, 100);
		wire_write(0, 1);
		lan_turn(0);
		wire_take(1);
		empty += (uint16_t)(lan_device(0, CHANNEL_RECEIVE)->index - before);
	}
	assert_int_equal(empty, 4);
	for (uint32_t i = 0; i < empty; i++)
		assert_int_equal(lan_device(0, CHANNEL_RECEIVE)->entry[i].length, 0);
	wire_take(0);
	assert_int_equal(wire.read[1], 2000);
}

/* ---- killed ---- */

#define KILLED_WRITES 3

static void killed_set_up(uint64_t features)
{
	lan_end();
	wire_begin(features);
	wire_offer(1, 1, 70);
	wire_offer(1, 2, 100);
	wire_offer(0, 2, 100);
	wire_write(0, 120);
	wire_write(0, 1);
	wire_write(0, 400);
	lan.broker[0].unheard = 499; /* an empty buffer is handed out, too */
}

static void killed_check(void)
{
	wire_finish();
	assert_int_equal(lan_returned(0), KILLED_WRITES);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(lan.memory->end[i].owner, 0);
		assert_int_equal(lan.memory->end[i].status, 15);
	}
}

/* Shows: channel.console-killed. */
TEST(test_killed_at_each_step)
{
	const uint64_t features[] = {0, DEVICE_RING_EVENTS};
	uint64_t at;
	bool killed;

	for (uint32_t f = 0; f < 2; f++) {
		at = 0;
		do {
			struct lan_run what = {.place = 0, .started = true};

			killed_set_up(features[f]);
			killed = kill_at(++at, lan_run, &what);
			lan_run_on(0);
			killed_check();
		} while (killed);
		assert_true(at > 500);
	}
}

/* And once more, in the work behind it. */
TEST(test_killed_twice)
{
	uint64_t steps;

	killed_set_up(DEVICE_RING_EVENTS);
	assert_false(kill_at(0, lan_run, &(struct lan_run){.place = 0, .started = true}));
	steps = kill_steps();
	for (uint64_t at = 1; at < steps; at += 7)
		for (uint64_t again = 1; again < steps; again += 11) {
			killed_set_up(DEVICE_RING_EVENTS);
			(void)kill_at(at, lan_run, &(struct lan_run){.place = 0, .started = true});
			(void)kill_at(again, lan_run, &(struct lan_run){.place = 0});
			lan_run_on(0);
			killed_check();
		}
}

/* The broker that is to wake a writer's is killed: its next run does it. */
TEST(test_killed_before_it_wakes_another)
{
	uint64_t at = 0;
	bool killed;

	do {
		struct lan_run what = {.place = 1, .started = true};

		killed_set_up(0);
		lan_turn(0);
		wire_take(1);
		wire_offer(1, 8, 100);
		killed = kill_at(++at, lan_run, &what);
		lan_run_on(1);
		wire_take(1);
		assert_int_equal(wire.read[1], wire.written[0]);
		killed_check();
	} while (killed);
	assert_true(at > 10);
}

/* Its writer was cut off in the middle of a delivery, and the reader is suspended meanwhile. */
TEST(test_suspended_in_a_delivery)
{
	uint64_t at = 0;
	bool killed;

	do {
		struct lan_run what = {.place = 0, .started = true};

		killed_set_up(0);
		killed = kill_at(++at, lan_run, &what);
		lan.told->life[1] = 0;
		lan_run_on(0);
		lan.told->life[1] = 1;
		lan_turn(1);
		killed_check();
	} while (killed);
}

/* Bytes that are written meanwhile wait, and nothing is lost. */
TEST(test_a_reader_that_is_suspended)
{
	wire_offer(1, 1, 100);
	wire_write(0, 150);
	lan_turn(0);
	lan.told->life[1] = 0;
	wire_write(0, 50);
	lan_turn(0);
	lan_turn(1);
	assert_int_equal(lan_returned(0), 0);
	lan.told->life[1] = 1;
	broker_hear(&lan.broker[1], &(struct broker_word){.work = CHANNEL_WORK_JOINED});
	wire_finish();
	assert_int_equal(lan_returned(0), 2);
}

/* ---- an end that breaks the rules ---- */

#define HOSTILE 1u

static uint64_t seed;

static uint32_t random_below(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % limit;
}

static void spoil_rings(void)
{
	uint32_t queue = random_below(2);
	struct ring_descriptor *table = lan_at(HOSTILE, LAN_DESCRIPTORS(queue));
	struct ring_driver *driver = lan_driver(HOSTILE, queue);

	table[random_below(LAN_QUEUE)] = (struct ring_descriptor){
	    LAN_IPA + random_below(LAN_RAM + 64) - 32,
	    random_below(3) ? random_below(64) : ~0u - random_below(16), (uint16_t)random_below(8),
	    (uint16_t)random_below(LAN_QUEUE + 1)};
	driver->entry[random_below(LAN_QUEUE + 1)] = (uint16_t)random_below(LAN_QUEUE + 1);
	driver->index = (uint16_t)(driver->index + random_below(4));
	if (random_below(20) == 0)
		driver->index = (uint16_t)random_below(65536);
}

static void spoil_register(void)
{
	static const uint32_t registers[] = {0x020, 0x030, 0x038, 0x044,
	                                     0x070, 0x080, 0x090, 0x100};
	uint32_t at = registers[random_below(sizeof(registers) / sizeof(registers[0]))];

	lan.broker[HOSTILE].asked = true;
	lan.broker[HOSTILE].what = CHANNEL_REQUEST(at, 1u << random_below(4), random_below(4) != 0);
	lan.broker[HOSTILE].value = random_below(64);
	lan_turn(HOSTILE);
	lan.broker[HOSTILE].asked = false;
}

static void spoil(void)
{
	switch (random_below(30)) {
	case 0:
		lan_drive(HOSTILE, random_below(2) ? DEVICE_RING_EVENTS : 0);
		break;
	case 1:
		spoil_register();
		break;
	case 2:
		wire_offer(HOSTILE, (uint16_t)random_below(LAN_QUEUE), random_below(64));
		break;
	default:
		spoil_rings();
	}
}

/* The other one's device goes on working, each turn ends, and nothing outside of the ends' memory
 * is touched, which the sanitizers watch. In the end a driver that keeps the rules gets the bytes.
 * Shows: channel.console-hostile. */
TEST(test_a_hostile_end)
{
	uint32_t sent;

	for (uint64_t round = 1; round <= 8; round++) {
		seed = round * 0x9e3779b97f4a7c15ull;
		for (uint32_t i = 0; i < 20000; i++) {
			struct ring_driver *sends = lan_driver(0, CHANNEL_SEND);

			spoil();
			if (sends->index == lan_device(0, CHANNEL_SEND)->index)
				wire_write(0, random_below(200));
			if (lan_driver(0, CHANNEL_RECEIVE)->index ==
			    lan_device(0, CHANNEL_RECEIVE)->index)
				wire_offer(0, 1, 100);
			lan_turn(HOSTILE);
			lan_turn(0);
		}
		assert_int_equal(lan.memory->end[0].status, 15);
		lan_drive(HOSTILE, DEVICE_RING_EVENTS);
		wire_offer(HOSTILE, LAN_QUEUE, LAN_BUFFER);
		lan_turn(HOSTILE);
		assert_int_equal(lan_driver(0, CHANNEL_SEND)->index,
		                 lan_device(0, CHANNEL_SEND)->index);
		sent = (uint32_t)lan_counter(0, CHANNEL_SENT);
		assert_int_equal(sent, wire.written[0]);
		lan_end();
		wire_begin(round % 2 ? DEVICE_RING_EVENTS : 0);
	}
}

/* An empty buffer for reception, and a readable one, break the device of the end that offers it;
 * the writer waits for its driver's reset. */
TEST(test_buffers_that_are_none)
{
	for (uint32_t i = 0; i < 2; i++) {
		lan_drive(1, 0);
		lan_make_available(1, CHANNEL_RECEIVE, i * 100, i == 0 ? 2 : 0);
		wire_write(0, 20);
		lan_turn(0);
		assert_int_equal(lan_read(1, 0x070), 15 | DEVICE_NEEDS_RESET);
		assert_int_equal(lan_returned(0), 0);
		lan_drive(1, 0);
		wire_finish();
		assert_int_equal(lan_returned(0), 1);
	}
}

/* A chain with nothing to read is no bytes. */
TEST(test_a_writable_chain_is_dropped)
{
	wire_offer(1, 1, 100);
	lan_make_available(0, CHANNEL_SEND, 10, 2);
	wire_write(0, 5);
	lan_turn(0);
	wire_take(1);
	assert_int_equal(lan_counter(0, CHANNEL_SHORT), 1);
	assert_int_equal(lan_returned(0), 2);
	assert_int_equal(wire.read[1], 5);
}
