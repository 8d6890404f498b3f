/*
 * Looks by random rules over random memory: a look ends and reads nothing outside, as the
 * sanitizers check.
 *
 * Shows: watch.rules-bounded.
 */
#include "rule_world.h"
#include <stdlib.h>
#include <unit.h>

#define RANDOM 100000u

static uint32_t any(uint32_t most)
{
	return (uint32_t)random() % most;
}

/* Half of the words lead to a place in the memory. */
static void fill_memory(void)
{
	for (uint32_t at = 0; at < SIZE; at += 8)
		store(at, any(2) ? BASE + any(SIZE / 8) * 8 + (any(4) == 0 ? any(8) : 0)
		                 : (uint64_t)random() << 33 ^ (uint64_t)random());
}

static struct rule_step any_step(uint32_t operations, uint32_t from)
{
	static const uint32_t sizes[] = {1, 2, 4, 8, 8, 8, 8, 3};
	const uint32_t operation =
	    any(4) && from ? from + any(RULE_OPERATIONS - from) : any(operations);

	return (struct rule_step){.operation = (uint8_t)operation,
	                          .size = (uint8_t)sizes[any(8)],
	                          .index = (uint16_t)any(any(20) ? 2 : 9),
	                          .value = any(20) ? any(SIZE / 8) * 8 : (uint32_t)random() * 2};
}

/* Every second rule has a view that finds objects in any memory, and a condition. */
static struct parts any_parts(void)
{
	const bool finds = any(2);
	struct parts parts = {.views = 1 + any(RULE_VIEWS), .text = "text", .words = 40};

	for (uint32_t i = 0; i < parts.views; i++) {
		const uint32_t of = any(4) == 0 ? any(i == 0 ? parts.views : i) : 0;

		parts.view[i] = (struct rule_view){
		    .kind = (uint16_t)(finds ? RULE_ARRAY : any(RULE_VIEW_KINDS)),
		    .first = (uint16_t)i,
		    .steps = 1,
		    .of = (uint16_t)of,
		    .link = finds && any(8) ? 0 : any(8) * 8,
		    .a = any(3) * 8,
		    .b = (int32_t)any(5) * 8 - 16,
		    .count = any(any(4) ? 10 : 5000)};
		step(&parts, of != 0 ? RULE_OBJECT : RULE_PLACE, 0, any(SIZE / 8) * 8);
	}
	for (uint32_t i = 0; i < parts.words; i++)
		parts.word[i] = any(60);
	parts.object = parts.steps;
	for (uint32_t i = any(12); i > 0; i--)
		parts.step[parts.steps++] = any_step(any(2) ? RULE_KEEP : RULE_TEXT, 0);
	if (finds)
		step(&parts, RULE_MUST, 0, 0);
	parts.say = parts.steps;
	for (uint32_t i = any(6); i > 0; i--)
		parts.step[parts.steps++] = any_step(RULE_KEEP, RULE_TEXT);
	return parts;
}

/* Changes a few bytes of the rule, and makes its sum right. */
static void spoil(struct made *made)
{
	for (uint32_t i = any(4); i > 0; i--)
		((uint8_t *)made)[HEAD + any(made->head.size - (uint32_t)HEAD)] = (uint8_t)random();
	made->head.kernel = KERNEL;
	seal(made);
}

const struct unit_fixture unit_each = {set_up, tear_down};

TEST(test_random_rules)
{
	uint32_t taken = 0, told = 0, cannot = 0;

	srandom(1);
	for (uint32_t i = 0; i < RANDOM; i++) {
		const struct parts parts = any_parts();
		struct made made = make(&parts);

		if (i % 50 == 0)
			fill_memory();
		walk.sctlr = i % 10 == 0; /* its tables are in that memory, too */
		walk.ttbr0 = BASE + any(4) * 0x1000;
		walk.tcr = 16;
		spoil(&made);
		if (rule_check(&made, made.head.size, KERNEL) != NULL)
			continue;
		taken++;
		notes = 0;
		if (rules_look(&made.head, &kernel, &objects, &ear))
			told += notes != 0;
		else
			cannot++;
	}
	print_message("%u rules of %u were taken, %u found something, %u couldn't tell\n", taken,
	              RANDOM, told, cannot);
	assert_true(taken > RANDOM / 10 && told > RANDOM / 100 && cannot > RANDOM / 100);
}
