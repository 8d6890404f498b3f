/*
 * The operator's commands: each is carried out in steps, one a turn, so that partitions' output
 * goes on during a long answer. Answers go into the service's own ring, or over the link to the
 * host that asked. One command at a time.
 */
#ifndef SHELL_COMMAND_H
#define SHELL_COMMAND_H

#include <console/line.h>
#include <kumiki/life.h>
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

enum command_operand {
	OPERAND_NONE,
	OPERAND_MOVE,    /* partition, CPU, core */
	OPERAND_GIVE,    /* core, partition; seconds may be left out */
	OPERAND_COMMAND, /* may be left out */
	OPERAND_PARTITION,
	OPERAND_PARTITION_OPTIONAL,
	OPERAND_PARTITION_AND_LINES, /* the lines may be left out */
	OPERAND_SECONDS,             /* may be left out: one second */
	OPERAND_POLICY,              /* may be left out */
	OPERAND_HAND,                /* may be left out */
};

struct console;
struct shell;
struct command_kind {
	const struct operator_word *word;
	enum command_operand operand;
	enum life_command told; /* command_life's */
	enum command_result (*step)(struct shell *shell, struct words *words, uint64_t now);
};

struct shell_command {
	const struct command_kind *kind; /* NULL: none is carried out */
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
};
#define COMMAND_NO_PARTITION 0xffu
#define COMMAND_ALL_LINES    UINT32_MAX
#define COMMAND_TAIL         20u /* lines, if nobody says how many */
#define COMMAND_SECONDS_MAX  30u
#define HOLD_SECONDS         5u /* for a core, if nobody says how many */

/* A line of text; a blank one is over at once. Nothing may be running. */
void command_begin(struct shell *shell, const char *line, uint32_t size);

/* Nobody wants the command's answer any more. */
void command_cancel(struct shell *shell);

/* A step; true if there may be more to do now. */
bool command_pump(struct shell *shell, uint64_t now);

/* When a waiting command is to be given up, or UINT64_MAX. */
uint64_t command_deadline(const struct shell *shell);

/* Candidate `index` for the operand `word` (0: the command itself) of a line; NULL: no more. */
const char *command_candidate(const struct console *console, const char *line, uint32_t word,
                              uint32_t index);

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
enum command_result command_trace(struct shell *shell, struct words *words, uint64_t now);

#endif
