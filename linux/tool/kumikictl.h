/*
 * kumikictl shows and manages partitions from a Linux that has the panel. tool.c knows the commands
 * and their arguments. Each of the other files carries out some commands. A command returns its
 * exit code; if it fails, it says on standard error why, and what helps.
 */
#ifndef TOOL_KUMIKICTL_H
#define TOOL_KUMIKICTL_H

#include <lib/json.h>
#include <libkumiki/libkumiki.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum tool_exit {
	TOOL_DONE = 0,
	TOOL_FAILED = 1, /* the command failed, or had no result */
	TOOL_USAGE = 2,  /* the command line is wrong */
	TOOL_NO_PANEL = 3,
};

/* What a command gets. */
struct tool {
	struct kumiki kumiki;
	FILE *out, *err;
	int argument_count; /* arguments after the command */
	char *const *arguments;
	int wait_ms; /* how long it waits for a result; 0: it doesn't wait */
	bool json;   /* the answer is for programs: docs/reference/json.md */
};

/* All of kumikictl, without the process around it. `root`: see kumiki_open(). */
int tool_run(int count, char *const arguments[], const char *root, FILE *out, FILE *err);

/* Prints "kumikictl: " and the library's words. */
int tool_fail(struct tool *tool);
/* Prints "kumikictl: ", the name and these words. */
int tool_say(struct tool *tool, const char *name, const char *words);
/* The partition in the first argument. -1: there is none, and this was printed. */
int tool_partition(struct tool *tool);
/* Reads a number. False: the text isn't a number, or has something else, too. */
bool tool_number(const char *text, uint32_t *number);
/* tool_json() begins JSON on the output; tool_told() is the exit code for a document's result. */
struct json tool_json(const struct tool *tool);
int tool_told(struct tool *tool, int result);
/* The milliseconds of a clock that never goes back. */
int64_t tool_now(void);
/* Prints the counter's ticks as seconds. */
void tool_seconds(FILE *out, uint64_t ticks);

/* ---- partitions.c ---- */

int tool_list(struct tool *tool);
int tool_show(struct tool *tool);
int tool_watch(struct tool *tool);

/* ---- control.c ---- */

int tool_start(struct tool *tool);
int tool_stop(struct tool *tool);
int tool_restart(struct tool *tool);
int tool_suspend(struct tool *tool);
int tool_resume(struct tool *tool);

/* ---- cores.c ---- */

int tool_cores(struct tool *tool);
int tool_give(struct tool *tool);
int tool_keep(struct tool *tool);

/* ---- power.c ---- */

int tool_power(struct tool *tool);

/* ---- log.c ---- */

int tool_log(struct tool *tool);

/* ---- alarms.c ---- */

int tool_alarms(struct tool *tool);
int tool_rules(struct tool *tool);

/* ---- windows.c ---- */

int tool_windows(struct tool *tool);
int tool_ring(struct tool *tool);
int tool_hear(struct tool *tool);

#endif
