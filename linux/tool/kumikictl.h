/*
 * kumikictl: sees and manages partitions from a Linux that has the panel. tool.c knows the commands
 * and their arguments; each file beside it carries out some commands. A command returns its exit
 * code, and says failure and remedy on standard error.
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

/* A command's context. */
struct tool {
	struct kumiki kumiki;
	FILE *out, *err;
	int argument_count; /* behind the command */
	char *const *arguments;
	int wait_ms; /* for a command's result; 0: not at all */
	bool json;   /* the answer is for programs: docs/programs.md */
};

/* All of kumikictl, without the process around it. `root`: see kumiki_open(). */
int tool_run(int count, char *const arguments[], const char *root, FILE *out, FILE *err);

/* "kumikictl: " and the library's words. */
int tool_fail(struct tool *tool);
/* "kumikictl: NAME" and these words. */
int tool_say(struct tool *tool, const char *name, const char *words);
/* The partition in the first argument; -1 after a complaint. */
int tool_partition(struct tool *tool);
/* A number and nothing else. */
bool tool_number(const char *text, uint32_t *number);
/* JSON to its output; a partition, with its number, as fields of an object. */
struct json tool_json(const struct tool *tool);
void tool_json_partition(struct json *json, const struct tool *tool, uint32_t partition);
/* Milliseconds of a clock that doesn't go back. */
int64_t tool_now(void);
/* Ticks of the counter as seconds. */
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

/* ---- windows.c ---- */

int tool_windows(struct tool *tool);
int tool_ring(struct tool *tool);
int tool_hear(struct tool *tool);

#endif
