/* The shell: takes commands of a person at the console, for the programs that it manages. */
#include "commands.h"
#include "line.h"
#include <lib/string.h>
#include <proto/console.h>
#include <proto/policy.h>
#include <proto/supervisor.h>
#include <rtos/console.h>
#include <rtos/sys.h>

#define SHELL_PROGRAMS 64

static void shell_say(const char *string)
{
	(void)console_write(string, string_length(string));
}

static uint64_t shell_ask(uint64_t operation, uint64_t first, uint64_t second,
                          uint64_t word[RTOS_WORDS])
{
	word[0] = operation;
	word[1] = first;
	word[2] = second;
	if (sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) != RTOS_OK)
		return SUPERVISOR_BAD;
	return word[0];
}

/* The name in words 5 and 6 of a program's state. */
static void shell_name(const uint64_t word[RTOS_WORDS], char name[17])
{
	memcpy(name, &word[5], 16);
	name[16] = '\0';
}

static void shell_column(struct text *text, size_t until)
{
	while (text->length < until)
		text_add(text, " ");
}

/* ---- commands ---- */

static void shell_ps_line(const uint64_t word[RTOS_WORDS])
{
	static const char *const states[] = {
	    [POLICY_RESTS] = "rests",       [POLICY_WAITS] = "waits",  [POLICY_STARTS] = "starts",
	    [POLICY_RUNS] = "runs",         [POLICY_ENDS] = "ends",    [POLICY_STOPPED] = "stopped",
	    [POLICY_GIVEN_UP] = "given up", [POLICY_PAUSES] = "pauses"};
	struct text text = {.length = 0};
	char name[17];

	shell_name(word, name);
	text_add(&text, name);
	shell_column(&text, 18);
	text_add(&text, word[1] < sizeof(states) / sizeof(states[0]) ? states[word[1]] : "?");
	shell_column(&text, 30);
	text_number(&text, word[3]);
	shell_column(&text, 38);
	text_number(&text, word[2]);
	shell_column(&text, 46);
	text_number(&text, word[4]);
	if (word[7] != 0) {
		text_add(&text, ", failed probes: ");
		text_number(&text, word[7]);
	}
	text_add(&text, "\n");
	(void)console_print(&text);
}

static void shell_ps(const struct line *line)
{
	uint64_t word[RTOS_WORDS] = {0};

	(void)line;
	shell_say("PROGRAM           STATE       STARTS  LEVEL   RUNS FOR (ms)\n");
	for (uint64_t i = 0; i < SHELL_PROGRAMS; i++)
		if (shell_ask(SUPERVISOR_STATE, i, 0, word) == SUPERVISOR_OK)
			shell_ps_line(word);
}

static bool shell_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* The number of the program with that name; SHELL_PROGRAMS: there is none. */
static uint64_t shell_find(const char *wanted)
{
	uint64_t word[RTOS_WORDS] = {0};
	char name[17];

	for (uint64_t i = 0; i < SHELL_PROGRAMS; i++) {
		if (shell_ask(SUPERVISOR_STATE, i, 0, word) != SUPERVISOR_OK)
			continue;
		shell_name(word, name);
		if (shell_same(name, wanted))
			return i;
	}
	return SHELL_PROGRAMS;
}

static void shell_command(const struct line *line, enum supervisor_command command)
{
	uint64_t word[RTOS_WORDS] = {0};
	uint64_t program;

	if (line->words != 2) {
		shell_say("which program? 'ps' lists them\n");
		return;
	}
	program = shell_find(line->word[1]);
	if (program == SHELL_PROGRAMS)
		shell_say("there is no such program; 'ps' lists them\n");
	else if (shell_ask(SUPERVISOR_COMMAND, program, command, word) == SUPERVISOR_DENIED)
		shell_say("the manifest doesn't let the shell manage that program\n");
}

static void shell_start(const struct line *line)
{
	shell_command(line, SUPERVISOR_DO_START);
}

/* Stops a program, but not the program "console", on which the user types. */
static void shell_stop(const struct line *line)
{
	if (line->words == 2 && shell_same(line->word[1], "console")) {
		shell_say("you type on that program; 'restart' gives it a new process\n");
		return;
	}
	shell_command(line, SUPERVISOR_DO_STOP);
}

/* Restarts a program. The order for the supervisor goes to init, without the supervisor's help. */
static void shell_restart(const struct line *line)
{
	const struct rtos_given *given =
	    line->words == 2 ? sys_given(RTOS_GIVEN_RESTART, line->word[1], 0) : NULL;

	if (given) {
		(void)sys_signal(given->handle);
		return;
	}
	shell_command(line, SUPERVISOR_DO_RESTART);
}

static void shell_kill(const struct line *line)
{
	shell_command(line, SUPERVISOR_DO_KILL);
}

static void shell_replace(const struct line *line)
{
	uint64_t program;

	if (line->words != 3) {
		shell_say("which program, and which file? 'ps' lists the programs\n");
		return;
	}
	program = shell_find(line->word[1]);
	if (program == SHELL_PROGRAMS)
		shell_say("there is no such program; 'ps' lists them\n");
	else
		replace_program((uint32_t)program, line->word[1], line->word[2]);
}

