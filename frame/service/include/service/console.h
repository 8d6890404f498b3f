/*
 * The console service: brings the rings of partitions and cores to one UART and keys from it to
 * the partition that has the focus; as text for a person or as link frames for the host command.
 *
 * Everything here is plain C over service/uart.h and service/call.h, so it runs in host tests. One
 * turn does a bounded amount of work. Parts: console.c (start, turns, sleep), text.c (lines with
 * prefixes), keys.c (hot key, focus), link.c (frames).
 */
#ifndef SERVICE_CONSOLE_H
#define SERVICE_CONSOLE_H

#include <kumiki/service.h>
#include <lib/linkframe.h>
#include <lib/termscreen.h>
#include <service/reader.h>
#include <service/writer.h>

#define CONSOLE_SILENCE_MS 5 /* an unfinished line is printed after so long */
/* The focused one's: no person sees the delay, and a line that is just being written stays whole.
 */
#define CONSOLE_ECHO_MS 2
/* While characters come, the service looks for more so often instead of being woken for each. */
#define CONSOLE_NAP_MS       2
#define CONSOLE_KEY_HOLD_MS  1000 /* a key waits so long for a partition that reads none */
#define CONSOLE_KEY_RETRY_MS 10

/*
 * Where keys go: a partition's ring, nobody, and whatever a later version adds. False: it has no
 * room, try again.
 */
struct console;
struct console_sink {
	bool (*take)(struct console *console, uint8_t key);
};

struct console_keys {
	const struct console_sink *sink;
	bool hot;     /* the hot key was pressed: the next key is for the service */
	bool waiting; /* `key` found no room */
	bool stuck;   /* the focused partition reads nothing: its keys are dropped */
	uint8_t key;
	uint64_t since; /* when it began to wait */
};

struct console_link {
	bool framed;    /* frames go out, not text */
	uint64_t heard; /* when the host's last frame came */
	uint64_t byte;  /* when its last byte came */
	uint32_t bad;   /* the parser's count when it was last looked at */
	uint8_t next;   /* source that sends next */
	/* LINK_GET_TRACE: events [trace_next, trace_end) of a core are still to be sent. */
	bool tracing;
	uint8_t trace_core;
	uint64_t trace_next, trace_end;
	struct linkframe_parser parser;
	uint8_t frame[LINKFRAME_MAX]; /* put together here */
};

struct console {
	const struct console_info *info;
	uint8_t partitions, source_count; /* as in info, within bounds */
	uint64_t ms;                      /* counter ticks in a millisecond */
	struct reader readers[CONSOLE_SOURCES_MAX];
	struct termscreen_source shown[CONSOLE_SOURCES_MAX];
	struct termscreen screen;                 /* its focus is where keys go */
	const char *name[CONSOLE_SOURCES_MAX];    /* what no line may forge */
	struct console_ring *own;                 /* its own words; NULL: nobody listens */
	uint32_t reported[BUNDLE_PARTITIONS_MAX]; /* sequence of the last report said */
	struct termline_names names;
	uint8_t next;   /* source that prints next */
	uint32_t burst; /* characters that it has printed in its turn */
	bool cut;       /* its turn was cut short for lack of room */
	bool ended;     /* its turn is over */
	bool lively;    /* characters came since the service last thought of sleeping */
	bool asleep;    /* the rings' `asleep` is set */
	struct console_keys keys;
	struct console_link link;
	struct writer writer;
};

/* ---- reports.c ---- */

void reports_start(struct console *console);
bool reports_look(struct console *console); /* true: it said something */

/* ---- console.c ---- */

/* The console is all zero. */
void console_start(struct console *console, const struct console_info *info, uint64_t now);

/* Does what there is to do; returns for how many nanoseconds the service may wait then (0: there
 * is more to do). */
uint64_t console_turn(struct console *console, uint64_t now);

/* Tells a source's writer what was taken. */
void console_publish(struct console *console, uint8_t source);

/* ---- text.c ---- */

void text_start(struct console *console);

/* Prints from each source in turn; true if it printed anything. */
bool text_pump(struct console *console, uint64_t now);

/* When the next unfinished line is due, or UINT64_MAX. */
uint64_t text_deadline(const struct console *console);

/* A line of the service's own; the parts may be NULL. */
void text_notice(struct console *console, const char *first, const char *second, const char *third);

/* ---- keys.c ---- */

void keys_start(struct console *console);

/* Takes what the UART received: keys and frames. */
void keys_read(struct console *console, uint64_t now);

/* Tries again to deliver a key that waits. */
void keys_retry(struct console *console, uint64_t now);

/* ---- link.c ---- */

void link_byte(struct console *console, uint64_t now);
void link_expire(struct console *console, uint64_t now);
bool link_pump(struct console *console, uint64_t now);
uint64_t link_deadline(const struct console *console);

#endif
