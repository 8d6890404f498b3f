/* kumikictl's command line, its help, and the functions that commands share: see kumikictl.h. */
#include "kumikictl.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOOL_WAIT_MS      30000
#define TOOL_WAIT_MAX_S   86400L
#define TOOL_MILLISECONDS 1000

struct tool_command {
	const char *name, *arguments, *help;
	int least, most; /* number of arguments */
	int (*run)(struct tool *tool);
	bool json; /* it has an answer for programs */
};

static const struct tool_command tool_commands[] = {
    {"list", "", "the partitions, and in which state they are", 0, 0, tool_list, true},
    {"show", "NAME", "all that is known of one", 1, 1, tool_show, true},
    {"log", "NAME [LINES|all]", "its black box: console, life, last crash", 1, 2, tool_log, true},
    {"start", "NAME", "starts it", 1, 1, tool_start, false},
    {"stop", "NAME", "stops it", 1, 1, tool_stop, false},
    {"restart", "NAME", "starts it anew from its pristine images", 1, 1, tool_restart, false},
    {"suspend", "NAME", "makes it stand still", 1, 1, tool_suspend, false},
    {"resume", "NAME", "lets it go on", 1, 1, tool_resume, false},
    {"cores", "", "the holders of the cores that may move", 0, 0, tool_cores, true},
    {"give", "CORE NAME", "asks a core's holder to give it to NAME", 2, 2, tool_give, false},
    {"keep", "CORE", "its holder keeps it: the request for it is over", 1, 1, tool_keep, false},
    {"power", "[POLICY]", "by which cores go off and come on; changes it", 0, 1, tool_power, false},
    {"watch", "", "says each change of state, until it is ended", 0, 0, tool_watch, false},
    {"alarms", "[WINDOW]", "what a watcher found, and what came of it", 0, 1, tool_alarms, true},
    {"rules", "[WINDOW]", "the rules that it looks by", 0, 1, tool_rules, true},
    {"windows", "", "shared memory and doorbells of this partition", 0, 0, tool_windows, false},
    {"ring", "NUMBER | WINDOW NAME", "rings a doorbell", 1, 2, tool_ring, false},
    {"hear", "WINDOW NAME", "waits until it rings", 2, 2, tool_hear, false},
};
#define TOOL_COMMANDS (sizeof(tool_commands) / sizeof(tool_commands[0]))

static int tool_help(FILE *out)
{
	fputs("usage: kumikictl [--wait SECONDS | --no-wait] COMMAND …\n"
	      "Sees and manages the partitions of a machine that Kumiki divides.\n\n",
	      out);
	for (size_t i = 0; i < TOOL_COMMANDS; i++) {
		const struct tool_command *command = &tool_commands[i];
		const int used = fprintf(out, "  %s %s", command->name, command->arguments);

		fprintf(out, "%*s%s\n", used < 30 ? 30 - used : 1, "", command->help);
	}
	fputs("\n`list`, `show`, `log`, `cores`, `alarms`, `rules` take --json as last word.\n\n"
	      "  --wait SECONDS  how long to wait for a command's result, or for a ring (30)\n"
	      "  --no-wait       don't wait: `list` shows the result\n"
	      "  --version       says its version\n\n"
	      "Exit code: 0: done; 1: failed, and why was said; 2: wrong usage; 3: no panel.\n"
	      "kumikictl(1) says more.\n",
	      out);
	return TOOL_DONE;
}

static int tool_version(FILE *out)
{
	fprintf(out, "kumikictl %s\n", kumiki_version());
	return TOOL_DONE;
}

static int tool_misuse(struct tool *tool, const char *what, const char *which)
{
	fprintf(tool->err, "kumikictl: %s%s; `kumikictl --help` lists the commands\n", what, which);
	return TOOL_USAGE;
}

int tool_fail(struct tool *tool)
{
	fprintf(tool->err, "kumikictl: %s\n", tool->kumiki.error);
	return TOOL_FAILED;
}

int tool_say(struct tool *tool, const char *name, const char *words)
{
	fprintf(tool->err, "kumikictl: %s%s\n", name, words);
	return TOOL_FAILED;
}

