/*
 * `kumikictl alarms` and `rules`: the content of a watcher's window is told in words and to
 * programs. A window of anything else is refused.
 * Shows: watch.alarms, operator.json.
 */
#include "fake_panel.h"
#include <kumiki/alarms.h>
#include <kumikictl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static const char *root;
static char *out, *err;
static struct alarms_window window;

static void set_up(void)
{
	root = fake_tree_make();
	fake_panel_reset();
	fake_panel.counter = 12500000; /* FAKE_HZ: these are microseconds */
	window = (struct alarms_window){.magic = ALARMS_MAGIC,
	                                .revision = ALARMS_REVISION,
	                                .changes = 8,
	                                .looked = 12490000,
	                                .watched = "linux"};
	window.row[0] = (struct alarms_row){.since = 12000000, .found = "linux: text has changed"};
	window.row[3] = (struct alarms_row){
	    .since = 2500000, .until = 2500000, .found = "linux: it is restarted"};
	window.row[ALARMS_ROWS - 1] = (struct alarms_row){.since = 7001000,
	                                                  .until = 7042000,
	                                                  .found = "linux: task hides",
	                                                  .done = "linux: task is listed again"};
	window.row[4] = (struct alarms_row){.since = 99000000,
	                                    .earlier = 1,
	                                    .found = "linux: vectors have changed",
	                                    .done = "linux: no mend is known"};
	window.rule[0] = (struct alarms_rule){.name = "text", .findings = 1};
	window.rule[9] = (struct alarms_rule){.name = "hidden-module", .lost = 1};
}

static void tear_down(void)
{
	free(out);
	free(err);
	out = err = NULL;
	fake_tree_remove();
}

const struct unit_fixture unit_each = {set_up, tear_down};

static int run(const char *command, const char *name, const char *last)
{
	char *arguments[] = {(char *)"kumikictl", (char *)command, (char *)name, (char *)last};
	const int count = name == NULL ? 2 : last == NULL ? 3 : 4;
	size_t out_size, err_size;

	free(out);
	free(err);
	fake_tree_seen(&window, sizeof(window));
	FILE *to = open_memstream(&out, &out_size), *errors = open_memstream(&err, &err_size);
	const int result = tool_run(count, arguments, root, to, errors);

	(void)fclose(to);
	(void)fclose(errors);
	return result;
}

static void has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no '%s' in '%s'", part, text);
}

TEST(alarms_are_told)
{
	assert_int_equal(run("alarms", "seen", NULL), TOOL_DONE);
	assert_string_equal(out, "linux was looked at 0.010 s ago\n"
	                         "  earlier: linux: vectors have changed\n"
	                         "    linux: no mend is known\n"
	                         "  over, 2.500 s: linux: it is restarted\n"
	                         "  over, 7.001 s to 7.042 s: linux: task hides\n"
	                         "    linux: task is listed again\n"
	                         "  open, since 12.000 s: linux: text has changed\n");
	memset(window.row, 0, sizeof(window.row));
	assert_int_equal(run("alarms", "seen", NULL), TOOL_DONE);
	assert_string_equal(out, "linux was looked at 0.010 s ago\n  no alarm yet\n");
	window.looked = 15600000;
	assert_int_equal(run("alarms", "seen", NULL), TOOL_DONE);
	assert_string_equal(out, "linux was looked at 3.100 s ahead of this clock\n"
	                         "  no alarm yet\n");
	window.looked = 0;
	assert_int_equal(run("alarms", "seen", NULL), TOOL_DONE);
	assert_string_equal(out, "linux wasn't looked at yet\n  no alarm yet\n");
}

TEST(rules_are_told)
{
	assert_int_equal(run("rules", "seen", NULL), TOOL_DONE);
	assert_string_equal(out, "linux was looked at 0.010 s ago\n"
	                         "  text                             findings 1\n"
	                         "  hidden-module                    findings 0, can't tell\n");
}

TEST(programs_are_told)
{
	assert_int_equal(run("alarms", "seen", "--json"), TOOL_DONE);
	has(out, "{\"schema\": 1, \"document\": \"alarms\", \"watched\": \"linux\", \"looked_us\": "
	         "12490000, \"alarms\": [\n");
	has(out, "{\"found\": \"linux: it is restarted\", \"since_us\": 2500000, \"until_us\": "
	         "2500000}\n");
	has(out, "\"since_us\": 7001000, \"until_us\": 7042000, \"done\": \"linux: task is listed "
	         "again\"}\n");
	has(out, "\"since_us\": 99000000, \"earlier\": true, \"done\": \"linux: no mend is "
	         "known\"}\n");
	has(out, "{\"found\": \"linux: text has changed\", \"since_us\": 12000000}\n");
	assert_int_equal(run("rules", "seen", "--json"), TOOL_DONE);
	has(out, "{\"name\": \"text\", \"findings\": 1, \"can_tell\": true}\n");
	has(out, "{\"name\": \"hidden-module\", \"findings\": 0, \"can_tell\": false}\n");
}

TEST(other_windows_are_refused)
{
	assert_int_equal(run("alarms", NULL, NULL), TOOL_FAILED);
	has(err, "alarms");
	assert_int_equal(run("rules", "pipe", NULL), TOOL_FAILED);
	has(err, "kumikictl: pipe: too small for a watcher's alarms: give it 12K");
	window.changes = 9;
	assert_int_equal(run("alarms", "seen", NULL), TOOL_FAILED);
	has(err, "kumikictl: seen changes all the time: ask again, or restart its watcher");
	window.changes = 10;
	window.revision++;
	assert_int_equal(run("alarms", "seen", "--json"), TOOL_FAILED);
	has(err, "seen: its watcher is of another version than this kumikictl");
	assert_string_equal(out, "");
	window.magic = 0;
	assert_int_equal(run("alarms", "seen", NULL), TOOL_FAILED);
	has(err,
	    "seen: no watcher has written into this window; its manifest gives it the window as "
	    "device `alarms`");
	assert_int_equal(run("alarms", "seen", "more"), TOOL_USAGE);
	has(err, "usage: kumikictl alarms [WINDOW]");
}

/* Texts without an end, and characters that command a terminal. */
TEST(texts_are_plain)
{
	memset(&window.watched, '\033', sizeof(window) - offsetof(struct alarms_window, watched));
	window.looked = UINT64_MAX;
	for (int json = 0; json < 2; json++) {
		assert_int_equal(run("alarms", "seen", json ? "--json" : NULL), TOOL_DONE);
		assert_null(strchr(out, '\033'));
		assert_int_equal(run("rules", "seen", json ? "--json" : NULL), TOOL_DONE);
		assert_null(strchr(out, '\033'));
	}
}
