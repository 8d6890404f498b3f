/* Looks by a rule: each view and each condition. */
#include "rule_world.h"
#include <stdlib.h>
#include <string.h>
#include <unit.h>

/* ---- views: each object has its number at `NUMBER`; that of the third object is wrong ---- */

#define STEP   0x100u
#define NUMBER 0x40u

static uint32_t object(uint32_t number)
{
	return 0x2000 + number * STEP;
}

static void number_objects(void)
{
	for (uint32_t i = 0; i < 5; i++)
		store(object(i) + NUMBER, i == 2 ? 13 : 12);
}

static void expect_found_of(struct parts parts)
{
	parts.mends = 1;
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_ADD, 0, NUMBER);
	step(&parts, RULE_LOAD, 8, 0);
	step(&parts, RULE_KEEP, 0, 0);
	step(&parts, RULE_NUMBER, 0, 12);
	step(&parts, RULE_EQUAL, 0, 0);
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	assert_true(look(&parts));
	assert_true(notes != 0);
	assert_int_equal(last_where, BASE + object(2));
	assert_string_equal(last, "finding 0x40002200");
}

static void expect_third_of(struct parts parts)
{
	expect_found_of(parts);
	assert_int_equal(notes, 1);
	assert_int_equal(objects.count[0], 5);
}

static void expect_third(struct rule_view view, uint32_t place)
{
	expect_third_of(begin(view, place));
}

static void expect_cannot(struct rule_view view, uint32_t place)
{
	struct parts parts = begin(view, place);

	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	assert_false(look(&parts));
}

const struct unit_fixture unit_each = {set_up, tear_down};

TEST(test_list)
{
	number_objects();
	for (uint32_t i = 0; i < 5; i++)
		store(object(i) + 8, BASE + (i < 4 ? object(i + 1) + 8 : 0x100));
	store(0x100, BASE + object(0) + 8);
	expect_third((struct rule_view){.kind = RULE_LIST, .link = 8}, 0x100);
}

/*
 * A list that is damaged at one place is read from both ends. If both ways go in a circle, all
 * objects on the two ways are there. Only a way that leads nowhere is a look that can't tell.
 */
TEST(test_list_in_a_circle)
{
	const struct rule_view view = {.kind = RULE_LIST, .link = 8};

	number_objects();
	for (uint32_t i = 0; i < 5; i++) {
		store(object(i) + 8, BASE + (i < 4 ? object(i + 1) + 8 : 0x100));
		store(object(i) + 16, BASE + (i > 0 ? object(i - 1) + 8 : 0x100));
	}
	store(0x100, BASE + object(0) + 8);
	store(0x108, BASE + object(4) + 8);
	store(object(1) + 8, BASE + object(0) + 8);
	expect_found_of(begin(view, 0x100));
	store(object(2) + 16, BASE + object(3) + 8);
	expect_found_of(begin(view, 0x100));
	store(object(1) + 8, 0);
	expect_cannot(view, 0x100);
}

TEST(test_hash_and_chain)
{
	number_objects();
	store(0x100, BASE + object(0) + 8);
	store(0x110, BASE + object(3) + 8); /* the third of three heads */
	store(object(0) + 8, BASE + object(1) + 8);
	store(object(1) + 8, BASE + object(2) + 8);
	store(object(3) + 8, BASE + object(4) + 8);
	expect_third((struct rule_view){.kind = RULE_HASH, .link = 8, .count = 3}, 0x100);
	for (uint32_t i = 0; i < 4; i++)
		store(object(i) + 8, BASE + object(i + 1));
	expect_third((struct rule_view){.kind = RULE_CHAIN, .link = 8}, object(0));
}

/* Up to the element whose pointer is null. */
TEST(test_row)
{
	const struct rule_view view = {.kind = RULE_ROW, .link = 8, .b = STEP};

	number_objects();
	for (uint32_t i = 0; i < 5; i++)
		store(object(i) + 8, 1);
	store(object(5) + 8, 0);
	expect_third(view, object(0));
}

TEST(test_array)
{
	number_objects();
	expect_third((struct rule_view){.kind = RULE_ARRAY, .b = STEP, .count = 5}, object(0));
}

