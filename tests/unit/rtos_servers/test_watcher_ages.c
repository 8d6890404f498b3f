/*
 * The greatest age of a finding: a rule that saw all without it knows the earliest time of the
 * finding.
 * Shows: watch.ages.
 */
#include <servers/watcher/words.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

#define SWEEP 2u /* looks that compare all text of the guest */

/* ---- rounds of a rule ---- */

static struct findings findings;

static void note(uint64_t where, uint64_t number)
{
	findings_note(&findings,
	              &(struct finding){.kind = FINDING_RULE, .where = where, .still = number});
}

/* A look with findings from `first` on. */
static void round_of(uint64_t now, uint64_t first, uint32_t count)
{
	findings_round(&findings, now);
	findings_begin(&findings);
	for (uint32_t i = 0; i < count; i++)
		note(first + i, 0);
	findings_end(&findings);
}

static void set_up(void)
{
	findings = (struct findings){.tell = tell_finding, .sure = FINDINGS_LOOKS};
	watcher_set_up();
}

const struct unit_fixture unit_each = {set_up, watcher_tear_down};

TEST(test_age_is_of_the_look_before)
{
	round_of(100, 0, 0);
	round_of(200, 0, 0);
	for (uint64_t now = 300; now <= 500; now += 100)
		round_of(now, 7, 1);
	assert_int_equal(told, 1);
	assert_int_equal(last.well, 200);
}

TEST(test_first_look_has_no_age)
{
	for (uint64_t now = 100; now <= 300; now += 100)
		round_of(now, 7, 1);
	assert_int_equal(told, 1);
	assert_int_equal(last.well, 0);
	findings_forget(&findings);
	round_of(400, 0, 0);
	findings_forget(&findings); /* another guest */
	for (uint64_t now = 500; now <= 700; now += 100)
		round_of(now, 7, 1);
	assert_int_equal(told, 2);
	assert_int_equal(last.well, 0);
}

/* A crowded look sets no age: the finding may have been among those without room. */
TEST(test_crowded_look_sets_no_age)
{
	round_of(100, 0, 0);
	round_of(200, 100, FINDINGS_MAX + 1);
	for (uint64_t now = 300; now <= 600; now += 100)
		round_of(now, 100 + FINDINGS_MAX, 1);
	assert_int_equal(last.where, 100 + FINDINGS_MAX);
	assert_int_equal(last.well, 100);
}

TEST(test_look_that_cannot_tell_sets_no_age)
{
	round_of(100, 0, 0);
	findings_round(&findings, 200);
	findings_begin(&findings);
	findings_undo(&findings);
	for (uint64_t now = 300; now <= 500; now += 100)
		round_of(now, 7, 1);
	assert_int_equal(last.well, 100);
}

/* A number that stands still is a finding as old as the number. */
TEST(test_age_of_a_number)
{
	for (uint64_t now = 100; now <= 900; now += 100) {
		findings_round(&findings, now);
		findings_begin(&findings);
		note(7, now < 700 ? now : 700);
		findings_end(&findings);
	}
	assert_int_equal(told, 1);
	assert_int_equal(last.well, 600);
}

/* ---- rules ---- */

static uint64_t now(void)
{
	return seen().now;
}

TEST(test_age_of_a_task)
{
	uint64_t before;

	begin();
	look(5);
	before = now();
	guest_unlink(17);
	look(FINDINGS_LOOKS);
	assert_int_equal(told, 1);
	assert_int_equal(last.well, before - LOOK);
}

/* All text was compared in the sweep that ended last. */
TEST(test_age_of_text)
{
	begin();
	for (uint32_t place = guest_facts.text; place < guest_facts.text_end;
	     place += BASELINE_PAGE) {
		uint64_t before;

		look(10 * SWEEP);
		before = now();
		guest_store(place, ~guest_load(place));
		look(SWEEP + FINDINGS_LOOKS);
		assert_int_equal(last.where, place);
		assert_in_range(last.well, before - 2 * SWEEP * LOOK, before - LOOK);
		guest_store(place, ~guest_load(place));
	}
	assert_true(told > SWEEP);
}

TEST(test_text_in_the_first_sweep_has_no_age)
{
	begin();
	guest_store(guest_facts.text, ~guest_load(guest_facts.text));
	look(FINDINGS_LOOKS);
	assert_int_equal(told, 1);
	assert_int_equal(last.well, 0);
}

/* Registers that a look sees are as old as the look before. */
TEST(test_age_of_vectors)
{
	uint64_t before;

	begin();
	look(5);
	before = now();
	registers.vbar = guest_va(0x60000);
	look(FINDINGS_LOOKS);
	assert_int_equal(told, 1);
	assert_int_equal(last.kind, FINDING_VECTORS);
	assert_int_equal(last.well, before - 2 * LOOK);
}

/* ---- words ---- */

static void expect_age(uint64_t well, uint64_t at, const char *words)
{
	struct text text = {.length = 0};

	words_age(&text, &(struct finding){.well = well}, at);
	text.bytes[text.length] = '\0';
	assert_string_equal(text.bytes, words);
}

TEST(test_words)
{
	expect_age(1000000, 1012001, " (at most 13 ms old)");
	expect_age(0, 1012001, " (of unknown age)");
}
