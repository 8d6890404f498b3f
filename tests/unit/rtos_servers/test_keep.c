/*
 * Kept memory as two copies: the last written state is found again, after any half write. A damaged
 * copy is never taken for a state.
 *
 * Shows: rtos.kept.
 */
#include <rtos/keep.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define VERSION 7

struct state {
	uint64_t counter;
	uint8_t bytes[53];
};

static struct state state_of(uint64_t counter)
{
	struct state state;

	memset(&state, 0, sizeof(state));
	state.counter = counter;
	for (size_t i = 0; i < sizeof(state.bytes); i++)
		state.bytes[i] = (uint8_t)(counter * 31 + i);
	return state;
}

static uint8_t *new_area(void)
{
	uint8_t *area = calloc(1, keep_area(sizeof(struct state)));

	assert_non_null(area);
	return area;
}

/* Each bit of the valid copy matters, and each bit of the state. */
TEST(test_holds)
{
	uint8_t *area = new_area();
	struct state written = state_of(5), other;
	struct keep keep;
	size_t damaged = 0;

	(void)keep_open(&keep, area, &other, sizeof(other), VERSION);
	assert_true(keep_holds(&keep, &written)); /* nothing was written yet */
	keep_write_twice(&keep, &written);
	assert_true(keep_holds(&keep, &written));
	other = state_of(6);
	assert_false(keep_holds(&keep, &other));
	for (size_t i = 0; i < keep_area(sizeof(written)); i++) {
		area[i] ^= 4;
		damaged += !keep_holds(&keep, &written);
		area[i] ^= 4;
	}
	assert_in_range(damaged, 24 + sizeof(written) - 8, keep_area(sizeof(written)) / 2);
	free(area);
}

TEST(test_nothing_first_then_the_last)
{
	uint8_t *area = new_area();
	struct state found, written;
	struct keep keep;

	assert_int_equal(keep_open(&keep, area, &found, sizeof(found), VERSION), KEEP_NOTHING);
	for (uint64_t i = 1; i <= 5; i++) {
		written = state_of(i);
		keep_write(&keep, &written);
		assert_int_equal(keep_open(&keep, area, &found, sizeof(found), VERSION),
		                 KEEP_FOUND);
		assert_memory_equal(&found, &written, sizeof(found));
	}
	free(area);
}

/* If one copy is damaged, the other one has the same state. */
TEST(test_written_twice)
{
	const size_t half = keep_area(sizeof(struct state)) / 2;
	struct state found, first = state_of(1), second = state_of(2);

	for (size_t damaged = 0; damaged < 2; damaged++) {
		uint8_t *area = new_area();
		struct keep keep;

		(void)keep_open(&keep, area, &found, sizeof(found), VERSION);
		keep_write(&keep, &first);
		keep_write_twice(&keep, &second);
		area[damaged * half + half / 2] ^= 1;
		assert_int_equal(keep_open(&keep, area, &found, sizeof(found), VERSION),
		                 KEEP_FOUND);
		assert_memory_equal(&found, &second, sizeof(found));
		free(area);
	}
}

TEST(test_a_refused_copy_leaves_the_copy_before)
{
	uint8_t *area = new_area();
	struct state found, first = state_of(1), second = state_of(2);
	struct keep keep;

	assert_int_equal(keep_open(&keep, area, &found, sizeof(found), VERSION), KEEP_NOTHING);
	keep_write(&keep, &first);
	keep_write(&keep, &second);
	assert_int_equal(keep_refuse(&keep, &found), KEEP_FOUND);
	assert_memory_equal(&found, &first, sizeof(found));
	keep_write(&keep, &second);
	assert_int_equal(keep_open(&keep, area, &found, sizeof(found), VERSION), KEEP_FOUND);
	assert_memory_equal(&found, &second, sizeof(found));
	assert_int_equal(keep_refuse(&keep, &found), KEEP_FOUND);
	assert_int_equal(keep_refuse(&keep, &found), KEEP_NOTHING);
	free(area);
}

/*
 * A write is cut off behind each byte. Stores reach memory in order, so a crash leaves one of these
 * states, or, as the magic goes first, no copy.
 */