static void shell_time(const struct line *line)
{
	struct text text = {.length = 0};

	(void)line;
	text_add(&text, "the machine runs for ");
	text_number(&text, sys_milliseconds());
	text_add(&text, " ms\n");
	(void)console_print(&text);
}

static void shell_mem(const struct line *line)
{
	uint64_t word[RTOS_WORDS] = {0};
	struct text text = {.length = 0};

	(void)line;
	if (shell_ask(SUPERVISOR_MEMORY, 0, 0, word) != SUPERVISOR_OK)
		return;
	text_number(&text, word[1] * (RTOS_PAGE_SIZE / 1024));
	text_add(&text, " KiB of ");
	text_number(&text, word[2] * (RTOS_PAGE_SIZE / 1024));
	text_add(&text, " KiB that no program has are free\n");
	(void)console_print(&text);
}

static void shell_help(const struct line *line);

static const struct {
	const char *name, *what;
	void (*run)(const struct line *line);
} shell_commands[] = {
    {"help", "these lines", shell_help},
    {"ps", "the programs: state, starts, level, time", shell_ps},
    {"start", "NAME: starts a program that was stopped or given up", shell_start},
    {"stop", "NAME: ends it; calls of its ports fail until it is started", shell_stop},
    {"restart", "NAME: a new process, with what it kept", shell_restart},
    {"kill", "NAME: as if it had crashed", shell_kill},
    {"run", "FILE [WORD...]: starts it, and waits for its end; with '&' behind it, doesn't",
     run_command},
    {"replace", "NAME FILE: a new version of a server, while it serves", shell_replace},
    {"rules", "list; or remove NAME: what the watcher looks by", rules_command},
    {"alarms", "what the watcher told last, and when", rules_alarms},
    {"top", "[SECONDS]: each program's share of a CPU, memory and handles", top_command},
    {"mem", "memory that is left", shell_mem},
    {"time", "how long the machine runs", shell_time},
    {"date", "[YEAR-MONTH-DAY HOURS:MINUTES:SECONDS]: what time it is (UTC), or is to be",
     date_command},
    {"core", "what is left of the last crash, for 'kumiki rtos core'", core_command},
    {"trace", "[EVENTS]: what all did; 'on [KIB]' begins, 'off' stops, 'raw' is for 'kumiki trace'",
     trace_command},
    {"log", "[WORD...]: what the log has; with words, a line for it", log_command},
    {"ls", "[DIRECTORY]: what is in it", files_list},
    {"cat", "FILE: shows it", files_show},
    {"write", "FILE WORD...: a line at its end; it is made if there is none", files_write},
    {"cp", "FILE FILE: a copy", files_copy},
    {"mv", "FILE FILE: another name", files_move},
    {"rm", "FILE: removes it, or an empty directory", files_remove},
    {"mkdir", "DIRECTORY: makes it", files_make_directory},
    {"sum", "FILE: its CRC-32C", files_sum},
    {"net", "the network: addresses, and what came, went and was lost", net_figures},
    {"ping", "ADDRESS: four echoes of it", net_ping},
    {"df", "how much space is left for files", files_usage},
    {"sync", "have all changes of files on the disk before the next prompt", files_sync},
};
#define SHELL_COMMANDS (sizeof(shell_commands) / sizeof(shell_commands[0]))

static void shell_help(const struct line *line)
{
	(void)line;
	for (size_t i = 0; i < SHELL_COMMANDS; i++) {
		struct text text = {.length = 0};

		text_add(&text, shell_commands[i].name);
		shell_column(&text, 10);
		text_add(&text, shell_commands[i].what);
		text_add(&text, "\n");
		(void)console_print(&text);
	}
}

static void shell_obey(const struct line *line)
{
	if (line->words == 0)
		return;
	for (size_t i = 0; i < SHELL_COMMANDS; i++)
		if (shell_same(shell_commands[i].name, line->word[0])) {
			shell_commands[i].run(line);
			return;
		}
	shell_say("there is no such command; 'help' lists them\n");
}

/* ---- the console ---- */

/* Collects the characters that are shown for a key, so that they go out together. */
static void shell_show(void *to, char character)
{
	struct text *echo = to;

	if (echo->length == TEXT_SIZE) {
		(void)console_print(echo);
		echo->length = 0;
	}
	echo->bytes[echo->length++] = character;
}

static void shell_take(struct line *line, char key, struct text *echo)
{
	const bool whole = line_take(line, key);

	if (echo->length != 0)
		(void)console_print(echo);
	echo->length = 0;
	if (!whole)
		return;
	shell_obey(line);
	shell_say("$ ");
}

/* Without a console the shell has nothing to do: the supervisor closed it, or there never was one.
 */
int main(void)
{
	struct text echo = {.length = 0};
	static struct line line;
	char bytes[CONSOLE_TEXT] = {0};
	size_t count;

	line_begin(&line, shell_show, &echo);
	shell_say("$ ");
	while (console_read(bytes, &count) == RTOS_OK)
		for (size_t i = 0; i < count; i++)
			shell_take(&line, bytes[i], &echo);
	return 1;
}
