/*
 * A look by a rule, over a small memory: each view and condition does what it says, and whatever
 * rule and memory hold, a look ends and reads nothing outside (the sanitizers see to that).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <lib/crc32c.h>
#include <lib/rules.h>

#define BASE   0x40000000ULL /* the guest's address of its memory; its MMU is off */
#define SIZE   0x4000u
#define KERNEL 7u /* its number */
#define MOST   16u
#define RANDOM 100000u
#define HEAD   (offsetof(struct rule, crc) + sizeof(uint32_t))

static uint8_t *memory;
static struct loader_range range;
static struct guestwalk walk;
static const struct rules_kernel kernel = {
    .walk = &walk, .base = BASE, .text = BASE + 0x1000, .text_end = BASE + 0x2000};
static struct rules_memory objects;
static uint32_t notes;
static char last[RULES_TEXT];
static uint64_t last_where;
static struct rules_lack last_lack;

static void note(void *to, uint64_t where, const char *text, const struct rules_lack *lack)
{
	last_lack = *lack;
	(void)to;
	notes++;
	last_where = where;
	assert_true(strlen(text) < sizeof(last));
	memcpy(last, text, strlen(text) + 1);
}

static const struct rules_ear ear = {note, NULL};

static int set_up(void **state)
{
	(void)state;
	memory = aligned_alloc(4096, SIZE);
	memset(memory, 0, SIZE);
	range = (struct loader_range){(uintptr_t)memory, SIZE, BASE};
	walk = (struct guestwalk){.range = &range, .ranges = 1};
	notes = 0;
	last[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

static void store(uint32_t place, uint64_t value)
{
	memcpy(memory + place, &value, sizeof(value));
}

/* ---- rules by hand ---- */

struct made {
	struct rule head;
	uint64_t rest[(RULE_SIZE_MAX - sizeof(struct rule)) / sizeof(uint64_t)];
};

struct parts {
	struct rule_view view[RULE_VIEWS];
	struct rule_step step[64];
	uint32_t word[64];
	char text[64];
	uint32_t views, object, say, steps, words, mends;
};

static void seal(struct made *made)
{
	made->head.crc = crc32c(0, (const uint8_t *)made + HEAD, made->head.size - HEAD);
}

static struct made make(const struct parts *parts)
{
	struct made made = {.head = {.magic = RULE_MAGIC,
	                             .revision = RULE_REVISION,
	                             .kernel = KERNEL,
	                             .name = "name",
	                             .every = RULE_EVERY,
	                             .seen = 1,
	                             .views = (uint16_t)parts->views,
	                             .steps = (uint16_t)parts->steps,
	                             .object = (uint16_t)parts->object,
	                             .say = (uint16_t)parts->say,
	                             .words = (uint16_t)parts->words,
	                             .text = sizeof(parts->text),
	                             .mends = (uint16_t)parts->mends}};
	uint8_t *to = (uint8_t *)made.rest;
	const size_t views = parts->views * sizeof(parts->view[0]);
	const size_t steps = parts->steps * sizeof(parts->step[0]);
	const size_t words = parts->words * sizeof(parts->word[0]);

	memcpy(to, parts->view, views);
	memcpy(to + views, parts->step, steps);
	memcpy(to + views + steps, parts->word, words);
	memcpy(to + views + steps + words, parts->text, sizeof(parts->text));
	made.head.size =
	    (uint32_t)(sizeof(made.head) + views + steps + words + sizeof(parts->text) + 7) / 8 * 8;
	seal(&made);
	return made;
}

static void step(struct parts *parts, enum rule_operation operation, uint32_t size, uint32_t value)
{
	parts->step[parts->steps++] = (struct rule_step){
	    .operation = (uint8_t)operation, .size = (uint8_t)size, .value = value};
}

/* A view that begins at a place; then steps of objects and words follow. */
static struct parts begin(struct rule_view view, uint32_t place)
{
	struct parts parts = {.views = 1, .text = "finding "};

	parts.view[0] = view;
	parts.view[0].steps = 1;
	step(&parts, RULE_PLACE, 0, place);
	parts.object = 1;
	return parts;
}

static void words(struct parts *parts, enum rule_operation operation)
{
	parts->say = parts->steps;
	step(parts, RULE_TEXT, 0, 0);
	step(parts, RULE_OBJECT, 0, 0);
	step(parts, operation, 16, 0);
}

static bool look(const struct parts *parts)
{
	struct made made = make(parts);

	notes = 0;
	assert_null(rule_check(&made, made.head.size, KERNEL));
	return rules_look(&made.head, &kernel, &objects, &ear);
}

/* ---- views. Each object has its number at `NUMBER`; that of the third one is wrong. ---- */

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

static void expect_third(struct rule_view view, uint32_t place)
{
	struct parts parts = begin(view, place);

	step(&parts, RULE_OBJECT, 0, 0);
	step(&parts, RULE_ADD, 0, NUMBER);
	step(&parts, RULE_LOAD, 8, 0);
	step(&parts, RULE_KEEP, 0, 0);
	step(&parts, RULE_NUMBER, 0, 12);
	step(&parts, RULE_EQUAL, 0, 0);
	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	assert_true(look(&parts));
	assert_int_equal(notes, 1);
	assert_int_equal(last_where, BASE + object(2));
	assert_string_equal(last, "finding 0x40002200");
	assert_int_equal(objects.count[0], 5);
}

static void test_list(void **state)
{
	(void)state;
	number_objects();
	for (uint32_t i = 0; i < 5; i++)
		store(object(i) + 8, BASE + (i < 4 ? object(i + 1) + 8 : 0x100));
	store(0x100, BASE + object(0) + 8);
	expect_third((struct rule_view){.kind = RULE_LIST, .link = 8}, 0x100);
}

static void test_hash_and_chain(void **state)
{
	(void)state;
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

static void test_array(void **state)
{
	(void)state;
	number_objects();
	expect_third((struct rule_view){.kind = RULE_ARRAY, .b = STEP, .count = 5}, object(0));
}

/* The root, and two children of it and of one of these; left at 16, right at 8. */
static void test_tree(void **state)
{
	(void)state;
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

static void test_radix(void **state)
{
	(void)state;
	number_objects();
	store(0x100, (BASE + 0x400) | 2); /* a node; slots of 8 bytes from 0x28 on */
	store(0x400 + 0x28, BASE + object(0));
	store(0x400 + 0x28 + 8, (BASE + 0x800) | 2);
	store(0x400 + 0x28 + 16, 0x402); /* a number: no pointer */
	for (uint32_t i = 1; i < 5; i++)
		store(0x800 + 0x28 + 8 * i, BASE + object(i));
	expect_third((struct rule_view){.kind = RULE_RADIX, .a = 0x28, .b = 8, .count = 64}, 0x100);
}

/* ---- conditions ---- */

/* Whether a condition of the value that stands at 0x100 leads to no finding. */
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

static void test_comparisons(void **state)
{
	const struct rule_step equal = {.operation = RULE_EQUAL};
	const struct rule_step differs = {.operation = RULE_DIFFERS};
	const struct rule_step less = {.operation = RULE_LESS};
	const struct rule_step signed_less = {.operation = RULE_LESS, .index = 1};
	const struct rule_step most = {.operation = RULE_AT_MOST};
	const struct rule_step text = {.operation = RULE_IN_TEXT};

	(void)state;
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

static void test_links_lead_back(void **state)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x110);

	(void)state;
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

/* An object that isn't in a list lacks its link there; a later condition lacks something else. */
static void test_missing_in_a_list(void **state)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x300), more;

	(void)state;
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

/* Two objects of a set: pieces of memory of 0x30 bytes. */
static void test_sets(void **state)
{
	struct parts parts =
	    begin((struct rule_view){.kind = RULE_ARRAY, .b = 8, .count = 4}, 0x100);

	(void)state;
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

/* In any order, also as many as there may be, there is work left for the rest. */
static void test_sets_are_sorted(void **state)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_TABLE, .count = 30}, 0x100);

	(void)state;
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

static void test_when_leaves_out(void **state)
{
	struct parts parts =
	    begin((struct rule_view){.kind = RULE_ARRAY, .b = 8, .count = 4}, 0x100);

	(void)state;
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

static void test_as_built(void **state)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_TABLE, .count = 2}, 0x100);

	(void)state;
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

static void test_words(void **state)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x100);

	(void)state;
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