TEST(test_half_a_write_leaves_the_copy_before)
{
	const size_t size = keep_area(sizeof(struct state));
	uint8_t *area = new_area(), *before = new_area(), *after = new_area();
	struct state found, old = state_of(0), new = state_of(0);
	struct keep keep;

	(void)keep_open(&keep, area, &found, sizeof(found), VERSION);
	for (uint64_t round = 1; round <= 6; round++) {
		memcpy(before, area, size);
		new = state_of(round);
		keep_write(&keep, &new);
		memcpy(after, area, size);
		for (size_t cut = 0; cut < size; cut++) {
			/* The magic of the copy that is written goes first and comes last. */
			memcpy(area, before, size);
			memset(area + round % 2 * (size / 2), 0, 4);
			memcpy(area + round % 2 * (size / 2) + 4,
			       after + round % 2 * (size / 2) + 4,
			       cut < size / 2 - 4 ? cut : size / 2 - 4);
			if (keep_open(&keep, area, &found, sizeof(found), VERSION) == KEEP_FOUND)
				assert_memory_equal(&found, &old, sizeof(found));
			else
				assert_int_equal(round, 1);
		}
		memcpy(area, after, size);
		assert_int_equal(keep_open(&keep, area, &found, sizeof(found), VERSION),
		                 KEEP_FOUND);
		assert_memory_equal(&found, &new, sizeof(found));
		old = new;
	}
	free(area);
	free(before);
	free(after);
}

/*
 * With one wrong bit in the newest copy, the one before counts. With a wrong bit in both copies,
 * the state is damaged.
 */
TEST(test_every_damage_is_found)
{
	const size_t half = keep_area(sizeof(struct state)) / 2;
	const size_t used = sizeof(struct state) + 24;
	uint8_t *area = new_area();
	struct state found, one = state_of(1), two = state_of(2);
	struct keep keep;

	(void)keep_open(&keep, area, &found, sizeof(found), VERSION);
	keep_write(&keep, &one);
	keep_write(&keep, &two);
	for (size_t i = 0; i < used; i++) {
		area[i] ^= 4; /* copy 2 is at the beginning */
		assert_int_equal(keep_open(&keep, area, &found, sizeof(found), VERSION),
		                 KEEP_FOUND);
		assert_memory_equal(&found, &one, sizeof(found));
		area[half + i] ^= 1;
		assert_int_equal(keep_open(&keep, area, &found, sizeof(found), VERSION),
		                 KEEP_DAMAGED);
		area[half + i] ^= 1;
		area[i] ^= 4;
	}
	free(area);
}

TEST(test_another_version_or_size_is_no_state)
{
	uint8_t *area = new_area();
	struct state found, one = state_of(1);
	struct keep keep;

	(void)keep_open(&keep, area, &found, sizeof(found), VERSION);
	keep_write(&keep, &one);
	assert_int_equal(keep_open(&keep, area, &found, sizeof(found), VERSION + 1), KEEP_DAMAGED);
	assert_int_equal(keep_open(&keep, area, &found, sizeof(found) - 8, VERSION), KEEP_DAMAGED);
	/* The new version begins anew over the old state. */
	(void)keep_open(&keep, area, &found, sizeof(found), VERSION + 1);
	keep_write(&keep, &one);
	assert_int_equal(keep_open(&keep, area, &found, sizeof(found), VERSION + 1), KEEP_FOUND);
	free(area);
}

/* A copy at the place of the other number was never written by keep_write(). */
TEST(test_a_copy_in_the_wrong_place)
{
	const size_t half = keep_area(sizeof(struct state)) / 2;
	uint8_t *area = new_area();
	struct state found, one = state_of(1);
	struct keep keep;

	(void)keep_open(&keep, area, &found, sizeof(found), VERSION);
	keep_write(&keep, &one);
	memcpy(area, area + half, half);
	memset(area + half, 0, half);
	assert_int_equal(keep_open(&keep, area, &found, sizeof(found), VERSION), KEEP_DAMAGED);
	free(area);
}
