/*
 * Work that a driver leaves to its card: sums and large TCP segments. Receivers that take such
 * frames get them as they are; the others get whole frames, whose sums are counted here byte by
 * byte. Senders tell anything, and brokers are killed at each step.
 *
 * Shows: channel.offload.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/broker/kill.h>
#include <unit/broker/lan.h>

#define LEAVES                                                                                     \
	(DEVICE_NET_SUMS | DEVICE_NET_TCP4 | DEVICE_NET_TCP6 | DEVICE_NET_ECN | DEVICE_RING_EVENTS)
#define TAKES                                                                                      \
	(DEVICE_NET_TAKES_SUMS | DEVICE_NET_TAKES_TCP4 | DEVICE_NET_TAKES_TCP6 |                   \
	 DEVICE_NET_TAKES_ECN)

#define PIECE  200u /* of TCP's data, unless a test says otherwise */
#define NUMBER 0xfffffe00u

static uint32_t piece = PIECE;
static uint8_t first = 2; /* byte of the receiver's address */

enum segment_kind { TCP4 = 1, TCP6 = 4, ECN = 0x80 };

/* ---- frames ---- */

/* Where the parts of a frame begin: with a VLAN's tag, and options of IP and TCP, or without. */
struct shape {
	bool six, tagged;
	uint32_t options; /* bytes behind TCP's header */
	uint32_t network, transport, data;
};

static struct shape shape_of(bool six, bool tagged, uint32_t options)
{
	struct shape shape = {.six = six, .tagged = tagged, .options = options};

	shape.network = tagged ? 18 : 14;
	shape.transport = shape.network + (six ? 40 : 24); /* IPv4 with a word of options */
	shape.data = shape.transport + 20 + options;
	return shape;
}

