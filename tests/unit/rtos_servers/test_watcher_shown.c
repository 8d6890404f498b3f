/*
 * A watcher's window for managers: present and former alarms, and the watcher's rules.
 *
 * Shows: watch.alarms.
 */
#include <servers/watcher/shown_rules.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

static struct shown shown;
static struct alarms_window window;
static const int first, second, third; /* keys */
static const void *untold;

static void set_up(void)
{
	memset(&shown, 0, sizeof(shown));
	memset(&window, 0xa5, sizeof(window));
	untold = NULL;
	assert_true(shown_open(&shown, &window, sizeof(window), "linux", 100, false));
}

static const struct alarms_row *row_of(const char *found)
{
	const struct alarms_row *row = NULL;

	assert_int_equal(window.changes % 2, 0);
	for (uint32_t i = 0; i < ALARMS_ROWS; i++)
		if (window.row[i].since != 0 && strcmp(window.row[i].found, found) == 0) {
			assert_null(row);
			row = &window.row[i];
		}
	return row;
}

static bool is_told(const void *key)
{
	return key != untold;
}

TEST_WITH(test_window_begins_empty, set_up, NULL)
{
	static const struct alarms_row free;

	assert_int_equal(window.magic, ALARMS_MAGIC);
	assert_int_equal(window.revision, ALARMS_REVISION);
	assert_int_equal(window.looked, 0);
	assert_string_equal(window.watched, "linux");
	for (uint32_t i = 0; i < ALARMS_ROWS; i++)
		assert_memory_equal(&window.row[i], &free, sizeof(free));
	assert_false(shown_open(&shown, &window, sizeof(window) - 1, "linux", 100, false));
}

TEST_WITH(test_alarm_comes_and_goes, set_up, NULL)
{
	uint64_t changes;

	changes = window.changes;
	shown_found(&shown, 200, &first, "one");
	shown_found(&shown, 210, &second, "two");
	assert_true(window.changes > changes);
	assert_int_equal(row_of("one")->since, 200);
	assert_int_equal(row_of("one")->until, 0);
	shown_done(&shown, &first, "isn't mended");
	assert_int_equal(row_of("one")->until, 0);
	assert_string_equal(row_of("one")->done, "isn't mended");
	shown_gone(&shown, 300, &first, "it is back");
	assert_int_equal(row_of("one")->until, 300);
	assert_string_equal(row_of("one")->done, "it is back");
	assert_int_equal(row_of("two")->until, 0);
	shown_gone(&shown, 400, &first, "again"); /* the alarm was over */
	assert_int_equal(row_of("one")->until, 300);
	shown_note(&shown, 500, "three");
	assert_int_equal(row_of("three")->until, 500);
	shown_look(&shown, 600);
	assert_int_equal(window.looked, 600);
}

/* The alarm's rule went, or the same place has another finding. */
TEST_WITH(test_forgotten_alarm_is_over, set_up, NULL)
{
	shown_found(&shown, 200, &first, "one");
	shown_found(&shown, 210, &second, "two");
	untold = &first;
	shown_forget(&shown, 300, is_told);
	assert_int_equal(row_of("one")->until, 300);
	assert_int_equal(row_of("two")->until, 0);
	shown_found(&shown, 400, &second, "three");
	assert_int_equal(row_of("two")->until, 400);
	assert_string_equal(row_of("two")->done, "it isn't looked for any more");
	assert_int_equal(row_of("three")->until, 0);
}

/* The oldest alarm that is over makes room first, then the oldest of all. */
TEST_WITH(test_oldest_alarm_makes_room, set_up, NULL)
{
	static const char keys[2 * ALARMS_ROWS];
	char name[] = "A";

	shown_found(&shown, 200, &first, "open");
	for (uint32_t i = 1; i < ALARMS_ROWS; i++, name[0]++)
		shown_note(&shown, 1000 - i, name);
	shown_found(&shown, 2000, &second, "new");
	assert_non_null(row_of("open"));
	assert_null(row_of("_")); /* the last alarm has the earliest time */
	assert_non_null(row_of("A"));
	for (uint32_t i = 0; i < ALARMS_ROWS - 1; i++)
		shown_found(&shown, 3000 + i, &keys[i], "more");
	assert_null(row_of("open"));
	assert_non_null(row_of("new"));
	shown_gone(&shown, 4000, &first, "nobody's");
}

