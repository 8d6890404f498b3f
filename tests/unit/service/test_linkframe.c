/* Link frames: whole, split, damaged, hidden in rubbish. */
#include <lib/linkframe.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static struct linkframe_parser parser;
static unsigned int plain, frames;
static struct linkframe last;
static uint8_t last_payload[LINK_PAYLOAD_MAX];

static void start(void)
{
	memset(&parser, 0, sizeof(parser));
	plain = frames = 0;
}

static void feed(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		struct linkframe frame;

		plain += linkframe_put(&parser, bytes[i]);
		while (linkframe_next(&parser, &frame)) {
			frames++;
			last = frame;
			memcpy(last_payload, frame.payload, frame.size);
		}
	}
}

static size_t make(uint8_t *out, uint8_t type, const void *payload, size_t size)
{
	memcpy(out + LINKFRAME_HEADER, payload, size);
	return linkframe_close(out, type, size);
}

TEST(test_whole)
{
	uint8_t bytes[LINKFRAME_MAX], payload[LINK_PAYLOAD_MAX];

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)i;
	start();
	for (size_t size = 0; size <= LINK_PAYLOAD_MAX; size += 31) {
		feed(bytes, make(bytes, 7, payload, size));
		assert_int_equal(last.size, size);
		assert_int_equal(last.type, 7);
		assert_memory_equal(last_payload, payload, size);
	}
	assert_int_equal(frames, LINK_PAYLOAD_MAX / 31 + 1);
	assert_int_equal(plain, 0);
	assert_int_equal(parser.bad, 0);
}

TEST(test_greatest)
{
	uint8_t bytes[LINKFRAME_MAX], payload[LINK_PAYLOAD_MAX];

	memset(payload, LINK_START, sizeof(payload));
	start();
	feed(bytes, make(bytes, 1, payload, sizeof(payload)));
	feed(bytes, make(bytes, 1, payload, sizeof(payload)));
	assert_int_equal(frames, 2);
	assert_false(linkframe_inside(&parser));
}

TEST(test_plain_text_between)
{
	uint8_t bytes[64];

	start();
	feed((const uint8_t *)"abc", 3);
	feed(bytes, make(bytes, 3, "xy", 2));
	feed((const uint8_t *)"de", 2);
	assert_int_equal(plain, 5);
	assert_int_equal(frames, 1);
}

/* Shows: operator.link. */
TEST(test_every_damage)
{
	uint8_t bytes[64], next[64];
	size_t size = make(bytes, 3, "payload", 7);
	size_t next_size = make(next, 4, "next", 4);

	for (size_t bit = 8; bit < size * 8; bit++) {
		start();
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		feed(bytes, size);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		for (unsigned int i = 0; i < 90; i++) /* past any damaged length */
			feed(next, next_size);
		assert_int_equal(last.type, 4);
		assert_true(frames >= 88);
	}
}

/* A false start that swallows good frames gives all of them back. */
TEST(test_frames_in_a_bad_frame)
{
	uint8_t bytes[LINKFRAME_MAX] = {LINK_START, 1, 40, 0};
	size_t size = 4;

	start();
	size += make(bytes + size, 9, "one", 3);
	size += make(bytes + size, 9, "two", 3);
	size += make(bytes + size, 9, "three", 5);
	size += make(bytes + size, 9, "four", 4);
	feed(bytes, size);
	assert_int_equal(frames, 4);
	assert_int_equal(parser.bad, 1);
}

/* Shows: operator.link. */
TEST(test_random)
{
	uint8_t bytes[LINKFRAME_MAX];

	srand(11);
	start();
	for (unsigned int i = 0; i < 300000; i++) {
		uint8_t byte = rand() % 4 ? (uint8_t)rand() : LINK_START;

		feed(&byte, 1);
		assert_true(parser.have <= LINKFRAME_MAX);
	}
	linkframe_reset(&parser);
	frames = 0;
	feed(bytes, make(bytes, 5, "", 0));
	assert_int_equal(frames, 1);
}

/* Even a caller that never asks for frames can't make the buffer overflow. */
TEST(test_a_caller_that_never_asks)
{
	uint8_t bytes[LINKFRAME_MAX], payload[LINK_PAYLOAD_MAX] = {0};
	size_t size = make(bytes, 1, payload, sizeof(payload));

	start();
	for (unsigned int i = 0; i < 4 * LINKFRAME_MAX; i++)
		(void)linkframe_put(&parser, bytes[i % size]);
	assert_true(parser.have <= LINKFRAME_MAX);
}
