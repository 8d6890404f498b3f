/* An attached console: its screen, its keys, its logs. */
#ifndef CONSOLE_SESSION_H
#define CONSOLE_SESSION_H

#include <host/link.h>
#include <kumiki/service.h>
#include <lib/lineedit.h>
#include <lib/termscreen.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SESSION_KEYS_MAX 1024
#define SESSION_NEWS_MAX 256

struct session_options {
	const char *partition; /* shows only this partition, with its keys unchanged; NULL: all */
	bool raw;              /* with `partition`: its characters aren't filtered */
	bool look;             /* no keys to partitions, no orders */
	const char *log;       /* a folder for a file of each source; NULL: no logs */
};

/* Keys on their way to a partition. The system says how many keys of a frame it took. */
struct session_keys {
	bool hot;
	uint8_t bytes[SESSION_KEYS_MAX];
	size_t count;
	bool asked;         /* a frame is on its way */
	int64_t not_before; /* ms: keys that had no room are offered again then */
	bool refused;       /* the person was told that keys go nowhere */
};

/* The operator's command line. It is edited here, so that each client of a system has its own. */
struct session_prompt {
	bool wanted; /* the keys go to the command line */
	bool open;   /* the line is shown; it isn't while a command runs */
	bool runs;   /* a command runs, on line 0 of the link */
	struct lineedit edit;
	size_t news_size; /* of a system's line that came while the prompt was open */
	uint8_t news[SESSION_NEWS_MAX];
	char list[512]; /* candidates of a completion */
};

struct session {
	const struct session_options *options;
	FILE *out; /* the person's screen */
	struct link link;
	uint8_t partitions, sources;
	char name[CONSOLE_SOURCES_MAX][BUNDLE_NAME_SIZE + 1];
	const char *names[CONSOLE_SOURCES_MAX + 1];
	struct termline_names reserved;
	struct termscreen_source shown[CONSOLE_SOURCES_MAX];
	struct termscreen screen; /* the source in focus gets the keys */
	FILE *logs[CONSOLE_SOURCES_MAX];
	int log_error;       /* of the first log that took no more; 0: the logs are whole */
	uint32_t log_failed; /* that log's source */
	struct session_keys keys;
	struct session_prompt prompt;
	bool over; /* the person wants to leave */
};

/* Runs until the person leaves, or the input or the link ends. Returns the program's exit status.
 */
int session_run(struct session *session, const char *path, const struct session_options *options);

/* Shows a source's bytes. */
void session_show(struct session *session, uint8_t source, const uint8_t *bytes, size_t size);

/* ---- keys.c ---- */

/* Takes keys that the person typed. */
void session_type(struct session *session, const uint8_t *bytes, size_t size);

/* Sends waiting keys, unless a frame is on its way. False: the link is gone. */
bool session_send_keys(struct session *session, int64_t now);

/* Takes a LINK_TOOK. */
void session_took(struct session *session, const struct linkframe *frame, int64_t now);

/* Shows a line of the console itself. */
void session_notice(struct session *session, const char *first, const char *second);

/* ---- prompt.c ---- */

/* prompt_open(): the command line gets the keys. prompt_close(): the keys go elsewhere. */
void prompt_open(struct session *session);
void prompt_close(struct session *session);

/* Takes keys for the command line, up to the end of a line. Returns how many it took. While a
 * command runs, it takes none. */
size_t prompt_take(struct session *session, const uint8_t *keys, size_t count);

/* Ends the command that runs; the command says so. False: no command runs. */
bool prompt_cancel(struct session *session);

/* These take a LINK_ANSWER, the system's own output, and a LINK_ERROR about a command.
 * prompt_again(): the system has lost its lines. */
void prompt_answer(struct session *session, const struct linkframe *frame);
void prompt_news(struct session *session, const uint8_t *bytes, size_t size);
void prompt_error(struct session *session, const struct linkframe *frame);
/* A frame came damaged, and may have been the command: the command is given up. */
void prompt_damaged(struct session *session, const struct linkframe *frame);
void prompt_again(struct session *session);

/* ---- terminal ---- */

/* The person's terminal. It is raw while the console has it, and always gets its settings back. */

/* If standard input is a terminal, makes it raw until terminal_restore(), exit(), or a signal that
 * ends the program. */
void terminal_raw(void);
void terminal_restore(void);

/* From now on, a signal that asks the program to end only makes terminal_ended() true. */
void terminal_catch(void);

/* Whether a signal has asked the program to end. */
bool terminal_ended(void);

/* The columns of an output that is a terminal; otherwise 0, as lines in files aren't wrapped. */
uint16_t terminal_columns(int output);

/* ---- The operator's commands over the link, for `kumiki console --command` and `kumiki top` ----
 */

#define COMMAND_LINES_MAX  64
#define COMMAND_SILENCE_MS 40000 /* the system itself reports waits of more than 30 s */

struct command_way {
	const char *name; /* the name of our command, for complaints */
	FILE *out, *complaints;
	int silence; /* so many ms without a part of an answer are too long */
};

/*
 * Has the system at `path` carry out the lines one after another, until one fails. Returns the exit
 * status.
 */
int command_run(const char *path, const char *const lines[], size_t count,
                const struct command_way *way);

/* Has the system carry out one line again and again, until the line fails or the person ends the
 * command. With `screen`, each answer replaces the answer before. Returns the exit status. */
int command_watch(const char *path, const char *line, bool screen, const struct command_way *way);

#endif
