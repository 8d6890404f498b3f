/*
 * The ladder: its lines, the limits of its steps, and the steps for findings, also of a watcher
 * that goes on with the counts of an earlier one. Shows: watch.ladder.
 */
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

#define MINUTE 60000000ull

static struct ladder ladder;
static struct ladder_kept counted;

static void set_up(void)
{
	memset(&ladder, 0, sizeof(ladder));
	memset(&counted, 0x5a, sizeof(counted));
	memset(ladder.may, 1, sizeof(ladder.may));
	ladder_keep(&ladder, &counted);
}

const struct unit_fixture unit_each = {set_up, NULL};

static enum ladder_act act(const char *rule, struct finding *finding, uint64_t now)
{
	return ladder_act(&ladder, rule, finding, now);
}

/* Expects these steps for a new finding that no step helps against. */
static void expect_climb(const char *rule, uint64_t now, const enum ladder_act *acts)
{
	struct finding finding = {.used = true};

	do {
		assert_int_equal(act(rule, &finding, now), *acts);
		assert_int_equal(act(rule, &finding, now), *acts);
		finding.mend.over = true;
	} while (*acts++ != LADDER_END);
}

#define ACTS(...) ((const enum ladder_act[]){__VA_ARGS__ LADDER_END})

TEST(test_mistakes_are_told)
{
	static const struct {
		const char *line, *says;
	} bad[] = {{"mends", "no line of a ladder"},
	           {": mend", "no line of a ladder"},
	           {"jit probes", "begin with 'let'"},
	           {"all:", "a step is"},
	           {"all: men", "a step is"},
	           {"all: mends", "a step is"},
	           {"all: mend 3", "a limit is"},
	           {"all: mend 3 in 10", "a limit is"},
	           {"all: mend 0 in 10 min", "a limit is"},
	           {"all: mend 3 in 0 min", "a limit is"},
	           {"all: mend 1001 in 10 min", "a limit is"},
	           {"all: mend 99999999999999999999 in 10 min", "a limit is"},
	           {"all: mend 3 in 10 minutes", "a limit is"},
	           {"all: mend 3 in 10 min tell", "a limit is"},
	           {"all: mend;", "a step is"},
	           {"all: restart", "needs a limit"},
	           {"all: tell; tell; tell; tell; tell", "at most 4"}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *says = ladder_add(&ladder, bad[i].line);

		assert_non_null(says);
		assert_non_null(strstr(says, bad[i].says));
	}
	assert_int_equal(ladder.lines, 0);
	for (uint32_t i = 0; i < LADDER_LINES; i++)
		assert_null(ladder_add(
		    &ladder, "a b: tell; mend; kill 1 in 1 min; restart 1000 in 1000 min"));
	assert_non_null(ladder_add(&ladder, "all: mend"));
}

TEST(test_line_of_the_rule_counts)
{
	struct finding finding = {.used = true};

	assert_null(ladder_add(&ladder, "texts ext tex: tell"));
	assert_int_equal(act("text", &finding, 1), LADDER_NONE);
	assert_null(ladder_add(&ladder, "mend")); /* all: mend */
	assert_null(ladder_add(&ladder, "control text  tasks: restart 9 in 9 min"));
	for (uint32_t i = 0; i < 3; i++) {
		static const char *const rules[] = {"control", "text", "tasks"};

		expect_climb(rules[i], 1, ACTS(LADDER_RESTART, ));
	}
	expect_climb("tex", 1, ACTS(LADDER_TELL, ));
	expect_climb("vectors", 1, ACTS(LADDER_MEND, ));
	expect_climb("al", 1, ACTS(LADDER_MEND, ));
}

/* All findings of a line's rules count together. */
TEST(test_limit_of_a_step)
{
	const struct ladder_kept *counts = &counted;

	assert_null(ladder_add(&ladder, "all: mend 2 in 10 min; restart 1 in 60 min"));
	expect_climb("a", 1 * MINUTE, ACTS(LADDER_MEND, LADDER_RESTART, ));
	expect_climb("b", 2 * MINUTE, ACTS(LADDER_MEND, ));
	expect_climb("c", 11 * MINUTE - 1, ACTS());
	expect_climb("d", 11 * MINUTE, ACTS(LADDER_MEND, ));
	expect_climb("e", 61 * MINUTE, ACTS(LADDER_MEND, LADDER_RESTART, ));
	assert_int_equal(counts->count[0][0].taken, 1);
	assert_int_equal(counts->count[0][1].taken, 1);
}

TEST(test_limit_that_is_reached_is_said)
{
	struct finding first = {.used = true}, second = {.used = true};

	assert_null(ladder_add(&ladder, "all: restart 1 in 60 min"));
	assert_int_equal(act("a", &first, 1), LADDER_RESTART);
	first.mend.over = true;
	assert_int_equal(act("a", &first, 1), LADDER_END);
	assert_false(first.mend.limited);
	assert_int_equal(act("a", &second, 1), LADDER_END);
	assert_true(second.mend.limited);
}

/* A restarted watcher takes no step more often than its limit. */
TEST(test_counts_outlive_the_watcher)
{
	struct ladder next = {.lines = 0};
	struct finding finding = {.used = true};

	assert_null(ladder_add(&ladder, "all: mend 1 in 10 min; restart 1 in 60 min"));
	expect_climb("a", 1, ACTS(LADDER_MEND, LADDER_RESTART, ));
	memcpy(next.may, ladder.may, sizeof(next.may));
	ladder_keep(&next, &counted);
	assert_null(ladder_add(&next, "all: mend 1 in 10 min; restart 1 in 60 min"));
	assert_int_equal(ladder_act(&next, "a", &finding, MINUTE), LADDER_END);
}

TEST(test_steps_without_a_right_are_left_out)
{
	assert_null(ladder_add(&ladder, "all: mend; restart 1 in 1 min; tell"));
	assert_true(ladder_has(&ladder, LADDER_RESTART));
	ladder.may[LADDER_RESTART] = false;
	expect_climb("a", 1, ACTS(LADDER_MEND, LADDER_TELL, ));
}

/* ---- the watcher: a finding whose mend is refused, with three lives of the guest ---- */

TEST(test_restarts_of_a_guest)
{
	watcher_set_up();
	watcher_climbs("control: mend; restart 2 in 60 min");
	refusal = WATCH_MEND_WRONG;
	for (; life < LIFE + 3; life++) {
		registers.sctlr = guest_registers.sctlr;
		look(1 + SETTLE);
		assert_true(watch.watching);
		registers.sctlr ^= 1u << 9;
		look(FINDINGS_LOOKS - 1);
		assert_int_equal(restarts, life - LIFE);
		look(50);
		assert_int_equal(restarts, life < LIFE + 2 ? life - LIFE + 1 : 2);
		assert_int_equal(last_steps, life == LIFE + 2);
		assert_string_equal(stepped, "control");
	}
	watcher_tear_down();
}