/* The root with two children, one of which has two children, too. Left is at 16, right at 8. */
TEST(test_tree)
{
	number_objects();
	store(0x100, BASE + object(0) + 0x10);
	store(object(0) + 0x10 + 16, BASE + object(1) + 0x10);
	store(object(0) + 0x10 + 8, BASE + object(2) + 0x10);
	store(object(2) + 0x10 + 16, BASE + object(3) + 0x10);
	store(object(2) + 0x10 + 8, BASE + object(4) + 0x10);
	expect_third(
	    (struct rule_view){.kind = RULE_TREE, .link = 0x10, .a = 16, .b = -8, .count = 2},
	    0x100);
}

TEST(test_radix)
{
	number_objects();
	store(0x100, (BASE + 0x400) | 2); /* a node; slots of 8 bytes from 0x28 on */
	store(0x400 + 0x28, BASE + object(0));
	store(0x400 + 0x28 + 8, (BASE + 0x800) | 2);
	store(0x400 + 0x28 + 16, 0x402); /* a number: no pointer */
	for (uint32_t i = 1; i < 5; i++)
		store(0x800 + 0x28 + 8 * i, BASE + object(i));
	expect_third((struct rule_view){.kind = RULE_RADIX, .a = 0x28, .b = 8, .count = 64}, 0x100);
}

/*
 * An array with as many elements of two bytes as the number before it says; also where a pointer
 * leads.
 */
TEST(test_counted_array)
{
	number_objects();
	store(object(0) - 8, 5 | 0x70000);
	expect_third(
	    (struct rule_view){
	        .kind = RULE_ARRAY, .b = STEP, .count = 0, .link = 2, .a = (uint32_t)-8},
	    object(0));
	store(0x200, BASE + object(0));
	store(0x208, 5);
	expect_third(
	    (struct rule_view){.kind = RULE_ARRAY, .b = STEP, .count = 1, .link = 4, .a = 8},
	    0x200);
	store(object(0) - 8, 0xffff);
	expect_cannot((struct rule_view){.kind = RULE_ARRAY, .link = 2, .a = (uint32_t)-8},
	              object(0));
}

TEST(test_cpus)
{
	number_objects();
	for (uint32_t i = 0; i < 5; i++)
		store(0x300 + 8 * i, object(i) - 0x100u);
	store(0x380, 5 | 7ULL << 32);
	expect_third((struct rule_view){.kind = RULE_CPUS, .a = 0x300, .link = 0x380, .count = 1},
	             0x100);
	store(0x380, 1);
	expect_third(
	    (struct rule_view){.kind = RULE_CPUS, .a = 0x300, .link = 0x380, .b = STEP, .count = 5},
	    0x100);
	store(0x380, UINT32_MAX);
	expect_cannot((struct rule_view){.kind = RULE_CPUS, .a = 0x300, .link = 0x380, .count = 1},
	              0x100);
}

/*
 * Each object of two sets has lists of pointers, of which the second pointer is null: objects of
 * five lists in all.
 */
TEST(test_at_each_object_of_a_set)
{
	struct parts parts =
	    begin((struct rule_view){.kind = RULE_CHAIN, .of = 2, .link = 8}, 0x100);

	number_objects();
	parts.step[0].operation = RULE_OBJECT;
	parts.views = 3;
	parts.view[1] =
	    (struct rule_view){.kind = RULE_ARRAY, .first = 1, .steps = 1, .b = 0x20, .count = 2};
	parts.view[2] =
	    (struct rule_view){.kind = RULE_POINTERS, .of = 1, .first = 2, .steps = 1, .count = 3};
	parts.words = 3;
	for (uint32_t i = 0; i < 3; i++)
		parts.word[i] = 8 * i;
	step(&parts, RULE_PLACE, 0, 0x300);
	step(&parts, RULE_OBJECT, 0, 0);
	parts.object = 3;
	store(0x300, BASE + object(0));
	store(0x310, BASE + object(1));
	store(0x320, BASE + object(3));
	store(object(1) + 8, BASE + object(2));
	store(object(3) + 8, BASE + object(4));
	expect_third_of(parts);
	assert_int_equal(last_lack.kind, RULES_LACK_NONE);
	assert_int_equal(objects.count[1], 2);
	assert_int_equal(objects.count[2], 3);
}

/* ---- conditions ---- */

/* Whether a condition about the value at 0x100 leads to no finding. */
static bool holds(uint64_t value, struct rule_step condition, uint64_t other)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x100);

	store(0x100, value);
	store(0x108, other);
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_LOAD, 8, 0);
	step(&parts, RULE_KEEP, 0, 0);
	if (condition.operation <= RULE_AT_MOST) {
		step(&parts, RULE_PLACE, 0, 0x108);
		step(&parts, RULE_LOAD, 8, 0);
	}
	parts.step[parts.steps++] = condition;
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	assert_true(look(&parts));
	return notes == 0;
}

