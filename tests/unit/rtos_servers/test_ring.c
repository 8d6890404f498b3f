/*
 * The log's lines: each is there as a whole or not at all, after any death of its writer. The
 * oldest lines go. Damaged lines aren't told.
 *
 * Shows: rtos.log.
 */
#include <proto/log.h>
#include <rtos/ring.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define LINES 7
#define SIZE  (LINES * sizeof(struct ring_line) + 5)

static struct ring_line line_of(uint64_t number)
{
	struct ring_line line = {.identity = 1000 + number,
	                         .ms = (uint32_t)number * 3,
	                         .badge = (uint32_t)number % 5,
	                         .length = (uint32_t)(number % (LOG_TEXT + 1))};

	for (uint32_t i = 0; i < line.length; i++)
		line.text[i] = (char)('a' + (number + i) % 26);
	return line;
}

static void expect_line(const struct ring_line *line, uint64_t number)
{
	const struct ring_line right = line_of(number);

	assert_non_null(line);
	assert_int_equal(line->number, number);
	assert_int_equal(line->identity, right.identity);
	assert_int_equal(line->ms, right.ms);
	assert_int_equal(line->badge, right.badge);
	assert_int_equal(line->length, right.length);
	assert_memory_equal(line->text, right.text, LOG_TEXT);
}

/* Expects all lines from `oldest` to `newest`, and no others. */
static void expect_lines(const struct ring *ring, uint64_t oldest, uint64_t newest)
{
	assert_int_equal(ring->newest, newest);
	for (uint64_t number = 0; number <= newest; number++)
		expect_line(ring_from(ring, number), number < oldest ? oldest : number);
	assert_null(ring_from(ring, newest + 1));
	for (uint64_t number = 1; number <= newest + 1; number++)
		assert_int_equal(ring_has(ring, 1000 + number),
		                 number >= oldest && number <= newest);
}

TEST(test_the_oldest_go)
{
	struct ring_line *memory = calloc(1, SIZE);
	struct ring ring;

	ring_open(&ring, memory, SIZE);
	assert_null(ring_from(&ring, 0));
	for (uint64_t number = 1; number <= 3 * LINES; number++) {
		const struct ring_line line = line_of(number);

		ring_add(&ring, &line);
		expect_lines(&ring, number > LINES ? number - LINES + 1 : 1, number);
		ring_open(&ring, memory, SIZE);
		expect_lines(&ring, number > LINES ? number - LINES + 1 : 1, number);
	}
	free(memory);
}

/* A dead writer leaves a place without its number and with some of the new bytes. */
TEST(test_half_a_line_is_none)
{
	struct ring_line *memory = calloc(1, SIZE), *place = &memory[(2 * LINES + 1) % LINES];
	struct ring_line old, new;
	struct ring ring;

	ring_open(&ring, memory, SIZE);
	for (uint64_t number = 1; number <= 2 * LINES; number++) {
		const struct ring_line line = line_of(number);

		ring_add(&ring, &line);
	}
	old = *place;
	new = line_of(2 * LINES + 1);
	for (size_t bytes = 0; bytes <= sizeof(new); bytes++) {
		*place = old;
		memcpy(place, &new, bytes);
		place->number = 0;
		ring_open(&ring, memory, SIZE);
		expect_lines(&ring, LINES + 2, 2 * LINES);
	}
	ring_add(&ring, &new);
	expect_lines(&ring, LINES + 2, 2 * LINES + 1);
	free(memory);
}

/* Each bit of the line counts. */
TEST(test_a_damaged_line_is_none)
{
	struct ring_line *memory = calloc(1, SIZE), *place = &memory[3 % LINES];
	struct ring ring;

	for (size_t bit = 0; bit < sizeof(*place) * 8; bit++) {
		memset(memory, 0, SIZE);
		ring_open(&ring, memory, SIZE);
		for (uint64_t number = 1; number <= 5; number++) {
			const struct ring_line line = line_of(number);

			ring_add(&ring, &line);
		}
		((uint8_t *)place)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ring_open(&ring, memory, SIZE);
		assert_int_equal(ring.newest, 5);
		expect_line(ring_from(&ring, 2), 2);
		expect_line(ring_from(&ring, 3), 4);
	}
	free(memory);
}

/* A reader copies so many bytes. */
TEST(test_no_line_is_longer)
{
	for (uint32_t length = 0; length < 256; length++)
		assert_int_equal(log_line_length(LOG_LINE(length, 3, 7)),
		                 length < LOG_TEXT ? length : LOG_TEXT);
}

/* Damage of any valid line is seen, and of the ring's own variables. */
TEST(test_soundness)
{
	uint8_t memory[SIZE] __attribute__((aligned(8)));
	struct ring ring, other;

	memset(memory, 0, sizeof(memory));
	ring_open(&ring, memory, SIZE);
	assert_true(ring_is_sound(&ring, memory, SIZE));
	for (uint64_t i = 1; i <= LINES + 3; i++) {
		const struct ring_line line = line_of(i);

		ring_add(&ring, &line);
		assert_true(ring_is_sound(&ring, memory, SIZE));
	}
	for (size_t i = 0; i < LINES; i++) {
		ring.line[i].text[3] ^= 1;
		assert_false(ring_is_sound(&ring, memory, SIZE));
		ring.line[i].text[3] ^= 1;
	}
	other = ring;
	other.newest++;
	assert_false(ring_is_sound(&other, memory, SIZE));
	other.newest -= 2;
	assert_false(ring_is_sound(&other, memory, SIZE));
	other = ring;
	other.count--;
	assert_false(ring_is_sound(&other, memory, SIZE));
}