static void put(uint8_t *at, uint32_t value, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

static uint32_t get(const uint8_t *at, uint32_t bytes)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

static uint32_t sum_up(uint32_t sum, const uint8_t *at, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		sum += (uint32_t)at[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t pseudo(const struct shape *shape, const uint8_t *frame, uint32_t length)
{
	const uint8_t *ip = frame + shape->network;

	return sum_up(6 + length, ip + (shape->six ? 8 : 12), shape->six ? 32 : 8);
}

/* A TCP packet with so much data, in one frame; its word for the sum has the pseudo header's. */
static uint32_t make(const struct shape *shape, uint8_t *frame, uint32_t data)
{
	uint8_t *ip = frame + shape->network, *tcp = frame + shape->transport;
	const uint32_t length = 20 + shape->options + data;

	for (uint32_t i = 0; i < shape->data + data; i++)
		frame[i] = (uint8_t)(i * 5 + i / 256);
	memcpy(frame, (const uint8_t[]){first, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, 12);
	if (shape->tagged)
		put(frame + 12, 0x81000007, 4);
	put(ip - 2, shape->six ? 0x86dd : 0x0800, 2);
	if (shape->six) {
		put(ip, 0x60000000, 4);
		put(ip + 4, length, 2);
		ip[6] = 6;
	} else {
		ip[0] = 0x46;
		put(ip + 2, 24 + length, 2);
		put(ip + 4, 0xffff, 2);
		ip[9] = 6;
	}
	put(tcp + 4, NUMBER, 4);
	tcp[12] = (uint8_t)((20 + shape->options) / 4 << 4);
	tcp[13] = 0x80 | 0x10 | 0x08 | 0x01; /* CWR, ACK, PSH, FIN */
	put(tcp + 16, pseudo(shape, frame, length), 2);
	return shape->data + data;
}

/* The header before a frame of that kind; 0: only its sum is missing. */
static void say(const struct shape *shape, uint8_t *header, uint32_t kind)
{
	memset(header, 0, LAN_HEADER);
	header[0] = 1;
	header[1] = (uint8_t)kind;
	header[4] = (uint8_t)piece;
	header[6] = (uint8_t)shape->transport;
	header[8] = 16;
}

static uint8_t *send_buffer(void)
{
	return lan_at(0, LAN_BUFFERS(CHANNEL_SEND, lan_driver(0, CHANNEL_SEND)->index % LAN_QUEUE));
}

static void leave(const struct shape *shape, uint32_t kind, uint32_t data)
{
	uint8_t *at = send_buffer();
	const uint32_t size = make(shape, at + LAN_HEADER, data);

	say(shape, at, kind);
	lan_make_available(0, CHANNEL_SEND, LAN_HEADER + size, 0);
}

/* The next frame that has come, with the header before it. NULL: none. */
static const uint8_t *take(uint32_t place, uint32_t *size)
{
	struct ring_device *device = lan_device(place, CHANNEL_RECEIVE);
	uint16_t *seen = &lan.guest[place].seen[CHANNEL_RECEIVE];
	const struct ring_used *used = &device->entry[*seen % LAN_QUEUE];

	if (*seen == device->index)
		return NULL;
	++*seen;
	*size = used->length - LAN_HEADER;
	return lan_at(place, LAN_BUFFERS(CHANNEL_RECEIVE, used->id % LAN_QUEUE));
}

/* ---- received frames ---- */

static void headers_are_right(const struct shape *shape, const uint8_t *frame, uint32_t number,
                              uint32_t data)
{
	const uint8_t *ip = frame + shape->network;
	const uint32_t length = 20 + shape->options + data;

	if (shape->six) {
		assert_int_equal(get(ip + 4, 2), length);
		return;
	}
	assert_int_equal(get(ip + 2, 2), 24 + length);
	assert_int_equal(get(ip + 4, 2), (0xffff + number) & 0xffff);
	assert_int_equal(sum_up(0, ip, 24), 0xffff);
}

/* A frame of a large segment, or its only one: all that it has is as it was sent, and its sums are
 * right. */
static void piece_is_right(const struct shape *shape, const uint8_t *at, uint32_t size,
                           uint32_t number, uint32_t all)
{
	const uint8_t *frame = at + LAN_HEADER, *tcp = frame + shape->transport;
	const uint32_t data = size - shape->data, ahead = number * piece;
	const bool last = ahead + data == all;
	uint8_t whole[2048];

	make(shape, whole, all);
	assert_true(data == piece || last);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(at[i], 0);
	assert_memory_equal(frame, whole, shape->network);
	headers_are_right(shape, frame, number, data);
	assert_int_equal(get(tcp + 4, 4), NUMBER + ahead);
	assert_int_equal(tcp[13], 0x10 | (last ? 9 : 0) | (number == 0 ? 0x80 : 0));
	assert_memory_equal(frame + shape->data, whole + shape->data + ahead, data);
	assert_memory_equal(tcp + 20, whole + shape->transport + 20, shape->options);
	assert_int_equal(
	    sum_up(pseudo(shape, frame, size - shape->transport), tcp, size - shape->transport),
	    0xffff);
}

static void pieces_are_right(const struct shape *shape, uint32_t place, uint32_t all)
{
	const uint32_t pieces = (all + piece - 1) / piece;
	uint32_t size = 0;

	for (uint32_t i = 0; i < pieces; i++) {
		const uint8_t *at = take(place, &size);

		assert_non_null(at);
		piece_is_right(shape, at, size, i, all);
	}
	assert_null(take(place, &size));
}

static void begin(uint64_t receiver)
{
	lan_drive(0, LEAVES);
	for (uint32_t i = 1; i < LAN_ENDS; i++) {
		lan_drive(i, receiver);
		lan_offer(i, LAN_QUEUE);
	}
}

static struct shape shape_number(uint32_t number)
{
	return shape_of((number & 1) != 0, (number & 2) != 0, number / 4 * 12);
}
#define SHAPES 12u

TEST_WITH(test_as_it_is, lan_set_up, lan_tear_down)
{
	begin(TAKES | DEVICE_NET_MERGES);
	for (uint32_t i = 0; i < SHAPES; i++) {
		const struct shape shape = shape_number(i);
		const uint8_t *sent = send_buffer(), *got;
		uint32_t size = 0;

		leave(&shape, (shape.six ? TCP6 : TCP4) | (i & 4 ? ECN : 0), 1500);
		lan_turn(0);
		got = take(1, &size);
		assert_non_null(got);
		assert_int_equal(size, shape.data + 1500);
		assert_int_equal(got[10], 1);
		assert_memory_equal(got, sent, 10);
		assert_memory_equal(got + LAN_HEADER, sent + LAN_HEADER, size);
	}
	assert_int_equal(lan_returned(0), SHAPES);
	assert_int_equal(lan_counter(0, CHANNEL_SENT), SHAPES);
}

TEST_WITH(test_cut_into_frames, lan_set_up, lan_tear_down)
{
	static const uint32_t sizes[] = {1, PIECE - 1, PIECE, PIECE + 1, 777, 1400};

	for (uint32_t i = 0; i < SHAPES; i++)
		for (uint32_t j = 0; j < 6; j++) {
			const struct shape shape = shape_number(i);

			/* A receiver that takes sums alone can't take these either. */
			begin(j % 2 ? 0 : DEVICE_NET_TAKES_SUMS);
			leave(&shape, (shape.six ? TCP6 : TCP4) | (i & 4 ? ECN : 0), sizes[j]);
			lan_turn(0);
			pieces_are_right(&shape, 1, sizes[j]);
			assert_int_equal(lan_returned(0), 1);
		}
}

/* Odd sizes and buffers in two pieces: each byte counts as it should. */
TEST_WITH(test_sums, lan_set_up, lan_tear_down)
{
	for (uint32_t i = 0; i < SHAPES; i++)
		for (uint32_t data = 0; data < PIECE; data += 13) {
			const struct shape shape = shape_number(i);
			uint32_t size = 0;
			const uint8_t *at;
			uint8_t whole[2048];

			begin(data % 2 ? 0 : DEVICE_NET_MERGES);
			leave(&shape, 0, data);
			lan_turn(0);
			at = take(1, &size);
			assert_non_null(at);
			assert_int_equal(size, shape.data + data);
			assert_int_equal(at[0], 0);
			make(&shape, whole, data);
			assert_memory_equal(at + LAN_HEADER, whole, shape.transport + 16);
			assert_memory_equal(at + LAN_HEADER + shape.transport + 18,
			                    whole + shape.transport + 18,
			                    size - shape.transport - 18);
			assert_int_equal(sum_up(pseudo(&shape, whole, size - shape.transport),
			                        at + LAN_HEADER + shape.transport,
			                        size - shape.transport),
			                 0xffff);
		}
}

/* Where the receiver has too few buffers, the rest is dropped, and counted once. */
TEST_WITH(test_too_few_buffers, lan_set_up, lan_tear_down)
{
	const struct shape shape = shape_of(false, false, 0);
	uint32_t size = 0;

	lan_drive(0, LEAVES);
	lan_drive(1, 0);
	lan_offer(1, 3);
	leave(&shape, TCP4, 1400);
	lan_turn(0);
	for (uint32_t i = 0; i < 3; i++) {
		const uint8_t *at = take(1, &size);

		assert_non_null(at);
		piece_is_right(&shape, at, size, i, 1400);
	}
	assert_null(take(1, &size));
	assert_int_equal(lan_counter(1, CHANNEL_RECEIVED), 3);
	assert_int_equal(lan_counter(1, CHANNEL_NO_BUFFER), 1);
	assert_int_equal(lan_returned(0), 1);
}

/* ---- segments of many frames ---- */

#define BATCH 64u /* frames of a segment in a turn */
#define LEAST 8u  /* bytes of TCP's data in a frame */
#define MANY  (2 * BATCH + 3)
#define ALL   (MANY * LEAST - 3)

/* The receive queue anew, with up to as many buffers as there can be. */
#define WIDE_BUFFER      128ull
#define WIDE_DESCRIPTORS 0x30000ull
#define WIDE_DRIVER      0x31000ull
#define WIDE_DEVICE      0x32000ull
#define WIDE_BUFFERS     0x10000ull

static void widen_with(uint32_t place, uint16_t buffers, uint32_t size)
{
	struct ring_descriptor *table = lan_at(place, WIDE_DESCRIPTORS);
	struct ring_driver *driver = lan_at(place, WIDE_DRIVER);

	for (uint16_t i = 0; i < buffers; i++) {
		table[i] = (struct ring_descriptor){LAN_IPA + WIDE_BUFFERS + i * (uint64_t)size,
		                                    size, 2, 0};
		driver->entry[i] = i;
	}
	lan_write(place, 0x030, CHANNEL_RECEIVE);
	lan_write(place, 0x044, 0);
	lan_write(place, 0x038, CHANNEL_QUEUE_MOST);
	lan_write(place, 0x080, (uint32_t)(LAN_IPA + WIDE_DESCRIPTORS));
	lan_write(place, 0x090, (uint32_t)(LAN_IPA + WIDE_DRIVER));
	lan_write(place, 0x0a0, (uint32_t)(LAN_IPA + WIDE_DEVICE));
	lan_write(place, 0x044, 1);
	driver->index = buffers;
}

static void widen(uint32_t place)
{
	widen_with(place, CHANNEL_QUEUE_MOST, WIDE_BUFFER);
}

static uint32_t wide_count(uint32_t place)
{
	return ((const struct ring_device *)lan_at(place, WIDE_DEVICE))->index;
}

/* The receiver has the first `count` frames of the segment, each once and in order. */
static void wide_is_right(const struct shape *shape, uint32_t place, uint32_t count)
{
	const struct ring_device *device = lan_at(place, WIDE_DEVICE);

	assert_int_equal(device->index, count);
	for (uint32_t i = 0; i < count; i++)
		piece_is_right(shape, lan_at(place, WIDE_BUFFERS + i * WIDE_BUFFER),
		               device->entry[i].length - LAN_HEADER, i, ALL);
}

/* ---- the largest segment ---- */

#define LARGEST      (65535u - 24 - 20) /* bytes of TCP's data behind these headers */
#define LARGEST_SIZE (LAN_HEADER + 14u + 65535u)

/* It crosses in one piece: into so many buffers of that size, one behind the other in memory. */
static void largest_crosses(uint64_t features, uint16_t buffers, uint32_t size)
{
	const struct shape shape = shape_of(false, false, 0);
	const struct ring_device *device;
	const uint8_t *sent, *got;
	uint32_t length = 0;

	begin(TAKES | features);
	widen_with(1, buffers, size);
	sent = send_buffer();
	leave(&shape, TCP4, LARGEST);
	lan_turn(0);
	device = lan_at(1, WIDE_DEVICE);
	got = lan_at(1, WIDE_BUFFERS);
	assert_int_equal(device->index, buffers);
	for (uint16_t i = 0; i < buffers; i++) {
		assert_int_equal(device->entry[i].id, i);
		length += device->entry[i].length;
	}
	assert_int_equal(length, LARGEST_SIZE);
	assert_int_equal(got[10] | got[11] << 8, buffers);
	assert_memory_equal(got, sent, 10);
	assert_memory_equal(got + LAN_HEADER, sent + LAN_HEADER, LARGEST_SIZE - LAN_HEADER);
	assert_int_equal(lan_returned(0), 1);
}

TEST_WITH(test_the_largest_in_one_piece, lan_set_up, lan_tear_down)
{
	largest_crosses(0, 1, LARGEST_SIZE);
	largest_crosses(DEVICE_NET_MERGES, 17, 4096);
	largest_crosses(DEVICE_NET_MERGES, 43, 1536);
	assert_int_equal(lan_counter(0, CHANNEL_SENT), 3);
	assert_int_equal(lan_counter(1, CHANNEL_RECEIVED), 3);
}

/* A segment for an address that nobody has: everybody gets it. */
static void many_begin(const struct shape *shape)
{
	piece = LEAST;
	first = 4;
	begin(0);
	widen(1);
	widen(2);
	leave(shape, TCP4, ALL);
}

static void many_check(const struct shape *shape)
{
	wide_is_right(shape, 1, MANY);
	wide_is_right(shape, 2, MANY);
	assert_int_equal(lan_returned(0), 1);
}

static void many_tear_down(void)
{
	piece = PIECE;
	first = 2;
	lan_tear_down();
}

/* Shows: channel.bounded. */
/* Each turn has an end, after which the receivers get their interrupt, and others their turn. */
TEST_WITH(test_a_turn_has_an_end, lan_set_up, many_tear_down)
{
	const struct shape shape = shape_of(false, false, 0);
	struct broker *broker = &lan.broker[0];

	many_begin(&shape);
	for (uint32_t had = 0; had < 2 * MANY;) {
		uint32_t now;

		broker->looks = broker->interrupts = 0;
		broker_turn(broker);
		now = wide_count(1) + wide_count(2);
		assert_true(now > had && now < had + 2 * BATCH);
		assert_true(broker->interrupts != 0);
		assert_int_equal(lan.memory->end[1].owner | lan.memory->end[2].owner, 0);
		assert_int_equal(broker->looks & 1, now < 2 * MANY);
		had = now;
	}
	many_check(&shape);
	assert_int_equal(lan_counter(1, CHANNEL_RECEIVED), MANY);
	assert_int_equal(lan_counter(0, CHANNEL_SENT), 1);
}

/* The other receiver's queue is busy, and given back between two turns. */
TEST_WITH(test_a_busy_receiver_between_turns, lan_set_up, many_tear_down)
{
	const struct shape shape = shape_of(false, false, 0);

	many_begin(&shape);
	lan.memory->end[1].owner = 2 + 1;
	broker_turn(&lan.broker[0]);
	wide_is_right(&shape, 1, 0);
	wide_is_right(&shape, 2, BATCH);
	lan.memory->end[1].owner = 0;
	lan_turn(0);
	many_check(&shape);
}

/* A receiver that goes away between two turns doesn't keep the others. */
TEST_WITH(test_a_receiver_goes_between_turns, lan_set_up, many_tear_down)
{
	const struct shape shape = shape_of(false, false, 0);

	many_begin(&shape);
	broker_turn(&lan.broker[0]);
	wide_is_right(&shape, 1, BATCH);
	lan.told->life[1] = 0;
	lan_turn(0);
	wide_is_right(&shape, 1, BATCH);
	wide_is_right(&shape, 2, MANY);
	assert_int_equal(lan_counter(1, CHANNEL_AWAY), 1);
	assert_int_equal(lan_returned(0), 1);
}

/* The broker is killed in its first turns, and the busy receiver isn't busy any more. */
TEST_WITH(test_killed_between_receivers, lan_set_up, many_tear_down)
{
	const struct shape shape = shape_of(false, false, 0);
	bool killed = true;
	uint32_t kills = 0;

	for (uint64_t at = 1; killed; at += 251, kills++) {
		lan_end();
		lan_begin();
		many_begin(&shape);
		lan.memory->end[1].owner = 2 + 1;
		killed = kill_at(at, lan_run, &(struct lan_run){.place = 0, .started = true});
		lan.memory->end[1].owner = 0;
		lan_run_on(0);
		many_check(&shape);
	}
	assert_true(kills > 10);
}

/* ---- senders that tell anything ---- */

/* A TCP segment that is cut finer than any driver's is no frame. */
TEST_WITH(test_pieces_that_are_too_small, lan_set_up, many_tear_down)
{
	const struct shape shape = shape_of(false, false, 0);

	for (piece = 0; piece < LEAST; piece++) {
		begin(piece % 2 ? 0 : TAKES);
		leave(&shape, TCP4, 15 * LEAST);
		lan_turn(0);
		assert_int_equal(lan_returned(0), 1);
		assert_int_equal(lan_counter(0, CHANNEL_SHORT), piece + 1);
		assert_int_equal(lan_device(1, CHANNEL_RECEIVE)->index, 0);
	}
	piece = LEAST;
	begin(0);
	leave(&shape, TCP4, 15 * LEAST);
	lan_turn(0);
	pieces_are_right(&shape, 1, 15 * LEAST);
}

static bool is_dropped(uint64_t features, const struct shape *shape, const uint8_t *header,
                       uint32_t size)
{
	uint8_t *at;
	uint32_t came = 0;

	lan_drive(0, features);
	lan_drive(1, 0);
	lan_offer(1, LAN_QUEUE);
	at = send_buffer();
	make(shape, at + LAN_HEADER, 1000);
	memcpy(at, header, LAN_HEADER);
	lan_make_available(0, CHANNEL_SEND, LAN_HEADER + size, 0);
	lan_turn(0);
	assert_int_equal(lan_returned(0), 1);
	return take(1, &came) == NULL;
}

TEST_WITH(test_offloads_that_were_not_agreed, lan_set_up, lan_tear_down)
{
	const struct shape four = shape_of(false, false, 0), six = shape_of(true, false, 0);
	const uint64_t events = DEVICE_RING_EVENTS, sums = events | DEVICE_NET_SUMS;
	uint8_t header[LAN_HEADER];

	say(&four, header, TCP4);
	assert_false(is_dropped(LEAVES, &four, header, 1000));
	assert_true(is_dropped(sums, &four, header, 1000));
	assert_true(is_dropped(sums | DEVICE_NET_TCP6, &four, header, 1000));
	assert_false(is_dropped(events, &four, header, 1000)); /* nobody reads the header */
	say(&four, header, TCP4 | ECN);
	assert_true(is_dropped(sums | DEVICE_NET_TCP4, &four, header, 1000));
	say(&six, header, TCP6);
	assert_false(is_dropped(LEAVES, &six, header, 1000));
	assert_true(is_dropped(LEAVES, &four, header, 1000)); /* it isn't IPv6 */
	say(&four, header, 3);                                /* large UDP packets */
	assert_true(is_dropped(LEAVES, &four, header, 1000));
	say(&four, header, TCP4);
	header[0] = 0;
	assert_true(is_dropped(LEAVES, &four, header, 1000));
}

TEST_WITH(test_nonsense, lan_set_up, lan_tear_down)
{
	srand(3);
	for (uint32_t i = 0; i < 30000; i++) {
		const struct shape shape = shape_number((uint32_t)rand() % SHAPES);
		uint8_t *at;

		if (i % 64 == 0)
			begin(i % 128 ? 0 : TAKES);
		at = send_buffer();
		make(&shape, at + LAN_HEADER, 900);
		say(&shape, at, rand() % 2 ? TCP4 : TCP6);
		for (int j = rand() % 4; j > 0; j--)
			at[rand() % 70] = (uint8_t)rand();
		lan_make_available(0, CHANNEL_SEND, (uint32_t)(rand() % 1100), 0);
		lan_turn(0);
		assert_int_equal(lan.memory->end[0].sending.close, 0);
		assert_int_equal(lan.memory->end[0].status & DEVICE_NEEDS_RESET, 0);
	}
}

/* ---- brokers that are killed ---- */

static struct shape killed_shape;

static void killed_begin(void)
{
	killed_shape = shape_of(false, false, 12);
	begin(0);
	leave(&killed_shape, TCP4, 900);
}

static void killed_check(void)
{
	pieces_are_right(&killed_shape, 1, 900);
	assert_int_equal(lan_returned(0), 1);
}

TEST_WITH(test_killed_at_each_step, lan_set_up, lan_tear_down)
{
	lan_kill_each(0, killed_begin, killed_check);
}
