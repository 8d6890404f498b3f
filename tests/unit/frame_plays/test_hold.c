/*
 * Cores that change hands: one case each, of moments that test_life_random.c comes to by chance, or
 * never.
 *
 * Shows: cores.one-holder.
 */
#include "cores.h"

#include <kumiki/hold.h>
#include <kumiki/hypercall.h>
#include <run/hold.h>
#include <stdlib.h>
#include <unit.h>

#define MOVES     2u /* the core */
#define EVERYBODY (~0u)

/* Two partitions with a core each, the first of which has the third one, too; its CPU there is off.
 */
static const struct cores_plan two = {
    .cores = 3,
    .partitions = 2,
    .vcpus = {2, 2},
    .placed = true,
    .place = {{0, MOVES}, {1, MOVES}},
    .holders = {[MOVES] = 3},
};

static void begin(void)
{
	cores_begin(&two);
	cores_load_all();
	cores_on(0);
	fake_time(10ULL << HOLD_TICK_SHIFT);
}

const struct unit_fixture unit_each = {begin, NULL};

static uint32_t holder(void)
{
	return HOLD_HOLDER(hold_record(MOVES));
}

static void ask(uint32_t to, uint64_t time)
{
	assert_in_range(hold_ask(EVERYBODY, MOVES, to, time), 0, 0xff);
	cores_settle();
	assert_null(cores_breach_settled());
}

TEST(test_a_core_goes_to_its_next_holder)
{
	ask(1, 1);
	assert_int_equal(holder(), 1);
	ask(0, 1);
	assert_int_equal(holder(), 0);
}

/*
 * The asker has read the core's holder, and asks for the core to stay there. But the core has just
 * gone, and its CPU isn't on yet. The asker finds that the core has come; so it mustn't go back
 * after that.
 */
TEST(test_withdrawn_just_behind_it_came)
{
	ask(1, 1);
	ask(0, 0);
	assert_int_equal(holder(), 1);
	fake_time(20ULL << HOLD_TICK_SHIFT);
	cores_do(MOVES, hold_look);
	assert_int_equal(holder(), 1);
}

/*
 * The asker has read the record, and withdraws. But another one has just asked for something else,
 * and nothing else would tell it that its order is over.
 */
TEST(test_withdrawn_is_what_is_meant)
{
	const int64_t first = hold_ask(EVERYBODY, MOVES, 1, 5);
	const int64_t second = hold_ask(EVERYBODY, MOVES, HOLD_NOBODY, 5);

	assert_int_equal(hold_ask(EVERYBODY, MOVES, HOLD_WITHDRAW, (uint64_t)first),
	                 KUMIKI_INVALID_PARAMETERS);
	assert_int_equal(HOLD_WANTED(hold_record(MOVES)), HOLD_NOBODY);
	assert_int_equal(HOLD_NUMBER(hold_record(MOVES)), second);
	assert_int_equal(hold_ask(1u << 1, MOVES, HOLD_WITHDRAW, (uint64_t)second), KUMIKI_DENIED);
	assert_int_equal(hold_ask(EVERYBODY, MOVES, HOLD_WITHDRAW, (uint64_t)second), second + 1);
	assert_int_equal(HOLD_WANTED(hold_record(MOVES)), 0);
	cores_settle();
	assert_null(cores_breach_settled());
	assert_int_equal(holder(), 0);
}

/* The core has come: its present holder keeps it. */
TEST(test_withdrawn_by_number_behind_it_came)
{
	ask(1, 1);
	ask(HOLD_WITHDRAW, HOLD_NUMBER(hold_record(MOVES)));
	assert_int_equal(holder(), 1);
	assert_int_equal(HOLD_WANTED(hold_record(MOVES)), 1);
}

TEST(test_a_fixed_core_is_asked_for_by_nobody)
{
	assert_int_equal(hold_ask(EVERYBODY, 0, HOLD_WITHDRAW, 0), KUMIKI_INVALID_PARAMETERS);
	assert_int_equal(hold_record(0), HOLD_FIXED);
	assert_int_equal(hold_ask(EVERYBODY, 3, HOLD_WITHDRAW, 0), KUMIKI_INVALID_PARAMETERS);
}