/* A former watcher's alarms are over, after its death at any moment. */
TEST_WITH(test_next_watcher_goes_on, set_up, NULL)
{
	shown_found(&shown, 200, &first, "one");
	shown_found(&shown, 250, &second, "two");
	shown_gone(&shown, 260, &second, "over");
	shown_look(&shown, 270);
	window.changes++;
	memset(window.row[20].found, 'x', sizeof(window.row[20].found));
	memset(&shown, 0, sizeof(shown));
	assert_true(shown_open(&shown, &window, sizeof(window), "linux", 300, true));
	assert_int_equal(row_of("one")->until, 300);
	assert_string_equal(row_of("one")->done, "the watcher was started anew");
	assert_int_equal(row_of("two")->until, 260);
	assert_int_equal(window.looked, 270);
	assert_int_equal(window.row[20].found[ALARMS_WORDS - 1], 0);
	shown_found(&shown, 400, &third, "three");
	assert_int_equal(row_of("three")->until, 0);
}

TEST_WITH(test_rules_are_shown, set_up, NULL)
{
	const struct alarms_rule rule = {.name = "text", .findings = 2};
	uint64_t changes;

	shown_rule(&shown, 3, &rule);
	assert_memory_equal(&window.rule[3], &rule, sizeof(rule));
	changes = window.changes;
	shown_rule(&shown, 3, &rule);
	assert_int_equal(window.changes, changes);
}

TEST_WITH(test_words_are_cut, set_up, NULL)
{
	char words[2 * ALARMS_WORDS];

	memset(words, 'w', sizeof(words) - 1);
	words[sizeof(words) - 1] = 0;
	shown_found(&shown, 200, &first, words);
	words[ALARMS_WORDS - 1] = 0;
	assert_non_null(row_of(words));
}

/* Without a window nothing is written anywhere. */
TEST_WITH(test_no_window_is_no_error, set_up, NULL)
{
	memset(&shown, 0, sizeof(shown));
	shown_found(&shown, 200, &first, "one");
	shown_look(&shown, 300);
	shown_gone(&shown, 400, &first, "over");
	assert_null(row_of("one"));
}

/* The findings of each rule are counted, and those that a look finds with another. */
TEST(test_findings_are_counted)
{
	bool lost;

	watcher_set_up();
	begin();
	guest_store(0x25678, 0);
	guest_unlink(4);
	registers.sctlr ^= 1 << 9;
	look(5);
	for (uint32_t i = 0; i < WATCH_NAMES; i++) {
		const bool found = i == WATCH_TEXT || i == WATCH_TASKS || i == WATCH_CONTROL;

		assert_int_equal(watch_count(&watch, i, &lost), found);
		assert_false(lost);
	}
	guest_store(guest_facts.init_pid_ns + guest_facts.namespace_idr + guest_facts.idr_rt +
	                guest_facts.root_head,
	            (guest_va(0) + GUEST_SIZE) | 2); /* the tree leads nowhere */
	look(WATCH_PATIENCE);
	(void)watch_count(&watch, WATCH_TASKS, &lost);
	assert_true(lost);
	watcher_tear_down();
}

/*
 * An alarm with a later time is forged: no former watcher of this start of the partition wrote it.
 */
TEST_WITH(test_alarms_of_later_are_forgotten, set_up, NULL)
{
	shown_note(&shown, 90000, "later");
	shown_note(&shown, 40, "over later");
	window.row[1].until = ~0ULL;
	shown_look(&shown, 95000);
	memset(&shown, 0, sizeof(shown));
	assert_true(shown_open(&shown, &window, sizeof(window), "linux", 50, true));
	assert_int_equal(window.looked, 0);
	for (uint32_t i = 0; i < ALARMS_ROWS; i++)
		assert_int_equal(window.row[i].since, 0);
}

/*
 * The machine was reset, and the counter began anew. Each new alarm finds room among the former
 * ones, for any times of these.
 */