TEST(test_comparisons)
{
	const struct rule_step equal = {.operation = RULE_EQUAL};
	const struct rule_step differs = {.operation = RULE_DIFFERS};
	const struct rule_step less = {.operation = RULE_LESS};
	const struct rule_step signed_less = {.operation = RULE_LESS, .index = 1};
	const struct rule_step most = {.operation = RULE_AT_MOST};
	const struct rule_step text = {.operation = RULE_IN_TEXT};

	assert_true(holds(5, equal, 5));
	assert_false(holds(5, equal, 6));
	assert_true(holds(5, differs, 6));
	assert_false(holds(5, differs, 5));
	assert_true(holds(5, less, 6));
	assert_false(holds(5, less, 5));
	assert_false(holds(~0ULL, less, 5));
	assert_true(holds(~0ULL, signed_less, 5));
	assert_true(holds(5, most, 5));
	assert_false(holds(6, most, 5));
	assert_true(holds(BASE + 0x1000, text, 0));
	assert_true(holds(BASE + 0x1fff, text, 0));
	assert_false(holds(BASE + 0x2000, text, 0));
	assert_false(holds(0, text, 0));
}

/* Texts are compared up to their end, or over all four characters. */
TEST(test_texts)
{
	static const char *const texts[] = {"", "a", "ab", "abc", "abcd", "xb"};

	for (uint32_t i = 0; i < 6; i++) {
		for (uint32_t differs = 0; differs < 2; differs++) {
			struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x100);

			memcpy(parts.text + 10, texts[i], strlen(texts[i]) + 1);
			store(0x100, 0x7a006261); /* "ab", and "z" behind its end */
			step(&parts, RULE_OBJECT, 0, 0);
			step(&parts, RULE_SAME, 4, 10);
			parts.step[parts.steps - 1].index = (uint16_t)differs;
			step(&parts, RULE_MUST, 0, 0);
			words(&parts, RULE_HEX);
			assert_true(look(&parts));
			assert_int_equal(notes == 0, (i == 2) != (differs == 1));
			store(0x100, 0x64636261);
			assert_true(look(&parts));
			assert_int_equal(notes == 0, (i == 4) != (differs == 1));
		}
	}
}

TEST(test_links_lead_back)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x110);

	store(0x110, BASE + 0x120);
	store(0x118, BASE + 0x100);
	store(0x120 + 8, BASE + 0x110);
	store(0x100, BASE + 0x110);
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_LEADS_BACK, 0, 8 << 16);
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	assert_true(look(&parts));
	assert_int_equal(notes, 0);
	store(0x100, BASE);
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_int_equal(last_lack.kind, RULES_LACK_NONE);
	store(0x100, BASE + 0x110);
	store(0x110, 16); /* leads nowhere */
	parts.mends = 1;
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_int_equal(last_lack.kind, RULES_LACK_BACK);
	assert_int_equal(last_lack.link, BASE + 0x110);
}

/*
 * Objects of any kind have a list with ends. A null pointer is such an end; in a list_head it is a
 * damage.
 */
TEST(test_objects_lead_back)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x110);

	store(0x110, BASE + 0x130); /* next; the pointer back is behind it */
	store(0x118, 0);
	store(0x138, BASE + 0x110);
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_LEADS_BACK, 0, 8 << 16);
	parts.step[parts.steps - 1].index = 1;
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	parts.mends = 1;
	assert_true(look(&parts));
	assert_int_equal(notes, 0);
	store(0x138, BASE + 0x150);
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_int_equal(last_lack.kind, RULES_LACK_NEXT);
	assert_int_equal(last_lack.link, BASE + 0x110);
	assert_int_equal(last_lack.head, 8 << 16);
	store(0x138, BASE + 0x110);
	for (uint32_t i = 0; i < parts.steps; i++)
		if (parts.step[i].operation == RULE_LEADS_BACK)
			parts.step[i].index = 0;
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
}

/*
 * An object that isn't in a list lacks its link there. A later condition's finding lacks something
 * else.
 */
