/*
 * The gateway's view of frames: packets of IP, with ports and routes, and any bytes.
 *
 * Shows: gateway.rules.
 */
#include <servers/gateway/frame.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define INSIDE  0x0a00020fu /* 10.0.2.15 */
#define OUTSIDE 0x0a000202u

static const uint8_t card[6] = {2, 1, 2, 3, 4, 5};
static const uint8_t none[6];

static void put_16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_32(uint8_t *at, uint32_t value)
{
	put_16(at, value >> 16);
	put_16(at + 2, value & 0xffff);
}

/* An IP packet of `size` bytes, its frame's head included. */
static void make_ip(uint8_t *bytes, size_t size, uint8_t protocol)
{
	memset(bytes, 0, size);
	memcpy(bytes + 6, card, sizeof(card));
	put_16(bytes + 12, FRAME_TYPE_IP);
	bytes[14] = 0x45;
	put_16(bytes + 16, (uint32_t)size - FRAME_HEAD);
	bytes[23] = protocol;
	put_32(bytes + 26, INSIDE);
	put_32(bytes + 30, OUTSIDE);
}

static struct frame understood(const uint8_t *bytes, size_t size)
{
	/* The sanitizers see a read beyond this copy. */
	uint8_t *copy = malloc(size < FRAME_HEAD ? FRAME_HEAD : size);
	struct frame frame;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	frame_understand(&frame, copy, size);
	free(copy);
	return frame;
}

TEST(tcp_and_udp_have_ports)
{
	uint8_t bytes[100];
	struct frame frame;

	make_ip(bytes, 54, FRAME_TCP);
	put_16(bytes + 34, 1234);
	put_16(bytes + 36, 80);
	bytes[47] = 0x02;
	frame = understood(bytes, 54);
	assert_int_equal(frame.found, FRAME_WHOLE);
	assert_int_equal(frame.address[0], INSIDE);
	assert_int_equal(frame.address[1], OUTSIDE);
	assert_int_equal(frame.port[0], 1234);
	assert_int_equal(frame.port[1], 80);
	assert_true(frame.begins && !frame.ends);
	assert_memory_equal(frame.card[0], card, sizeof(card));
	assert_memory_equal(frame.card[1], none, sizeof(none));
	bytes[47] = 0x12; /* SYN and ACK */
	assert_false(understood(bytes, 54).begins);
	bytes[47] = 0x11;
	assert_true(understood(bytes, 54).ends);
	make_ip(bytes, 42, FRAME_UDP);
	put_16(bytes + 36, 53);
	assert_int_equal(understood(bytes, 42).port[1], 53);
}

TEST(broken_packets_are_seen)
{
	uint8_t bytes[100];

	make_ip(bytes, 54, FRAME_TCP);
	bytes[20] = 0x20; /* more fragments */
	assert_int_equal(understood(bytes, 54).found, FRAME_FRAGMENT);
	bytes[20] = 0x40; /* don't fragment */
	assert_int_equal(understood(bytes, 54).found, FRAME_WHOLE);
	bytes[21] = 1; /* an offset */
	assert_int_equal(understood(bytes, 54).found, FRAME_FRAGMENT);
	bytes[20] = bytes[21] = 0;
	assert_int_equal(understood(bytes, 53).found, FRAME_MALFORMED); /* longer than its frame */
	put_16(bytes + 16, 39);
	assert_int_equal(understood(bytes, 54).found, FRAME_MALFORMED); /* no room for TCP */
	put_16(bytes + 16, 40);
	bytes[14] = 0x44; /* a head shorter than it can be */
	assert_int_equal(understood(bytes, 54).found, FRAME_MALFORMED);
	bytes[14] = 0x4f; /* a head longer than the packet */
	assert_int_equal(understood(bytes, 54).found, FRAME_MALFORMED);
	bytes[14] = 0x65;
	assert_int_equal(understood(bytes, 54).found, FRAME_MALFORMED);
	put_16(bytes + 12, FRAME_TYPE_ARP);
	assert_int_equal(understood(bytes, 41).found, FRAME_MALFORMED);
	assert_int_equal(understood(bytes, 42).found, FRAME_WHOLE);
}

/* A packet with a source route goes to another place than its address says. */
TEST(source_routes_are_refused)
{
	uint8_t bytes[100];

	make_ip(bytes, 62, FRAME_TCP);
	bytes[14] = 0x47; /* eight bytes of options */
	assert_int_equal(understood(bytes, 62).found, FRAME_WHOLE);
	bytes[34] = 148; /* router alert */
	bytes[35] = 4;
	assert_int_equal(understood(bytes, 62).found, FRAME_WHOLE);
	bytes[38] = 131;
	bytes[39] = 4;
	assert_int_equal(understood(bytes, 62).found, FRAME_MALFORMED);
	bytes[38] = 1;
	bytes[39] = 137;
	assert_int_equal(understood(bytes, 62).found, FRAME_MALFORMED);
	bytes[39] = 7;
	bytes[40] = 1; /* an option's size includes its head */
	assert_int_equal(understood(bytes, 62).found, FRAME_MALFORMED);
	bytes[40] = 200; /* the last option may reach beyond: nothing is read of it */
	assert_int_equal(understood(bytes, 62).found, FRAME_WHOLE);
}

TEST(any_bytes_are_understood)
{
	uint8_t bytes[256];

	srand(1);
	for (int i = 0; i < 200000; i++) {
		const size_t size = FRAME_HEAD + (size_t)rand() % (sizeof(bytes) - FRAME_HEAD);

		for (size_t j = 0; j < size; j++)
			bytes[j] = (uint8_t)rand();
		if (i % 4 != 0)
			put_16(bytes + 12, i % 4 == 1 ? FRAME_TYPE_ARP : FRAME_TYPE_IP);
		if (i % 4 == 3 && size > 24) {
			bytes[14] = (uint8_t)(0x40 | (rand() & 7));
			put_16(bytes + 16, (uint32_t)rand() % 300);
			bytes[20] = bytes[21] = 0;
			bytes[23] = (uint8_t[]){1, 6, 17, 47}[rand() % 4];
		}
		assert_true(understood(bytes, size).found <= FRAME_MALFORMED);
	}
}
