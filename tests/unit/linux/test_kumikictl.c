/*
 * kumikictl: the output and status of each command. Commands wait for their outcome. A partition's
 * output reaches the terminal only as printable characters.
 *
 * Shows: cores.who-asks, operator.json, talk.linux.
 */
#include "fake_panel.h"
#include <kumiki/panel.h>
#include <kumikictl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static const char *root;
static char *out, *err;
static struct blackbox box;

static void set_up(void)
{
	root = fake_tree_make();
	fake_panel_reset();
	memset(&box, 0, sizeof(box));
	box.magic = BLACKBOX_MAGIC;
	box.revision = BLACKBOX_REVISION;
	box.size = sizeof(box);
}

static void tear_down(void)
{
	free(out);
	free(err);
	out = err = NULL;
	fake_tree_remove();
}

const struct unit_fixture unit_each = {set_up, tear_down};

/* Runs `kumikictl LINE`; its words are in `out` and `err`. */
static int run(const char *line)
{
	char words[128], *arguments[16] = {words};
	size_t out_size, err_size;
	int count = 0;

	free(out);
	free(err);
	(void)snprintf(words, sizeof(words), "kumikictl %s", line);
	for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
		arguments[count++] = word;
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

TEST(help_is_given)
{
	root = "/nonexistent"; /* the help needs no panel */
	assert_int_equal(run("--help"), TOOL_DONE);
	for (const char *line = out, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
		assert_true(end - line <= 80);
	has(out, "usage: kumikictl");
	has(out, "  restart NAME                starts it anew");
	assert_int_equal(run("help"), TOOL_DONE);
	assert_int_equal(run("--version"), TOOL_DONE);
	assert_string_equal(out, "kumikictl " KUMIKI_VERSION "\n");
}

/* A line of the manual that describes this command or option. */
static bool described(const char *manual, const char *word, size_t size)
{
	for (const char *at = strstr(manual, ".It "); at != NULL; at = strstr(at + 1, ".It ")) {
		const char *end = strchr(at, '\n');

		for (const char *c = at + 3; c < end; c++)
			if (*c == ' ' && strncmp(c + 1, word, size) == 0 &&
			    (c[size + 1] == ' ' || c[size + 1] == '\n'))
				return true;
	}
	return false;
}

TEST(the_manual_has_all_commands)
{
	static char manual[16384];
	FILE *file = fopen("linux/tool/kumikictl.1", "r");
	int commands = 0;

	assert_non_null(file);
	manual[fread(manual, 1, sizeof(manual) - 1, file)] = '\0';
	(void)fclose(file);
	assert_int_equal(run("help"), TOOL_DONE);
	for (const char *line = strchr(out, '\n'); line != NULL; line = strchr(line + 1, '\n')) {
		const char *word = line + 3;

		if (strncmp(line, "\n  ", 3) != 0)
			continue;
		word += word[0] == '-' ? 2 : 0; /* mdoc writes options without dashes */
		const size_t size = strcspn(word, " ");

		commands++;
		if (!described(manual, word, size))
			fail_msg("not in the manual: %.*s", (int)size, word);
	}
	assert_in_range(commands, 14, 99);
}

TEST(mistakes_are_named)
{
	assert_int_equal(run(""), TOOL_USAGE);
	has(err, "a command is missing");
	assert_int_equal(run("lst"), TOOL_USAGE);
	has(err, "there is no command lst; `kumikictl --help`");
	assert_int_equal(run("--wait soon stop small"), TOOL_USAGE);
	has(err, "--wait wants seconds");
	assert_int_equal(run("--now stop small"), TOOL_USAGE);
	has(err, "no option --now");
	assert_int_equal(run("stop"), TOOL_USAGE);
	has(err, "usage: kumikictl stop NAME");
	assert_int_equal(run("stop smal"), TOOL_FAILED);
	has(err, "there is no partition smal; there are: linux small other");
	assert_int_equal(run("log small few"), TOOL_USAGE);
	root = "/nonexistent";
	assert_int_equal(run("list"), TOOL_NO_PANEL);
	has(err, "kumikictl: /nonexistent/sys/bus/pci/devices: ");
}

TEST(partitions_are_listed)
{
	fake_panel.life[1] = (struct life_status){LIFE_HELD, STOP_WATCHDOG, 3, 1};
	assert_int_equal(run("list"), TOOL_DONE);
	assert_string_equal(out, "name   state       starts  last end\n"
	                         "linux  running     7       it asked for a reset (this one)\n"
	                         "small  held        3       its watchdog wasn't served\n"
	                         "other  -\n");
	fake_panel.life[1] = (struct life_status){LIFE_SUSPENDING, STOP_DMA, 123456, 1};
	memset(fake_panel.names[1], 'n', KUMIKI_NAME_SIZE - 1);
	assert_int_equal(run("list"), TOOL_DONE);
	assert_string_equal(
	    out,
	    "name                             state       starts  last end\n"
	    "linux                            running     7       it asked for a reset (this one)\n"
	    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn  suspending  123456  its devices tried again and "
	    "again "
	    "what they may not\n"
	    "other                            -\n");
}

TEST(one_partition_is_shown)
{
	box.printed = 12;
	box.crashes = 2;
	box.report_time = 1500000;
	box.report.reason = STOP_FAULT;
	fake_tree_box(&box);
	assert_int_equal(run("show small"), TOOL_DONE);
	assert_string_equal(
	    out, "small: running\n"
	         "  starts: 1; restarts that nobody commanded, lately: 0\n"
	         "  last end: nothing yet\n"
	         "  console: 12 characters ever\n"
	         "  crashes: 2, the last one at 1.500 s: an error that could not be given "
	         "back to it (`kumikictl log` has the report)\n");
	assert_int_equal(run("show other"), TOOL_FAILED);
	has(err, "other isn't managed by this partition");
	assert_int_equal(run("stop linux"), TOOL_FAILED);
	has(err, "linux is this partition, and no partition manages itself: let the system do it "
	         "(reboot, poweroff)");
}

/* ---- commands ---- */

static bool it_stops(void)
{
	if (fake_panel.commands == 0 || fake_panel.life[1].state == LIFE_STOPPED)
		return false;
	fake_panel.life[1].state =
	    fake_panel.life[1].state == LIFE_RUNNING ? LIFE_STOPPING : LIFE_STOPPED;
	fake_panel.life[1].reason = STOP_COMMAND;
	fake_panel_raise(PANEL_CHANGED);
	return true;
}

static bool it_restarts(void)
{
	fake_panel.life[1].state =
	    fake_panel.life[1].state == LIFE_RUNNING ? LIFE_LOADING : LIFE_RUNNING;
	fake_panel.life[1].starts += fake_panel.life[1].state == LIFE_RUNNING;
	fake_panel_raise(PANEL_CHANGED);
	return true;
}

static bool it_is_damaged(void)
{
	fake_panel.life[1] = (struct life_status){LIFE_STOPPED, STOP_IMAGE, 3, 0};
	fake_panel_raise(PANEL_CHANGED);
	return true;
}

TEST(a_commands_outcome_is_awaited)
{
	fake_panel.sleep = it_stops;
	assert_int_equal(run("stop small"), TOOL_DONE);
	assert_string_equal(out, "small is stopped, start 1\n");
	assert_int_equal(fake_panel.last_command, LIFE_STOP);
	assert_int_equal(run("stop small"), TOOL_DONE);
	assert_string_equal(err, "kumikictl: small is stopped already\n");
	assert_int_equal(run("suspend small"), TOOL_FAILED);
	has(err, "small doesn't run: only what runs can be suspended");
	fake_panel.life[1].state = LIFE_RUNNING;
	fake_panel.unheld = true;
	assert_int_equal(run("suspend small"), TOOL_FAILED);
	has(err, "small can't be suspended: nothing holds its core of another architecture");
	fake_panel.sleep = it_restarts;
	assert_int_equal(run("restart small"), TOOL_DONE);
	assert_string_equal(out, "small is running, start 2\n");
	fake_panel.sleep = it_is_damaged;
	assert_int_equal(run("restart small"), TOOL_FAILED);
	has(err, "small is stopped; its last end: a damaged image; `kumikictl log small`");
}

TEST(the_policy_is_told_and_changed)
{
	assert_int_equal(run("power"), TOOL_DONE);
	assert_string_equal(out, "performance\n");
	assert_int_equal(run("power powersave"), TOOL_DONE);
	assert_string_equal(out, "until now performance\n");
	assert_int_equal(run("power"), TOOL_DONE);
	assert_string_equal(out, "powersave\n");
	assert_int_equal(run("power lots"), TOOL_FAILED);
	has(err,
	    "kumikictl: lots is no policy; there are: performance, balanced, powersave, isolate");
	fake_panel.policy = FAKE_NO_POWER;
	assert_int_equal(run("power balanced"), TOOL_FAILED);
	has(err, "may not change which cores are on: write `kumiki,manages-power;` in its node");
}

TEST(waiting_ends)
{
	assert_int_equal(run("--no-wait restart small"), TOOL_DONE);
	assert_string_equal(out, "");
	assert_int_equal(fake_panel.commands, 1);
	assert_int_equal(run("--wait 0 restart small"), TOOL_DONE);
	fake_panel.sleep = NULL;
	assert_int_equal(run("hear pipe small"), TOOL_FAILED);
	has(err, "small didn't ring");
}

/* ---- the black box ---- */

static void put_console(const char *text)
{
	for (; *text != '\0'; text++)
		box.console[box.printed++ % BLACKBOX_CONSOLE_SIZE] = (uint8_t)*text;
	fake_tree_box(&box);
}

TEST(a_black_box_is_told)
{
	static const char words[] = "small: an abort\n  pc 0x40000000\n";

	box.events = 2;
	box.event[0] = (struct life_event){.time = 250000, .status = {LIFE_RUNNING, 0, 1, 0}};
	box.event[1] =
	    (struct life_event){.time = 2000000, .status = {LIFE_STOPPED, STOP_FAULT, 1, 0}};
	box.crashes = 1;
	box.report_time = 1999000;
	memcpy(box.words, words, sizeof(words) - 1);
	box.words_size = sizeof(words) - 1;
	put_console("first\nsecond\nthird");
	assert_int_equal(run("log small 2"), TOOL_DONE);
	assert_string_equal(out, "console of small: 18 characters ever\n"
	                         "  | second\n"
	                         "  | third\n"
	                         "events of small: 2 ever\n"
	                         "  0.250 s  running     start 1\n"
	                         "  2.000 s  stopped     start 1: an error that could not be given "
	                         "back to it\n"
	                         "last crash, of 1, at 1.999 s:\n"
	                         "small: an abort\n"
	                         "  pc 0x40000000\n");
	assert_int_equal(run("log small"), TOOL_DONE);
	has(out, "  | first\n  | second\n");
	box.event[1].time = 12345000000;
	fake_tree_box(&box);
	assert_int_equal(run("log small"), TOOL_DONE);
	has(out, "\n      0.250 s  running     start 1\n  12345.000 s  stopped     start 1: ");
	assert_int_equal(run("log small 0"), TOOL_DONE);
	assert_null(strstr(out, "  | "));
	box.former_size = 9;
	memcpy(box.former, "be\033]fore|it stopped", 19);
	box.former_words = 10;
	fake_tree_box(&box);
	assert_int_equal(run("log small 0"), TOOL_DONE);
	has(out, "  pc 0x40000000\nbefore the machine was reset:\n  | be\n"
	         "last crash before the machine was reset:\n  | it stopped\n");
	assert_null(strchr(out, '\033'));
}

TEST(console_output_commands_no_terminal)
{
	put_console("\033]0;title\007\033[2Jnice\r\b\033[31mred\n\xc3(\t\xff|\n");
	for (uint32_t i = 0; i < 70000; i++)
		box.console[box.printed++ % BLACKBOX_CONSOLE_SIZE] =
		    (uint8_t)(i * 2654435761u >> 13);
	put_console("\nthe end \033[");
	box.words_size = 40;
	memset(box.words, '\033', 40);
	box.crashes = 1;
	fake_tree_box(&box);
	assert_int_equal(run("log small all"), TOOL_DONE);
	has(out, "\n  | the end ");
	for (const char *c = out; *c != '\0'; c++)
		assert_true(*c == '\n' || (uint8_t)*c >= ' ');
	assert_null(strchr(out, 0x7f));
}

/* ---- for programs ---- */

TEST(programs_are_told_lives)
{
	fake_panel.life[1] = (struct life_status){LIFE_HELD, STOP_WATCHDOG, 3, 1};
	assert_int_equal(run("list --json"), TOOL_DONE);
	assert_string_equal(
	    out, "{\"schema\": 1, \"document\": \"list\", \"time_us\": 0, "
	         "\"partitions\": [\n"
	         "{\"name\": \"linux\", \"number\": 1, \"this_one\": true, \"state\": \"running\", "
	         "\"starts\": 7, \"restarts_lately\": 0, \"last_end\": \"reset\"}\n"
	         ",{\"name\": \"small\", \"number\": 2, \"this_one\": false, \"state\": \"held\", "
	         "\"starts\": 3, \"restarts_lately\": 1, \"last_end\": \"watchdog\"}\n"
	         ",{\"name\": \"other\", \"number\": 3, \"this_one\": false}\n"
	         "]}\n");
	box.printed = 12;
	box.crashes = 4;
	fake_tree_box(&box);
	assert_int_equal(run("show small --json"), TOOL_DONE);
	assert_string_equal(out, "{\"schema\": 1, \"document\": \"partition\", \"name\": "
	                         "\"small\", \"number\": 2, \"state\": \"held\", \"starts\": 3, "
	                         "\"restarts_lately\": 1, \"last_end\": \"watchdog\", "
	                         "\"crashes\": 4, \"printed\": 12}\n");
	fake_panel.life[1] = (struct life_status){LIFE_STOPPING, STOP_RESET, 3, 1};
	assert_int_equal(run("show small --json"), TOOL_DONE);
	assert_null(strstr(out, "last_end")); /* the end may have been a panic */
	fake_panel.life[1].reason = STOP_PANIC;
	assert_int_equal(run("show small --json"), TOOL_DONE);
	has(out, "\"last_end\": \"panic\"");
	fake_panel.life[1] = (struct life_status){LIFE_RUNNING, STOP_RESET, 4, 2};
	assert_int_equal(run("show small --json"), TOOL_DONE);
	has(out, "\"last_end\": \"reset\"");
	assert_int_equal(run("show other --json"), TOOL_FAILED);
	assert_string_equal(out, "");
}

TEST(programs_are_told_black_boxes)
{
	box.events = 1;
	box.event[0] = (struct life_event){.time = 250000, .status = {LIFE_RUNNING, 0, 1, 0}};
	put_console("one\n\"}\\\033[2J\xff\xc3\xa9\n");
	assert_int_equal(run("log small all --json"), TOOL_DONE);
	assert_string_equal(out, "{\"schema\": 1, \"document\": \"log\", \"name\": \"small\", "
	                         "\"printed\": 15, \"unread\": 0, \"console\": [\n"
	                         "\"one\\u000a\"\n"
	                         ",\"\\\"}\\\\\\u001b\\u005b2J\\ufffd\\u00e9\\u000a\"\n"
	                         "], \"events_ever\": 1, \"events_lost\": 0, \"events\": [\n"
	                         "{\"time_us\": 250000, \"state\": \"running\", \"starts\": 1, "
	                         "\"restarts_lately\": 0}\n"
	                         "], \"crashes\": 0}\n");
	assert_int_equal(run("log small 1 --json"), TOOL_DONE);
	assert_null(strstr(out, "one"));
	box.crashes = 1;
	box.report_time = 1999000;
	memcpy(box.words, "why\n", 4);
	box.words_size = 4;
	fake_tree_box(&box);
	assert_int_equal(run("log small 0 --json"), TOOL_DONE);
	has(out, "\"console\": [\n], ");
	has(out, "\"crashes\": 1, \"crash_time_us\": 1999000, \"crash\": [\n\"why\\u000a\"\n], "
	         "\"crash_whole\": true}\n");
	box.former_size = 8;
	memcpy(box.former, "then\nendwhy", 11);
	box.former_words = 3;
	fake_tree_box(&box);
	assert_int_equal(run("log small 0 --json"), TOOL_DONE);
	has(out, "true, \"former\": [\n\"then\\u000a\"\n,\"end\"\n], \"former_crash\": "
	         "[\n\"why\"\n]}\n");
}

TEST(programs_are_told_cores)
{
	assert_int_equal(run("--no-wait give 2 other"), TOOL_DONE);
	assert_int_equal(run("cores --json"), TOOL_DONE);
	has(out, "{\"schema\": 1, \"document\": \"cores\", \"cores\": [\n"
	         "{\"core\": 2, \"holder\": \"linux\", \"cpu\": 2, \"asked_for\": \"other\", "
	         "\"asked_until_us\": ");
	has(out, ",{\"core\": 3, \"holder\": \"other\", \"cpu\": 3}\n]}\n");
	fake_panel.hold[2] = HOLD_RECORD(HOLD_NOBODY, HOLD_NOBODY, 0, 0);
	assert_int_equal(run("cores --json"), TOOL_DONE);
	has(out, "{\"core\": 2, \"holder\": null, \"cpu\": 2}\n");
	assert_int_equal(run("stop small --json"), TOOL_USAGE);
	has(err, "no --json answer has stop");
}

/* ---- windows and doorbells ---- */

TEST(windows_are_listed)
{
	assert_int_equal(run("windows"), TOOL_DONE);
	assert_string_equal(out, "window pipe: 8192 bytes at 0x20000000\n"
	                         "    small: rung by doorbell 4, heard by bit 3\n"
	                         "window seen: 12288 bytes at 0x20002000, read-only\n"
	                         "    small: no doorbells\n"
	                         "doorbell wake\n"
	                         "    other: heard by bit 5\n");
}

static bool small_rings(void)
{
	fake_panel_raise(1u << FAKE_BIT);
	return true;
}

TEST(doorbells_are_rung_and_heard)
{
	assert_int_equal(run("ring 4"), TOOL_DONE);
	assert_int_equal(run("ring pipe small"), TOOL_DONE);
	assert_int_equal(fake_panel.rung, 2);
	assert_int_equal(run("ring 5"), TOOL_FAILED);
	has(err, "somebody else's");
	assert_int_equal(run("ring x"), TOOL_USAGE);
	assert_int_equal(run("ring pipe other"), TOOL_FAILED);
	has(err, "other doesn't see this window");
	assert_int_equal(run("ring seen small"), TOOL_FAILED);
	has(err, "seen has no doorbells: write `kumiki,doorbells;`");
	fake_panel.sleep = small_rings;
	assert_int_equal(run("hear pipe small"), TOOL_DONE);
}

/* ---- cores ---- */

static void other_gets_it(void)
{
	fake_panel.hold[2] = (fake_panel.hold[2] & ~0xffull) | HOLD_WANTED(fake_panel.hold[2]);
}

static void it_stays(void)
{
	fake_panel.hold[2] = (fake_panel.hold[2] + 0x10000) & 0xff00ffull;
}

static void somebody_keeps_it(void)
{
	it_stays();
	fake_panel.hold[2] |= (uint64_t)HOLD_TIME_MAX << 24;
}

static bool other_gets_it_later(void)
{
	other_gets_it();
	fake_panel_raise(PANEL_CHANGED);
	return true;
}

TEST(cores_are_listed)
{
	assert_int_equal(run("cores"), TOOL_DONE);
	assert_string_equal(out, "core 2: linux; CPU 2 here\ncore 3: other; CPU 3 here\n");
	assert_int_equal(run("--no-wait give 2 other"), TOOL_DONE);
	assert_int_equal(HOLD_UNTIL(fake_panel.hold[2]), 30 * FAKE_HZ >> HOLD_TICK_SHIFT);
	assert_int_equal(run("cores"), TOOL_DONE);
	has(out, "core 2: linux; CPU 2 here; asked for other\n");
	assert_int_equal(run("keep 2"), TOOL_DONE);
	assert_int_equal(run("cores"), TOOL_DONE);
	has(out, "core 2: linux; CPU 2 here\n");
	for (uint32_t i = 0; i < KUMIKI_CPUS_MAX; i++)
		fake_panel.hold[i] = HOLD_FIXED;
	assert_int_equal(run("cores"), TOOL_DONE);
	has(out, "no core of this machine moves");
}

TEST(cores_are_given)
{
	fake_panel.asked = other_gets_it;
	assert_int_equal(run("give 2 other"), TOOL_DONE);
	assert_int_equal(HOLD_HOLDER(fake_panel.hold[2]), 2);
	assert_int_equal(run("give 2 other"), TOOL_DONE); /* the core is there already */
	assert_int_equal(fake_panel.holds, 1);
	assert_int_equal(run("give 2 linux"), TOOL_FAILED);
	has(err, "core 2 is held by other, which this partition doesn't manage");
	fake_panel.asked = NULL;
	fake_panel.hold[2] = 0;
	fake_panel.sleep = other_gets_it_later;
	assert_int_equal(run("give 2 other"), TOOL_DONE);
}

TEST(cores_stay)
{
	fake_panel.asked = it_stays;
	assert_int_equal(run("give 2 other"), TOOL_FAILED);
	has(err, "linux keeps core 2: it refuses; its agent says why\n");
	fake_panel.asked = somebody_keeps_it;
	assert_int_equal(run("give 2 other"), TOOL_FAILED);
	has(err, "linux keeps core 2: somebody has asked that it stays; ask again later\n");
	fake_panel.asked = NULL;
	assert_int_equal(run("--wait 1 give 2 other"), TOOL_FAILED);
	has(err,
	    "linux keeps core 2: it didn't give it up in time; see that it and its agent run\n");
	assert_int_equal(HOLD_WANTED(fake_panel.hold[2]), 0); /* the request was withdrawn */
	assert_int_equal(run("give 1 other"), TOOL_FAILED);
	has(err, "1: no such core moves");
	assert_int_equal(run("give x other"), TOOL_FAILED);
	assert_int_equal(run("give 2 none"), TOOL_FAILED);
	has(err, "there is no partition none");
}

static void other_gets_it_at_last(void)
{
	if (fake_panel.holds == 1)
		other_gets_it();
}

/* The core comes while the request is withdrawn. Its holder now can't be asked from here. */
TEST(a_core_comes_at_the_last_moment)
{
	fake_panel.asking = other_gets_it_at_last;
	assert_int_equal(run("--wait 1 give 2 other"), TOOL_DONE);
	assert_int_equal(HOLD_HOLDER(fake_panel.hold[2]), 2);
	assert_string_equal(err, "");
}

static void small_is_to_get_it_at_last(void)
{
	if (fake_panel.holds == 1)
		fake_panel.hold[2] = ((fake_panel.hold[2] + 0x10000) & ~0xff00ull) | 1 << 8;
}

/* The time is over, but the last request is another client's by then: it isn't withdrawn. */
TEST(anothers_request_isnt_withdrawn)
{
	fake_panel.asking = small_is_to_get_it_at_last;
	assert_int_equal(run("--wait 1 give 2 other"), TOOL_FAILED);
	has(err,
	    "linux keeps core 2: somebody else has asked for it since; 'cores' says for whom\n");
	assert_int_equal(HOLD_WANTED(fake_panel.hold[2]), 1);
}

TEST(cores_without_a_holder)
{
	fake_panel.asked = other_gets_it;
	assert_int_equal(run("give 2 nobody"), TOOL_DONE);
	assert_int_equal(HOLD_HOLDER(fake_panel.hold[2]), HOLD_NOBODY);
	assert_int_equal(run("cores"), TOOL_DONE);
	has(out, "core 2: nobody; CPU 2 here\n");
	assert_int_equal(run("give 2 other"), TOOL_FAILED);
	has(err, "core 2 is nobody's: for others than itself a partition takes it if it manages "
	         "them");
	fake_panel.asked = NULL;
	assert_int_equal(run("--wait 1 give 2 linux"), TOOL_FAILED);
	has(err, "nobody keeps core 2: it didn't give it up in time");
	fake_panel.asked = other_gets_it;
	assert_int_equal(run("give 2 linux"), TOOL_DONE);
	assert_int_equal(HOLD_HOLDER(fake_panel.hold[2]), 0);
}

static bool its_cpu_comes(void)
{
	fake_tree_write("/sys/devices/system/cpu/cpu2/online", "1\n", 2);
	return false;
}

/* A core that comes to this Linux is given when its CPU is on. Shows: cores.cpu-awaited. */
TEST(its_own_cpu_is_awaited)
{
	fake_panel.asked = other_gets_it;
	assert_int_equal(run("give 2 nobody"), TOOL_DONE);
	fake_tree_write("/sys/devices/system/cpu/cpu2/online", "0\n", 2);
	assert_int_equal(run("--wait 1 give 2 linux"), TOOL_DONE);
	assert_string_equal(
	    out, "core 2 is here, and its CPU is still off; see that kumiki-cores runs\n");
	assert_int_equal(run("give 2 nobody"), TOOL_DONE);
	fake_panel.sleep = its_cpu_comes;
	assert_int_equal(run("give 2 linux"), TOOL_DONE);
	assert_string_equal(out, "");
	assert_int_equal(HOLD_HOLDER(fake_panel.hold[2]), 0);
}
