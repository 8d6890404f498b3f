/*
 * The operator's commands: each is carried out in steps, one a turn, so that partitions' output
 * goes on during a long answer. Answers go into the service's own ring, or over the link to the
 * host that asked. Commands of several lines are carried out side by side: `shell->command` is the
 * command that has its step now.
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
#define COMMAND_WORD_SIZE 64u /* more than the longest valid word */

/* After this time, a change of a partition's life that was asked for is said to be late. */
#define COMMAND_WAIT_MS 30000u

enum command_result {
	COMMAND_MORE,
	COMMAND_WAIT, /* nothing to do until something changes */
	COMMAND_DONE,
	COMMAND_FAILED,
};

struct console;
struct shell;
struct command_kind {
	const struct operator_word *word;
	enum life_command told; /* command_life's */
	enum command_result (*step)(struct shell *shell, struct words *words, uint64_t now);
	/* The answer for programs; NULL: none. A step ends where a line of it ends. */
	enum command_result (*tell)(struct shell *shell, struct json *json, uint64_t now);
};

/* The accounts at `top`'s first look, then the differences to its second look. Ticks. */
struct shell_top {
	uint64_t ticks;
	uint64_t ran[BUNDLE_VCPUS_MAX], stolen[BUNDLE_VCPUS_MAX];
	uint64_t idle[BUNDLE_CORES_MAX], service[BUNDLE_CORES_MAX], off[BUNDLE_CORES_MAX];
};

struct shell_command {
	const struct command_kind *kind; /* NULL: none is carried out */
	bool off;                        /* the machine may go off behind it */
	bool tells;                      /* OPERATOR_JSON was its last word */
	bool over;                       /* only its last text is still to be sent */
	uint8_t status;                  /* when over: 0 done, 1 failed */
	uint8_t partition;               /* its operand, or COMMAND_NO_PARTITION */
	const struct command_kind *about;
	uint32_t lines;  /* of the console's tail */
	uint32_t number; /* of seconds; of a CPU; enum power_policy; enum warden_hand */
	uint32_t to;     /* a core */
	uint32_t asked;  /* number of the request to the warden */
	uint32_t size;   /* of `text` */
	char text[COMMAND_TEXT];

	/* For the steps alone. */
	uint32_t step;
	uint64_t at, end;         /* in a black box's console, or its events */
	uint32_t crashes;         /* of the partition, when its report began to be said */
	uint32_t starts;          /* of the partition, before it was told */
	uint64_t deadline;        /* counter */
	uint64_t end_of_wait;     /* counter: for the warden's answer */
	struct termfilter filter; /* of a console's tail */
	struct json json;
	struct shell_top top;
};
#define COMMAND_NO_PARTITION 0xffu
#define COMMAND_ALL_LINES    UINT32_MAX
#define COMMAND_TAIL         20u /* lines, if nobody says how many */
#define COMMAND_SECONDS_MAX  30u
#define HOLD_SECONDS         5u /* for a core, if nobody says how many */

/* A line of text; a blank one is over at once. Nothing may be running on it. */
void command_begin(struct shell *shell, uint8_t number, const char *line, uint32_t size);

/* Nobody wants the command's answer any more. */
void command_cancel(struct shell *shell, uint8_t number);

/* A step of each command; true if there may be more to do now. */
bool command_pump(struct shell *shell, uint64_t now);

/* The number of the line whose command has its step. */
uint8_t command_line_of(const struct shell *shell);

/* When the first waiting command is to be given up, or UINT64_MAX. */
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

/* ---- their answers for programs: docs/programs.md ---- */

enum command_result tell_list(struct shell *shell, struct json *json, uint64_t now);
enum command_result tell_show(struct shell *shell, struct json *json, uint64_t now);
enum command_result tell_log(struct shell *shell, struct json *json, uint64_t now);
enum command_result tell_top(struct shell *shell, struct json *json, uint64_t now);
enum command_result tell_cores(struct shell *shell, struct json *json, uint64_t now);
enum command_result tell_accounts(struct shell *shell, struct json *json, uint64_t now);

#endif
