/*
 * The journal of once-only operations (rtos/journal.h), and the template server on it.
 *
 * Shows: rtos.repeats.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <templates/server/counters.h>
#include <unit.h>

static struct counters counters;

static void begin(void)
{
	memset(&counters, 0, sizeof(counters));
	journal_begin(&counters.journal);
}

const struct unit_fixture unit_each = {begin, NULL};

static uint64_t serve(uint64_t identity, uint64_t operation, uint64_t which, uint64_t added,
                      bool changes)
{
	uint64_t word[RTOS_WORDS] = {operation, which, added};

	assert_true(counters_serve(&counters, identity, word) == changes);
	assert_int_equal(word[0], COUNTER_OK);
	return word[1];
}

TEST(test_counts)
{
	assert_int_equal(serve(1, COUNTER_ADD, 3, 5, true), 0);
	assert_int_equal(serve(2, COUNTER_ADD, 3, 5, true), 5);
	assert_int_equal(serve(3, COUNTER_READ, 3, 0, false), 10);
	assert_int_equal(serve(4, COUNTER_READ, 4, 0, false), 0);
}

TEST(test_bad_calls)
{
	const uint64_t bad[][2] = {
	    {COUNTER_ADD, COUNTERS}, {COUNTER_READ, UINT64_MAX}, {0, 0}, {3, 0}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t word[RTOS_WORDS] = {bad[i][0], bad[i][1], 7};

		assert_false(counters_serve(&counters, 9, word));
		assert_int_equal(word[0], COUNTER_BAD);
	}
}

TEST(test_a_repeat_is_answered_as_before)
{
	serve(7, COUNTER_ADD, 0, 5, true);
	journal_begin(&counters.journal);
	assert_int_equal(serve(7, COUNTER_ADD, 0, 5, false), 0);
	assert_int_equal(serve(8, COUNTER_READ, 0, 0, false), 5);
}

/* More urgent ones come before the repeat. */
TEST(test_a_repeat_behind_others)
{
	serve(7, COUNTER_ADD, 0, 5, true);
	journal_begin(&counters.journal);
	for (uint64_t i = 100; i < 200; i++)
		serve(i, COUNTER_ADD, 0, 1, true);
	assert_int_equal(serve(7, COUNTER_ADD, 0, 5, false), 0);
}

/* So many servers may crash meanwhile, each with a call that it carried out. */
TEST(test_a_repeat_behind_others_crashes)
{
	serve(7, COUNTER_ADD, 0, 5, true);
	for (uint64_t i = 1; i < JOURNAL_PLACES; i++) {
		journal_begin(&counters.journal);
		serve(100 + i, COUNTER_ADD, 0, 1, true);
	}
	assert_int_equal(serve(7, COUNTER_ADD, 0, 5, false), 0);
	for (uint64_t i = 1; i < JOURNAL_PLACES; i++)
		assert_int_equal(serve(100 + i, COUNTER_ADD, 0, 1, false), 4 + i);
}

#define OPEN 5

static uint64_t open_identity[OPEN];
static uint32_t open_crashes[OPEN]; /* that it waited through */

/* Any open call, but none waits through as many crashes as the journal has places. */
static int choose(void)
{
	for (int i = 0; i < OPEN; i++)
		if (open_crashes[i] >= JOURNAL_PLACES - OPEN)
			return i;
	return rand() % OPEN;
}

static void crash(const struct counters *kept)
{
	counters = *kept;
	journal_begin(&counters.journal);
	for (int i = 0; i < OPEN; i++)
		open_crashes[i]++;
}

/* Crashes before and behind what is kept, and repeats behind other calls: each counts once. */
TEST(test_random)
{
	struct counters kept = counters;
	uint64_t next = 1, answered = 0;

	srand(1);
	for (int i = 0; i < OPEN; i++)
		open_identity[i] = next++;
	while (answered < 100000) {
		const int which = choose();
		uint64_t word[RTOS_WORDS] = {COUNTER_ADD, 0, 1};

		if (counters_serve(&counters, open_identity[which], word)) {
			if (rand() % 8 == 0) {
				crash(&kept);
				continue;
			}
			kept = counters;
		}
		if (rand() % 8 == 0) {
			crash(&kept);
			continue;
		}
		open_identity[which] = next++;
		open_crashes[which] = 0;
		answered++;
		assert_in_range(counters.value[0], answered, answered + OPEN);
	}
	for (int i = 0; i < OPEN; i++, answered++) {
		uint64_t word[RTOS_WORDS] = {COUNTER_ADD, 0, 1};

		(void)counters_serve(&counters, open_identity[i], word);
	}
	assert_int_equal(counters.value[0], answered);
}