int tool_partition(struct tool *tool)
{
	const int partition = kumiki_partition(&tool->kumiki, tool->arguments[0]);

	if (partition < 0)
		(void)tool_fail(tool);
	return partition;
}

bool tool_number(const char *text, uint32_t *number)
{
	char *rest;
	const unsigned long value = strtoul(text, &rest, 10);

	*number = (uint32_t)value;
	return text[0] >= '0' && text[0] <= '9' && *rest == '\0' && value < UINT32_MAX;
}

static void tool_put(void *to, char c)
{
	putc(c, to);
}

struct json tool_json(const struct tool *tool)
{
	return (struct json){.put = tool_put, .to = tool->out};
}

int tool_told(struct tool *tool, int result)
{
	return result == 0 ? TOOL_DONE : tool_fail(tool);
}

int64_t tool_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * TOOL_MILLISECONDS + now.tv_nsec / 1000000;
}

void tool_seconds(FILE *out, uint64_t ticks)
{
	const uint64_t hz = kumiki_counter_hz();

	fprintf(out, "%" PRIu64 ".%03" PRIu64 " s", ticks / hz, ticks % hz * 1000 / hz);
}

/* ---- the command line ---- */

static bool tool_is(const char *argument, const char *option)
{
	return strcmp(argument, option) == 0;
}

static bool tool_wait(const char *argument, int *milliseconds)
{
	char *rest;
	const long seconds = argument != NULL ? strtol(argument, &rest, 10) : -1;

	if (seconds < 0 || seconds > TOOL_WAIT_MAX_S || *rest != '\0' || rest == argument)
		return false;
	*milliseconds = (int)seconds * TOOL_MILLISECONDS;
	return true;
}

static int tool_command(struct tool *tool, const struct tool_command *command, const char *root)
{
	int result;

	if (tool->json && !command->json)
		return tool_misuse(tool, "no --json answer has ", command->name);
	if (tool->argument_count < command->least || tool->argument_count > command->most) {
		fprintf(tool->err, "kumikictl: usage: kumikictl %s %s\n", command->name,
		        command->arguments);
		return TOOL_USAGE;
	}
	if (kumiki_open(&tool->kumiki, root) != 0) {
		(void)tool_fail(tool);
		return TOOL_NO_PANEL;
	}
	result = command->run(tool);
	kumiki_close(&tool->kumiki);
	return result;
}

static int tool_find(struct tool *tool, const char *name, const char *root)
{
	for (size_t i = 0; i < TOOL_COMMANDS; i++)
		if (tool_is(name, tool_commands[i].name))
			return tool_command(tool, &tool_commands[i], root);
	return tool_misuse(tool, "there is no command ", name);
}

int tool_run(int count, char *const arguments[], const char *root, FILE *out, FILE *err)
{
	struct tool tool = {.out = out, .err = err, .wait_ms = TOOL_WAIT_MS};
	int at = 1;

	for (; at < count && arguments[at][0] == '-'; at++) {
		if (tool_is(arguments[at], "--help") || tool_is(arguments[at], "-h"))
			return tool_help(out);
		if (tool_is(arguments[at], "--version"))
			return tool_version(out);
		if (tool_is(arguments[at], "--no-wait"))
			tool.wait_ms = 0;
		else if (!tool_is(arguments[at], "--wait"))
			return tool_misuse(&tool, "there is no option ", arguments[at]);
		else if (++at >= count || !tool_wait(arguments[at], &tool.wait_ms))
			return tool_misuse(&tool, "--wait wants seconds", "");
	}
	if (at >= count)
		return tool_misuse(&tool, "a command is missing", "");
	tool.argument_count = count - at - 1;
	tool.arguments = arguments + at + 1;
	tool.json = tool.argument_count > 0 && tool_is(arguments[count - 1], "--json");
	tool.argument_count -= tool.json;
	if (tool_is(arguments[at], "help"))
		return tool_help(out);
	return tool_find(&tool, arguments[at], root);
}