TEST(test_missing_in_a_list)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x300), more;

	parts.views = 2;
	parts.mends = 1;
	parts.view[1] = (struct rule_view){.kind = RULE_LIST, .first = 1, .steps = 1, .link = 0x10};
	step(&parts, RULE_PLACE, 0, 0x200);
	parts.object = 2;
	store(0x200, BASE + 0x210);
	store(0x210, BASE + 0x200);
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_IN_SET, 0, 0);
	parts.step[parts.steps - 1].index = 1;
	more = parts;
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_int_equal(last_lack.kind, RULES_LACK_LINK);
	assert_int_equal(last_lack.link, BASE + 0x310);
	assert_int_equal(last_lack.head, BASE + 0x200);
	step(&more, RULE_IN_TEXT, 0, 0);
	step(&more, RULE_MUST, 0, 0);
	words(&more, RULE_HEX);
	assert_true(look(&more));
	assert_int_equal(notes, 1);
	assert_int_equal(last_lack.kind, RULES_LACK_NONE);
}

/*
 * In a chain an object lacks its place, that is, the pointer before it leads to the object. The
 * first object of the chain has a pointer that was loaded.
 */
TEST(test_wrong_in_a_chain)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_CHAIN, .link = 8}, 0x100);

	parts.mends = 1;
	step(&parts, RULE_LOAD, 8, 0);
	parts.view[0].steps = 2;
	parts.object = 2;
	store(0x100, BASE + object(0));
	store(object(0) + 8, BASE + object(1));
	store(object(1) + 8, 0);
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_ADD, 0, NUMBER);
	step(&parts, RULE_LOAD, 8, 0);
	step(&parts, RULE_KEEP, 0, 0);
	step(&parts, RULE_NUMBER, 0, 12);
	step(&parts, RULE_EQUAL, 0, 0);
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	for (uint32_t i = 0; i < 2; i++) {
		store(object(i) + NUMBER, 13);
		store(object(1 - i) + NUMBER, 12);
		assert_true(look(&parts));
		assert_int_equal(notes, 1);
		assert_int_equal(last_lack.kind, RULES_LACK_PLACE);
		assert_int_equal(last_lack.link, BASE + object(i) + 8);
		assert_int_equal(last_lack.head, BASE + (i == 0 ? 0x100 : object(0) + 8));
	}
	parts.mends = 0;
	assert_true(look(&parts));
	assert_int_equal(last_lack.kind, RULES_LACK_NONE);
}

/*
 * Of several chains the objects are those of one behind the other. The pointer to the first object
 * of the second chain is that chain's own.
 */
TEST(test_wrong_in_the_second_chain)
{
	struct parts parts =
	    begin((struct rule_view){.kind = RULE_CHAIN, .link = 8, .count = 3}, 0);

	parts.mends = 1;
	parts.words = 3;
	parts.word[0] = 0x100;
	parts.word[1] = 0x110; /* an empty one */
	parts.word[2] = 0x120;
	number_objects();
	store(0x100, BASE + object(0));
	store(object(0) + 8, BASE + object(1));
	store(0x120, BASE + object(2));
	store(object(2) + 8, BASE + object(3));
	store(object(3) + 8, BASE + object(4));
	expect_third_of(parts);
	assert_int_equal(last_lack.kind, RULES_LACK_PLACE);
	assert_int_equal(last_lack.link, BASE + object(2) + 8);
	assert_int_equal(last_lack.head, BASE + 0x120);
}

/* A finding has the right value of a place beside the present one. */
TEST(test_wrong_value)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x100);

	parts.mends = 1;
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_LOAD, 8, 0);
	step(&parts, RULE_IN_TEXT, 0, 0);
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_PUT, 0, 0x1230);
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	store(0x100, 0x5555);
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_int_equal(last_lack.kind, RULES_LACK_VALUE);
	assert_int_equal(last_lack.head, BASE + 0x100);
	assert_int_equal(last_lack.link, BASE + 0x1230);
	assert_int_equal(last_lack.was, 0x5555);
	parts.mends = RULE_MENDS_RIGHTS; /* then the task's credentials are wrong */
	parts.tasks = 1;
	assert_true(look(&parts));
	assert_int_equal(last_lack.kind, RULES_LACK_RIGHTS);
	store(0x100, BASE + 0x1230);
	assert_true(look(&parts));
	assert_int_equal(notes, 0);
}

/*
 * A number of 32 bits stands beside another one. It should be the number that it was compared with.
 */
TEST(test_wrong_number)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x100);

	parts.mends = 1;
	step(&parts, RULE_NUMBER, 0, 77);
	step(&parts, RULE_KEEP, 0, 0);
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_ADD, 0, 4);
	step(&parts, RULE_PUT, 4, 0);
	parts.step[parts.steps - 1].index = 1;
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	store(0x100, 0x5500001111);
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_int_equal(last_lack.head, BASE + 0x104);
	assert_int_equal(last_lack.link, 77);
	assert_int_equal(last_lack.was, 0x55);
	assert_int_equal(last_lack.size, 4);
}

