/*
 * Sums and copies of the network's server are compared with sums made byte by byte. Frames are
 * copied and checked: good ones, ones with each bit wrong, and ones that aren't whole packets.
 *
 * Shows: rtos.mad-card.
 */
#include <lib/copy.h>
#include <servers/net/check.h>
#include <servers/net/settings.h>
#include <servers/net/sum.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

/* The sum as RFC 1071 has it: words in memory's order. */
static uint32_t plainly(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += (uint32_t)bytes[i] << 8 * (i % 2);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void fill(uint8_t *bytes, size_t size, int seed)
{
	uint32_t state = (uint32_t)seed * 2654435761U + 1;

	for (size_t i = 0; i < size; i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = seed % 5 == 0 ? 0xff : (uint8_t)(state >> 24);
	}
}

/* Each place is an allocation of its own, so that the sanitizer sees a byte too many. */
TEST(test_sums)
{
	for (int size = 0; size < 400; size++) {
		uint8_t *from = malloc((size_t)size + 1), *to = malloc((size_t)size + 1);

		fill(from, (size_t)size, size);
		assert_int_equal(sum_of(from, size), plainly(from, (size_t)size));
		assert_int_equal(sum_copy(to, from, (uint16_t)size), plainly(from, (size_t)size));
		assert_memory_equal(to, from, (size_t)size);
		memset(to, 0, (size_t)size);
		copy_bytes(to, from, (size_t)size);
		assert_memory_equal(to, from, (size_t)size);
		free(from);
		free(to);
	}
}

/* ---- frames ---- */

enum { ETHERNET = 14, HEAD = 34, TCP = 6, UDP = 17 };

static void put_16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/*
 * Makes a packet with so many bytes behind its IP header, and puts its sum at `sum_at` behind that.
 */
static void make(uint8_t *frame, uint32_t packet, uint8_t protocol, uint32_t sum_at)
{
	uint8_t pseudo[2048];
	uint32_t sum;

	fill(frame, HEAD + packet, 3);
	put_16(frame + 12, 0x0800);
	frame[ETHERNET] = 0x45;
	put_16(frame + ETHERNET + 2, 20 + packet);
	put_16(frame + ETHERNET + 6, 0x4000);
	frame[ETHERNET + 9] = protocol;
	put_16(frame + ETHERNET + 10, 0);
	sum = plainly(frame + ETHERNET, 20) ^ 0xffff;
	memcpy(frame + ETHERNET + 10, &sum, 2);
	put_16(frame + HEAD + sum_at, 0);
	memcpy(pseudo, frame + ETHERNET + 12, 8);
	put_16(pseudo + 8, protocol);
	put_16(pseudo + 10, packet);
	memcpy(pseudo + 12, frame + HEAD, packet);
	sum = plainly(pseudo, packet + 12) ^ 0xffff;
	memcpy(frame + HEAD + sum_at, &sum, 2);
}

static enum check checked(const uint8_t *frame, uint32_t length)
{
	uint8_t *from = malloc(length), *to = malloc(length);
	enum check answer;

	memcpy(from, frame, length);
	answer = check_copy(to, from, length);
	assert_memory_equal(to, from, length);
	free(from);
	free(to);
	return answer;
}

TEST(test_frames)
{
	uint8_t frame[2048];

	for (uint32_t packet = 20; packet < 300; packet++) {
		make(frame, packet, TCP, 16);
		assert_int_equal(checked(frame, HEAD + packet), CHECK_GOOD);
		/* A short frame is filled up. */
		assert_int_equal(checked(frame, HEAD + packet + 18), CHECK_GOOD);
		make(frame, packet, UDP, 6);
		assert_int_equal(checked(frame, HEAD + packet), CHECK_GOOD);
	}
}

/* Each turned bit of a packet is seen, or the frame isn't one with a sum any more. */
TEST(test_damaged)
{
	uint8_t frame[2048];

	make(frame, 60, TCP, 16);
	for (uint32_t bit = 12 * 8; bit < (HEAD + 60) * 8; bit++) {
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(checked(frame, HEAD + 60), CHECK_GOOD);
		frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(checked(frame, HEAD + 60), CHECK_GOOD);
}

TEST(test_frames_that_arent_checked)
{
	uint8_t frame[2048];

	for (uint32_t length = 14; length < HEAD + 60; length++) {
		make(frame, 60, TCP, 16);
		assert_int_equal(checked(frame, length), CHECK_UNKNOWN); /* cut off */
	}
	put_16(frame + ETHERNET + 6, 0x2000); /* more fragments follow */
	assert_int_equal(checked(frame, HEAD + 60), CHECK_UNKNOWN);
	make(frame, 60, UDP, 6);
	put_16(frame + HEAD + 6, 0); /* it has no sum */
	assert_int_equal(checked(frame, HEAD + 60), CHECK_UNKNOWN);
	make(frame, 60, 1, 2);
	assert_int_equal(checked(frame, HEAD + 60), CHECK_UNKNOWN); /* another protocol */
}

/* ---- arguments ---- */

TEST(test_settings)
{
	static const char good[] = "address 10.0.2.15/24\0router 10.0.2.2\0names 8.8.4.4";
	static const char *const wrong[] = {
	    "address 10.0.2.15",
	    "address 10.0.2/24",
	    "address 10.0.2.256/24",
	    "address 10.0.2.15/31",
	    "address 10.0.2.15/0",
	    "address 10.0.2.15/24 ",
	    "address 0.0.0.0/8",
	    "address",
	    "address automatically",
	    "router 1.2.3.4.5",
	    "router 1..2.3",
	    "router",
	    "names 1.2.3.0004",
	    "name 1.2.3.4",
	    "",
	};
	struct settings settings;

	assert_null(settings_read(&settings, "", 0));
	assert_true(settings.automatic);
	assert_null(settings_read(&settings, "address automatic", 1));
	assert_true(settings.automatic);
	assert_null(settings_read(&settings, good, 3));
	assert_false(settings.automatic);
	assert_int_equal(settings.address, 0x0a00020f);
	assert_int_equal(settings.mask, 0xffffff00);
	assert_int_equal(settings.router, 0x0a000202);
	assert_int_equal(settings.names, 0x08080404);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_ptr_equal(settings_read(&settings, wrong[i], 1), wrong[i]);
	assert_non_null(settings_read(&settings, "router 10.0.2.2", 1)); /* and no address */
}