/* ---- bounds ---- */

static void expect_cannot(struct rule_view view)
{
	struct parts parts = begin(view, 0x100);

	step(&parts, RULE_MUST, 0, 0);
	words(&parts, RULE_HEX);
	assert_false(look(&parts));
}

static void test_no_end_is_cannot(void **state)
{
	(void)state;
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

/* Each object is compared with each of the set: more work than there is. */
static void test_work_ends(void **state)
{
	struct parts parts =
	    begin((struct rule_view){.kind = RULE_ARRAY, .b = 8, .count = 1000}, 0x100);

	(void)state;
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
static void test_words_are_work(void **state)
{
	struct parts parts =
	    begin((struct rule_view){.kind = RULE_ARRAY, .b = 0, .count = RULE_OBJECTS}, 0x100);

	(void)state;
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

/* ---- what is no rule ---- */

static void expect_refused(const struct made *made, const char *why)
{
	const char *said = rule_check(made, made->head.size, KERNEL);

	assert_non_null(said);
	assert_string_equal(said, why);
}

static void test_refused(void **state)
{
	struct parts parts = begin((struct rule_view){.kind = RULE_ONE}, 0x100);
	struct made good, bad;

	(void)state;
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
}

/* ---- whatever they hold. Shows: watch.rules-bounded. ---- */

static uint32_t any(uint32_t most)
{
	return (uint32_t)random() % most;
}

/* Half of the words lead somewhere in it. */
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

/* Every second one has a view that finds objects in any memory, and a condition. */
static struct parts any_parts(void)
{
	const bool finds = any(2);
	struct parts parts = {.views = 1 + any(RULE_VIEWS), .text = "text", .words = 40};

	for (uint32_t i = 0; i < parts.views; i++) {
		parts.view[i] = (struct rule_view){
		    .kind = (uint16_t)(finds ? RULE_ARRAY : any(RULE_VIEW_KINDS)),
		    .first = (uint16_t)i,
		    .steps = 1,
		    .link = any(8) * 8,
		    .a = any(3) * 8,
		    .b = (int32_t)any(5) * 8 - 16,
		    .count = any(any(4) ? 10 : 5000)};
		step(&parts, RULE_PLACE, 0, any(SIZE / 8) * 8);
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

/* A few of its bytes are others, and its sum is right. */
static void spoil(struct made *made)
{
	for (uint32_t i = any(4); i > 0; i--)
		((uint8_t *)made)[HEAD + any(made->head.size - (uint32_t)HEAD)] = (uint8_t)random();
	made->head.kernel = KERNEL;
	seal(made);
}

static void test_random_rules(void **state)
{
	uint32_t taken = 0, told = 0, cannot = 0;

	(void)state;
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_list, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_hash_and_chain, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_array, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_tree, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_radix, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_comparisons, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_links_lead_back, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_missing_in_a_list, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_sets, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_sets_are_sorted, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_when_leaves_out, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_as_built, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_no_end_is_cannot, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_work_ends, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_words_are_work, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_random_rules, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("looks by rules", tests, NULL, NULL);
}
