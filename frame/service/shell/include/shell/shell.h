/*
 * The operator's shell: news of partitions, cores and deadlines in words, and the commands. The
 * shell stands on the console (console/console.h), in the same program; the console calls the shell
 * only by console/line.h. Its parts: shell.c has the start and the turns, command.c the table of
 * commands. show.c, log.c, control.c, events.c, top.c, account.c and move.c carry commands out;
 * ask.c has the warden carry some out. complete.c completes words. life.c puts a partition's life
 * into words. misses.c, mends.c, refused.c and channels.c say what their names
 * say.
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <console/console.h>
#include <kumiki/account.h>
#include <shell/command.h>

/* Up to where a partition's missed deadlines were said. */
struct shell_misses {
	uint32_t said;
	uint64_t time;
};

/* What was said of a partition's mends, and when. */
struct shell_mends {
	uint32_t mends, words;
	uint64_t time;
};

struct shell {
	struct console *console;
	struct shell_command commands[LINE_COUNT]; /* one for each line */
	struct shell_command *command;             /* the command that has its step */
	uint8_t first; /* the line with the first step of the next turn */
	uint8_t asks;  /* the line whose request the warden has, or LINE_COUNT */
	struct shell_misses misses[BUNDLE_PARTITIONS_MAX];
	struct shell_mends mends[BUNDLE_PARTITIONS_MAX];
	uint32_t listed;                    /* characters of a completion's list so far */
	uint32_t failures[BUNDLE_ENDS_MAX]; /* failures of each end's broker that were said */
	uint64_t deadly[BUNDLE_ENDS_MAX];   /* each end's deadly requests that were said */
	uint32_t refused;                   /* records of refused accesses that were said */
	char words[BLACKBOX_WORDS_SIZE];    /* where text is put together */
};

/* ---- shell.c ---- */

/* At this call, `console` and `shell` have to be all zeros. */
void shell_start(struct shell *shell, struct console *console, const struct console_info *info,
                 uint64_t now);

/* ---- misses.c ---- */

/* Keeps missed deadlines, and says the latest one. True: it said something. */
bool misses_look(struct shell *shell, uint64_t now);

/* When to look again, for a deadline that was missed shortly after the last one that was said;
 * UINT64_MAX: never. */
uint64_t misses_deadline(const struct shell *shell);

/* Adds the words of a missed deadline to the caller's words. */
void misses_words(const struct console *console, const struct miss *miss, struct words *words);

/* Tells a missed deadline to programs, as an element of a list. */
void misses_tell(const struct console *console, const struct miss *miss, struct json *json);

/* ---- mends.c ---- */

void mends_start(struct shell *shell);
bool mends_look(struct shell *shell, uint64_t now); /* true: it said something */
uint64_t mends_deadline(const struct shell *shell); /* as misses_deadline() */

/* Adds a line about all mends of a partition, if there were any. */
void mends_words(const struct console *console, uint8_t partition, struct words *words);

/* ---- life.c ---- */

bool life_look(struct shell *shell); /* true: it said something, or waits for room */

/* Event `number` of the black box; all zero if the event isn't there. */
struct life_event life_event_of(const struct console *console, uint8_t partition, uint32_t number);
struct life_status life_status_of(const struct console *console, uint8_t partition);

/* The same, without restarts whose window is over: the black box has their number at the last
 * change alone. */
struct life_status life_status_at(const struct console *console, uint8_t partition, uint64_t now);

/* life_limit() adds words like "5 in 60 s"; life_names() adds words like " a, b". */
void life_limit(const struct bundle_life *policy, struct words *words);
void life_names(const struct console *console, uint32_t mask, struct words *words);

/* ---- top.c ---- */

/* Keeps all accounts of this moment in `top`. */
void top_first(struct shell *shell, uint64_t now);

/* A vCPU's state in a word. `state` is the state in its account. */
const char *top_state(const struct console *console, uint32_t vcpu, uint8_t state);

/* ---- refused.c ---- */

void refused_start(struct shell *shell);
bool refused_look(struct shell *shell); /* true: it said something */

/* ---- channels.c ---- */

void channels_start(struct shell *shell);
bool channels_look(struct shell *shell); /* true: it said something */

/* ---- events.c ---- */

/* Adds the name of a context of the trace, like "linux.0". */
void events_context(const struct console *console, uint8_t vcpu, struct words *words);

/* ---- ask.c ---- */

/* Prints the news that the warden has left. True: there was some. */
bool ask_listen(struct shell *shell);

/* ---- complete.c ---- */

/* Completes the word at the editor's cursor. */
void complete_word(struct shell *shell);

#endif
