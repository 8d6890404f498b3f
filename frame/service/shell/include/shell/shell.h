/*
 * The operator's shell: what partitions, cores and deadlines did, in words as it comes, and the
 * commands. It stands on the console (console/console.h), whose program it is part of, and which
 * knows of it what console/line.h says. Parts: shell.c (start, turns), command.c (which commands
 * there are; show.c, log.c, control.c, events.c, top.c, move.c carry them out, and ask.c has the
 * warden carry them out), complete.c, life.c (a partition's life in words), misses.c, refused.c.
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <console/console.h>
#include <kumiki/account.h>
#include <shell/command.h>

/* Missed deadlines of a partition that were said. */
struct shell_misses {
	uint32_t said;
	uint64_t time;
};

/* What `top` saw at its first look, then what came until the second one. Ticks. */
struct shell_top {
	uint64_t ticks;
	uint64_t ran[BUNDLE_VCPUS_MAX], stolen[BUNDLE_VCPUS_MAX];
	uint64_t idle[BUNDLE_CORES_MAX], service[BUNDLE_CORES_MAX], off[BUNDLE_CORES_MAX];
};

struct shell {
	struct console *console;
	struct shell_command command;
	struct shell_misses misses[BUNDLE_PARTITIONS_MAX];
	uint32_t refused; /* records of the log of refused accesses that were said */
	struct shell_top top;
	char words[BLACKBOX_WORDS_SIZE]; /* what is just being said is put together here */
};

/* ---- shell.c ---- */

/* Console and shell are all zero. */
void shell_start(struct shell *shell, struct console *console, const struct console_info *info,
                 uint64_t now);

/* ---- misses.c ---- */

/* Keeps missed deadlines, and says the latest; true: it did. */
bool misses_look(struct shell *shell, uint64_t now);

/* When it is to look again, for what was missed a short time after what it has said. */
uint64_t misses_deadline(const struct shell *shell);

/* One, behind what the caller says of it. */
void misses_words(const struct console *console, const struct miss *miss, struct words *words);

/* ---- life.c ---- */

bool life_look(struct shell *shell); /* true: it said something */

/* Event `number` of the black box; all zero if it isn't there. */
struct life_event life_event_of(const struct console *console, uint8_t partition, uint32_t number);
struct life_status life_status_of(const struct console *console, uint8_t partition);

/* "5 in 60 s"; " a, b". */
void life_limit(const struct bundle_life *policy, struct words *words);
void life_names(const struct console *console, uint32_t mask, struct words *words);

/* ---- refused.c ---- */

void refused_start(struct shell *shell);
bool refused_look(struct shell *shell); /* true: it said something */

/* ---- events.c ---- */

/* A context of the trace: "linux.0". */
void events_context(const struct console *console, uint8_t vcpu, struct words *words);

/* ---- ask.c ---- */

/* Says what the warden has said of its own accord; true: it had. */
bool ask_listen(struct shell *shell);

/* ---- complete.c ---- */

/* The word at the editor's cursor. */
void complete_word(struct shell *shell);

#endif