TEST_WITH(test_alarms_of_before_a_start_are_earlier, set_up, NULL)
{
	char name[] = "A";

	for (uint32_t i = 0; i < ALARMS_ROWS - 2; i++)
		shown_note(&shown, 90000 + i, i == 0 ? "oldest" : "before");
	shown_found(&shown, 30, &first, "open");
	shown_note(&shown, 40, "of before, too");
	shown_look(&shown, 95000);
	for (uint32_t i = 0; i < 2; i++) { /* the watcher dies once more */
		memset(&shown, 0, sizeof(shown));
		assert_true(shown_open(&shown, &window, sizeof(window), "linux", 50 + i, i == 1));
		assert_int_equal(window.looked, 0);
		assert_int_equal(row_of("open")->earlier, 1);
		assert_int_equal(row_of("open")->until, 0);
		assert_int_equal(row_of("oldest")->since, 90000);
		assert_int_equal(row_of("oldest")->earlier, 1);
	}
	for (uint32_t i = 0; i < 10; i++, name[0]++)
		shown_note(&shown, 60 + i, name);
	for (name[0] = 'A'; name[0] < 'A' + 10; name[0]++)
		assert_int_equal(row_of(name)->earlier, 0);
	assert_null(row_of("open")); /* the oldest alarms made room */
	assert_null(row_of("oldest"));
}

/* ---- rules ---- */

static struct rulebook book;
static struct rule rule = {.name = "pids"};
static struct finding *found = &book.entry[2].findings.entry[5];

static void set_up_rules(void)
{
	set_up();
	watcher_set_up();
	begin();
	memset(&book, 0, sizeof(book));
	book.entry[2] = (struct rulebook_entry){.rule = &rule, .used = true};
	*found = (struct finding){.used = true, .told = true};
	watch.book = &book;
}

/* The row of a rule after a look. */
static const struct alarms_rule *show(uint32_t index)
{
	const struct watch_seen now = seen();

	shown_rules(&shown, &watch, &now);
	return &window.rule[index];
}

TEST_WITH(test_rules_have_their_rows, set_up_rules, watcher_tear_down)
{
	const struct alarms_rule *row = show(WATCH_NAMES + 2);

	assert_string_equal(row->name, "pids");
	assert_int_equal(row->findings, 1);
	assert_int_equal(row->lost, 0);
	assert_string_equal(show(WATCH_TEXT)->name, "text");
	assert_string_equal(show(WATCH_NAMES)->name, "");
	book.entry[2].cant = RULEBOOK_PATIENCE_MS;
	watch.cant[WATCH_TEXT] = WATCH_PATIENCE;
	assert_int_equal(show(WATCH_NAMES + 2)->lost, 1);
	assert_int_equal(show(WATCH_TEXT)->lost, 1);
}

static void expect_looked(const struct watch_seen *now, bool looked)
{
	window.looked = 0;
	shown_rules(&shown, &watch, now);
	assert_int_equal(window.looked, looked ? now->now : 0);
	assert_int_equal(window.rule[WATCH_TEXT].lost, !looked);
	assert_int_equal(window.rule[WATCH_NAMES + 2].lost, !looked);
	assert_int_equal(window.rule[WATCH_NAMES].lost, 0); /* no deadline is lost */
}

/* A program that asks for findings is told that there are no looks. */
TEST_WITH(test_nothing_is_looked_at, set_up_rules, watcher_tear_down)
{
	struct watch_seen now = seen();

	expect_looked(&now, true);
	now.runs = false;
	expect_looked(&now, false);
	now.runs = true;
	expect_looked(&now, true);
	life++; /* the baseline is gone */
	look(1);
	expect_looked(&now, false);
}

TEST_WITH(test_alarm_of_removed_rule_is_over, set_up_rules, watcher_tear_down)
{
	uint64_t word[8] = {RULES_REMOVE};

	memcpy(&word[1], rule.name, strlen(rule.name));
	shown_found(&shown, 200, found, "pid 1000");
	(void)show(0);
	assert_int_equal(row_of("pid 1000")->until, 0);
	rulebook_serve(&book, word);
	assert_int_equal(word[0], RULES_OK);
	assert_string_equal(show(WATCH_NAMES + 2)->name, "");
	assert_int_not_equal(row_of("pid 1000")->until, 0);
}
