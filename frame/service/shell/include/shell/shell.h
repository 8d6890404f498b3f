/*
 * The operator's shell: news of partitions, cores and deadlines in words, and the commands. The
 * shell stands on the console (console/console.h) and is in the same program; the console calls it
 * by console/line.h alone. Parts: shell.c (start, turns), command.c (the table of commands; show.c,
 * log.c, control.c, events.c, top.c, account.c, move.c carry them out, and ask.c has the warden do
 * so), complete.c, life.c (a partition's life in words), misses.c, refused.c,
 * channels.c.
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <console/console.h>
#include <kumiki/account.h>
#include <shell/command.h>

/* How far a partition's missed deadlines were said. */
struct shell_misses {
	uint32_t said;
	uint64_t time;
};

struct shell {
	struct console *console;
	struct shell_command commands[LINE_COUNT]; /* of each line */
	struct shell_command *command;             /* the command that has its step */
	uint8_t first;                             /* line that has the next turn's first step */
	uint8_t asks; /* line whose request the warden has, or LINE_COUNT */
	struct shell_misses misses[BUNDLE_PARTITIONS_MAX];
	uint32_t listed;                    /* characters of a completion's candidates */
	uint32_t failures[BUNDLE_ENDS_MAX]; /* of each end's broker that were said */
	uint32_t refused;                /* records of the log of refused accesses that were said */
	char words[BLACKBOX_WORDS_SIZE]; /* text is put together here */
};

/* ---- shell.c ---- */

/* Console and shell are all zero. */
void shell_start(struct shell *shell, struct console *console, const struct console_info *info,
                 uint64_t now);

/* ---- misses.c ---- */

/* Keeps missed deadlines, and says the latest; true: it did. */
bool misses_look(struct shell *shell, uint64_t now);

/* When to look again, for a deadline that was missed shortly after the last one said. */
uint64_t misses_deadline(const struct shell *shell);

/* The words of a missed deadline, behind the caller's own. */
void misses_words(const struct console *console, const struct miss *miss, struct words *words);

/* The same as an element of a list, for programs. */
void misses_tell(const struct console *console, const struct miss *miss, struct json *json);

/* ---- life.c ---- */

bool life_look(struct shell *shell); /* true: it said something, or waits for room */

/* Event `number` of the black box; all zero if the event isn't there. */
struct life_event life_event_of(const struct console *console, uint8_t partition, uint32_t number);
struct life_status life_status_of(const struct console *console, uint8_t partition);

/* "5 in 60 s"; " a, b". */
void life_limit(const struct bundle_life *policy, struct words *words);
void life_names(const struct console *console, uint32_t mask, struct words *words);

/* ---- top.c ---- */

/* Keeps all accounts of this moment in `top`. */
void top_first(struct shell *shell, uint64_t now);

/* A vCPU's state in a word; `state`: of its account. */
const char *top_state(const struct console *console, uint32_t vcpu, uint8_t state);

/* ---- refused.c ---- */

void refused_start(struct shell *shell);
bool refused_look(struct shell *shell); /* true: it said something */

/* ---- channels.c ---- */

void channels_start(struct shell *shell);
bool channels_look(struct shell *shell); /* true: it said something */

/* ---- events.c ---- */

/* A context of the trace: "linux.0". */
void events_context(const struct console *console, uint8_t vcpu, struct words *words);

/* ---- ask.c ---- */

/* Prints the warden's own news; true: there was some. */
bool ask_listen(struct shell *shell);

/* ---- complete.c ---- */

/* The word at the editor's cursor. */
void complete_word(struct shell *shell);

#endif
