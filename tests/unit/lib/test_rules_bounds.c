/* Bounds of a look without an end, or with too much work; and bytes that are no rule. */
#include "rule_world.h"
#include <string.h>
#include <unit.h>

/* ---- bounds ---- */

static void expect_cannot(struct rule_view view)
{
	struct parts parts = begin(view, 0x100);

	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	assert_false(look(&parts));
}

const struct unit_fixture unit_each = {set_up, tear_down};

TEST(test_no_end_is_cannot)
{
	store(0x100, BASE + 0x208);
	store(0x208, BASE + 0x208); /* leads to itself */
	expect_cannot((struct rule_view){.kind = RULE_LIST, .link = 8});
	expect_cannot((struct rule_view){.kind = RULE_HASH, .link = 8, .count = 1});
	store(0x100, BASE + 0x100);
	expect_cannot((struct rule_view){.kind = RULE_CHAIN, .link = 0});
	store(0x110, BASE + 0x100);
	expect_cannot((struct rule_view){.kind = RULE_TREE, .a = 16, .b = -8, .count = 2});
	store(0x100, ~7ULL); /* nowhere */
	expect_cannot((struct rule_view){.kind = RULE_LIST, .link = 8});
	expect_cannot((struct rule_view){.kind = RULE_TREE, .a = 16, .b = -8, .count = 2});
}

/* Each object is compared with each object of the set: more work than a look may have. */
TEST(test_work_ends)
{
	struct parts parts =
	    begin((struct rule_view){.kind = RULE_ARRAY, .b = 8, .count = 1000}, 0x100);

	parts.views = 2;
	parts.view[1] = parts.view[0];
	parts.view[1].count = 1000;
	step(&parts, RULE_NUMBER, 0, 1);
	step(&parts, RULE_IN_AREA, 8, 0);
	parts.step[parts.steps - 1].index = 1;
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	assert_false(look(&parts));
	parts.view[1].count = 10;
	assert_true(look(&parts));
}

/* Each object is a finding: their words are work, too. */
TEST(test_words_are_work)
{
	struct parts parts =
	    begin((struct rule_view){.kind = RULE_ARRAY, .b = 0, .count = RULE_OBJECTS}, 0x100);

	step(&parts, RULE_MUST, 0, 0);
	parts.say = parts.steps;
	while (parts.steps < 60)
		step(&parts, RULE_TEXT, 0, 0);
	assert_false(look(&parts));
	assert_true(notes < RULE_OBJECTS);
	parts.view[0].count = 100;
	assert_true(look(&parts));
	assert_int_equal(notes, 100);
	assert_int_equal(strlen(last), RULES_TEXT - 1);
}

/* ---- bytes that are no rule ---- */

static void expect_refused(const struct made *made, const char *why)
{
	const char *said = rule_check(made, made->head.size, KERNEL);

	assert_non_null(said);
	assert_string_equal(said, why);
}

TEST(test_refused)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x100);
	struct made good, bad;

	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	good = bad = make(&parts);
	assert_null(rule_check(&good, good.head.size, KERNEL));
	assert_non_null(rule_check(&good, 16, KERNEL));
	assert_non_null(rule_check(&good, good.head.size - 8, KERNEL));
	assert_string_equal(rule_check(&good, good.head.size, KERNEL + 1),
	                    "it is for another kernel");
	bad.rest[0] ^= 1;
	expect_refused(&bad, "its checksum is wrong");
	bad = good;
	bad.head.revision++;
	expect_refused(&bad, "it is of another revision");
	for (size_t i = offsetof(struct rule, name); i < sizeof(good.head); i++) {
		bad = good;
		((uint8_t *)&bad)[i] = 0xff;
		seal(&bad);
		assert_non_null(rule_check(&bad, bad.head.size, KERNEL));
	}
	bad = good;
	bad.head.mends = RULE_MENDS_RIGHTS; /* of objects that are no tasks */
	seal(&bad);
	expect_refused(&bad, "a number in it is wrong");
}