/* Each look says the number. The number of the first MUST doesn't count for a later one. */
TEST(test_changes)
{
	struct parts parts =
	    begin((struct rule_view){.kind = RULE_ARRAY, .b = 0x10, .count = 2}, 0x100);

	for (uint32_t i = 0; i < 2; i++) {
		step(&parts, RULE_OBJECT, 0, 0);
		step(&parts, RULE_LOAD, 8, 0);
		step(&parts, i == 0 ? RULE_CHANGES : RULE_IN_TEXT, 0, 0);
		if (i == 0) { /* or it is 0 */
			step(&parts, RULE_KEEP, 0, 0);
			step(&parts, RULE_NUMBER, 0, 0);
			step(&parts, RULE_EQUAL, 0, 0);
		}
		step(&parts, RULE_MUST, 0, 0);
	}
	words(&parts, RULE_SLOT);
	store(0x100, 77);
	store(0x110, 0); /* a finding of the second MUST only */
	assert_true(look(&parts));
	assert_int_equal(notes, 2);
	assert_string_equal(last, "finding 1");
	assert_int_equal(last_still, 0);
	store(0x110, 78);
	assert_true(look(&parts));
	assert_int_equal(notes, 2);
	assert_int_equal(last_still, 78);
}

/* Two objects of a set: pieces of memory of 0x30 bytes. */
TEST(test_sets)
{
	struct parts parts =
	    begin((struct rule_view){.kind = RULE_ARRAY, .b = 8, .count = 4}, 0x100);

	parts.views = 2;
	parts.view[1] =
	    (struct rule_view){.kind = RULE_ARRAY, .first = 1, .steps = 1, .b = 0x10, .count = 2};
	step(&parts, RULE_PLACE, 0, 0x200);
	parts.object = 2;
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_LOAD, 8, 0);
	step(&parts, RULE_IN_SET, 0, 0);
	parts.step[parts.steps - 1].index = 1;
	step(&parts, RULE_IN_AREA, 4, 8 << 16);
	parts.step[parts.steps - 1].index = 1;
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_SLOT);
	store(0x200, 0x5000);
	store(0x208, 0x30);
	store(0x210, 0x6000);
	store(0x218, 0x30);
	store(0x100, BASE + 0x210); /* an object of the set */
	store(0x108, 0x6010);       /* inside of a piece */
	store(0x110, 0x6030);       /* behind it */
	store(0x118, 0x502f);
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_string_equal(last, "finding 2");
}

/* A set that leads nowhere matters only to a rule that needs it. */
TEST(test_set_that_no_condition_needs)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x100);

	parts.views = 2;
	parts.view[1] = (struct rule_view){.kind = RULE_LIST, .first = 1, .steps = 1};
	step(&parts, RULE_PLACE, 0, 0x200);
	parts.object = 2;
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_LOAD, 8, 0);
	step(&parts, RULE_IN_TEXT, 0, 0);
	step(&parts, RULE_IN_SET, 0, 0);
	parts.step[parts.steps - 1].index = 1;
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_SLOT);
	store(0x100, BASE + 0x1000);
	store(0x200, ~7ULL);
	assert_true(look(&parts));
	assert_int_equal(notes, 0);
	store(0x100, BASE);
	assert_false(look(&parts));
}

/* Whether each object of the view is found in a set of the same objects. */
static void expect_sorted(struct parts parts)
{
	parts.views = 2;
	parts.view[1] = parts.view[0];
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_IN_SET, 0, 0);
	parts.step[parts.steps - 1].index = 1;
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	assert_true(look(&parts));
	assert_int_equal(notes, 0);
	for (uint32_t i = 1; i < objects.count[1]; i++)
		assert_true(objects.object[objects.first[1] + i - 1] <=
		            objects.object[objects.first[1] + i]);
}

/*
 * Objects come in any order, also the greatest number of them. The look has work left for the rest.
 */
TEST(test_sets_are_sorted)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_TABLE, .count = 30}, 0x100);

	parts.words = 60;
	srandom(1);
	for (uint32_t i = 0; i < 100; i++) {
		for (uint32_t j = 0; j < 30; j++)
			parts.word[j] = (uint32_t)random() % 40 * 8;
		expect_sorted(parts);
	}
	for (int32_t between = -8; between <= 8; between += 8)
		expect_sorted(begin(
		    (struct rule_view){.kind = RULE_ARRAY, .b = between, .count = RULE_OBJECTS},
		    0x100));
}

