/*
 * The operator's commands. A command is carried out in steps, one in each turn, so that partitions'
 * output goes on during a long answer. Answers go into the service's own ring, or over the link to
 * the host that asked. Commands of several lines are carried out side by side: `shell->command` is
 * the command whose step it is.
 */
#ifndef SHELL_COMMAND_H
#define SHELL_COMMAND_H

#include <console/line.h>
#include <kumiki/bundle.h>
#include <kumiki/life.h>
#include <lib/json.h>
#include <lib/operatorwords.h>
#include <lib/termfilter.h>
#include <service/words.h>

#define COMMAND_TEXT      LINE_ANSWER_MAX /* the longest answer of a step */
#define COMMAND_WORDS_MAX 4u
#define COMMAND_WORD_SIZE 64u /* more than the longest valid word has */

/* When this time has passed, a change of a partition's life that hasn't happened yet is said to be
 * late. */
#define COMMAND_WAIT_MS 30000u

enum command_result {
	COMMAND_MORE,
	COMMAND_WAIT, /* nothing can be done until something changes */
	COMMAND_DONE,
	COMMAND_FAILED,
};

struct console;
struct shell;
struct command_kind {
	const struct operator_word *word;
	enum life_command told; /* command_life() gives this command */
	enum command_result (*step)(struct shell *shell, struct words *words, uint64_t now);
	/* Writes the answer for programs, a step at a time; each step ends at the end of a line.
	 * NULL: the command has no such answer. */
	enum command_result (*tell)(struct shell *shell, struct json *json, uint64_t now);
};

/* First the accounts at `top`'s first look, then the differences between its two looks. The unit is
 * the tick. */
struct shell_top {
	uint64_t ticks;
	uint64_t ran[BUNDLE_VCPUS_MAX], stolen[BUNDLE_VCPUS_MAX];
	uint64_t idle[BUNDLE_CORES_MAX], service[BUNDLE_CORES_MAX], off[BUNDLE_CORES_MAX];
};

struct shell_command {
	const struct command_kind *kind; /* NULL: no command is carried out */
	bool off;                        /* the machine may go off after it */
	bool tells;                      /* the line's last word was OPERATOR_JSON */
	bool over;                       /* only the last text is still to be sent */
	uint8_t status;                  /* when over: 0 done, 1 failed */
	uint8_t partition;               /* the partition that it names, or COMMAND_NO_PARTITION */
	const struct command_kind *about;
	uint32_t lines;  /* how many lines of the console's tail to show */
	uint32_t number; /* seconds; a CPU; enum power_policy; enum warden_hand */
	uint32_t to;     /* a core */
	uint32_t asked;  /* number of its request to the warden */
	uint32_t size;   /* characters of `text` */
	char text[COMMAND_TEXT];

	/* Only the steps use these fields. */
	uint32_t step;
	uint64_t at, end;         /* places in a black box's console, or among its events */
	uint32_t crashes;         /* the partition's crashes when its report began to be shown */
	uint32_t starts;          /* the partition's starts before the command was given */
	uint64_t deadline;        /* counter: when to look again, or to give up */
	uint64_t end_of_wait;     /* counter: when to give up waiting for the warden */
	struct termfilter filter; /* for a console's tail */
	struct json json;
	struct shell_top top;
};
#define COMMAND_NO_PARTITION 0xffu
#define COMMAND_ALL_LINES    UINT32_MAX
#define COMMAND_TAIL         20u /* lines, if the operator names no number */
#define COMMAND_SECONDS_MAX  30u
#define HOLD_SECONDS         5u /* for a core, if the operator names no number */

/* Begins the command of a line of text. A blank line is over at once. No command may run on this
 * line. */
void command_begin(struct shell *shell, uint8_t number, const char *line, uint32_t size);

/* Drops the command: nobody wants its answer any more. */
void command_cancel(struct shell *shell, uint8_t number);

/* Does a step of each command. True: there may be more to do now. */
bool command_pump(struct shell *shell, uint64_t now);

/* The number of the line whose command has its step. */
uint8_t command_line_of(const struct shell *shell);

/* The deadline of the waiting command that is to be given up first; UINT64_MAX: no command waits.
 */
uint64_t command_deadline(const struct shell *shell);

/* ---- the commands' steps ---- */

enum command_result command_help(struct shell *shell, struct words *words, uint64_t now);
enum command_result command_list(struct shell *shell, struct words *words, uint64_t now);
enum command_result command_show(struct shell *shell, struct words *words, uint64_t now);
enum command_result command_log(struct shell *shell, struct words *words, uint64_t now);
enum command_result command_life(struct shell *shell, struct words *words, uint64_t now);
enum command_result command_top(struct shell *shell, struct words *words, uint64_t now);
enum command_result command_power(struct shell *shell, struct words *words, uint64_t now);
enum command_result command_cores(struct shell *shell, struct words *words, uint64_t now);
enum command_result command_give(struct shell *shell, struct words *words, uint64_t now);
enum command_result command_move(struct shell *shell, struct words *words, uint64_t now);
enum command_result command_channels(struct shell *shell, struct words *words, uint64_t now);
enum command_result command_trace(struct shell *shell, struct words *words, uint64_t now);

enum command_result command_accounts(struct shell *shell, struct words *words, uint64_t now);

/* ---- the commands' answers for programs: docs/reference/json.md ---- */

enum command_result tell_list(struct shell *shell, struct json *json, uint64_t now);
enum command_result tell_show(struct shell *shell, struct json *json, uint64_t now);
enum command_result tell_log(struct shell *shell, struct json *json, uint64_t now);
enum command_result tell_top(struct shell *shell, struct json *json, uint64_t now);
enum command_result tell_cores(struct shell *shell, struct json *json, uint64_t now);
enum command_result tell_accounts(struct shell *shell, struct json *json, uint64_t now);

#endif