TEST(test_when_leaves_out)
{
	struct parts parts =
	    begin((struct rule_view){.kind = RULE_ARRAY, .b = 8, .count = 4}, 0x100);

	store(0x108, 1);
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_LOAD, 8, 0);
	step(&parts, RULE_KEEP, 0, 0);
	step(&parts, RULE_NUMBER, 0, 0);
	step(&parts, RULE_DIFFERS, 0, 0);
	step(&parts, RULE_WHEN, 0, 0);
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_SLOT);
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_string_equal(last, "finding 1");
}

TEST(test_as_built)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_TABLE, .count = 2}, 0x100);

	parts.words = 6;
	parts.word[0] = 0;
	parts.word[1] = 0x10;
	parts.word[2] = 9; /* names behind the first text */
	parts.word[3] = 14;
	parts.word[4] = 0x1234;
	memcpy(parts.text + 9, "open\0close", 11);
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_LOAD, 8, 0);
	step(&parts, RULE_AS_BUILT, 0, 4);
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_SLOT);
	store(0x100, BASE + 0x1234);
	assert_true(look(&parts));
	assert_int_equal(notes, 0);
	store(0x110, BASE + 0x1234);
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_string_equal(last, "finding close");
}

TEST(test_words)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x100);

	memcpy(memory + 0x100, "a\x1b[b", 5);
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_CHARS);
	assert_true(look(&parts));
	assert_string_equal(last, "finding a?[b");
	parts.step[parts.say + 1] = (struct rule_step){.operation = RULE_NUMBER, .value = 3};
	assert_true(look(&parts)); /* nothing is there */
	assert_string_equal(last, "finding ?");
	parts.step[parts.say + 1].value = (uint32_t)-3;
	parts.step[parts.say + 2] = (struct rule_step){.operation = RULE_DECIMAL, .index = 1};
	assert_true(look(&parts));
	assert_string_equal(last, "finding -3");
}

/* ---- reads that lead to a finding ---- */

static void expect_read(uint32_t index, uint32_t place, uint64_t mask, uint64_t value)
{
	assert_int_equal(objects.read[index].address, BASE + place);
	assert_int_equal(objects.read[index].mask, mask);
	assert_int_equal(objects.read[index].value, value);
}

/*
 * A list of two and a set are read before the objects. Each object has its own reads.
 * Shows: watch.rules-still.
 */
TEST(test_reads_of_a_finding)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_LIST}, 0x100);

	parts.views = 2;
	parts.view[1] = (struct rule_view){.kind = RULE_CHAIN, .first = 1, .steps = 2};
	step(&parts, RULE_PLACE, 0, 0x110);
	step(&parts, RULE_LOAD, 8, 0);
	parts.object = 3;
	store(0x100, BASE + object(0));
	store(object(0), BASE + object(1));
	store(object(1), BASE + 0x100);
	store(object(0) + NUMBER, 0x1200ULL << 32);
	store(object(1) + NUMBER, 0x1300ULL << 32);
	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_ADD, 0, NUMBER + 5);
	step(&parts, RULE_LOAD, 1, 0);
	step(&parts, RULE_KEEP, 0, 0);
	step(&parts, RULE_NUMBER, 0, 0x12);
	step(&parts, RULE_EQUAL, 0, 0);
	step(&parts, RULE_IN_SET, 0, 0);
	parts.step[parts.steps - 1].index = 1;
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_CHARS); /* words read memory, too */
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_int_equal(last_reads, 0);
	parts.still = 1;
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_int_equal(last_where, BASE + object(1));
	assert_int_equal(last_reads, 5);
	expect_read(0, 0x110, ~0ULL, 0);
	expect_read(1, 0x100, ~0ULL, BASE + object(0));
	expect_read(2, object(0), ~0ULL, BASE + object(1));
	expect_read(3, object(1), ~0ULL, BASE + 0x100);
	expect_read(4, object(1) + NUMBER, 0xffULL << 40, 0x13ULL << 40);
}

/* Reads without room are counted. */
TEST(test_too_many_reads)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_HASH, .count = 100}, 0x100);

	parts.still = 1;
	store(0x108, BASE + object(0));
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_int_equal(last_reads, 101);
}
