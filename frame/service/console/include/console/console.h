/*
 * The console service. It brings the rings of partitions and cores to one UART, and keys from the
 * UART to the partition that has the focus. It speaks text for a person or link frames for the host
 * command.
 *
 * Everything here is plain C over console/uart.h and service/call.h, so it runs in host tests. One
 * turn does a bounded amount of work. Parts: console.c (start, turns, sleep), text.c (lines with
 * prefixes), keys.c (hot key, focus), link.c (frames), debug.c (a debugger on the link), blackbox.c
 * (what is kept of a partition), reports.c (reports in words), say.c (the service's own output),
 * editor.c and line.c (the operator's line). The commands are the shell's (shell/shell.h).
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include <console/editor.h>
#include <console/line.h>
#include <console/reader.h>
#include <console/writer.h>
#include <kumiki/blackbox.h>
#include <kumiki/console.h>
#include <kumiki/package.h>
#include <kumiki/service.h>
#include <kumiki/update.h>
#include <lib/linkframe.h>
#include <lib/termscreen.h>
#include <service/words.h>

#define CONSOLE_SILENCE_MS 40 /* an unfinished line is printed after this time */
/* The time for the focused partition: no person sees the delay, and a line that is just being
 * written stays whole. */
#define CONSOLE_ECHO_MS 2
/* While characters come, the service looks for more this often, so that nobody wakes it for each.
 */
#define CONSOLE_NAP_MS       2
#define CONSOLE_KEY_HOLD_MS  1000 /* a key waits this long for a partition that reads no keys */
#define CONSOLE_KEY_RETRY_MS 10
#define CONSOLE_FULL_MS      1000 /* a full transmitter is looked at again after this time */

/*
 * Where keys go: to a partition's ring, to the command line, or to nobody. False: there is no room
 * now, and the key is tried again.
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
	uint64_t since; /* when `key` began to wait */
};

struct console_link {
	bool framed;    /* frames go out, not text */
	bool greeted;   /* the host has said hello in this run */
	uint64_t heard; /* when the host's last frame came */
	uint64_t byte;  /* when the host's last byte came */
	uint64_t rest;  /* so long an earlier run's host has the keys; 0: it hasn't */
	uint32_t bad;   /* the parser's count when it was last looked at */
	uint8_t next;   /* the source that sends next */
	/* LINK_GET_TRACE: events [trace_next, trace_end) of a core are still to be sent. */
	bool tracing;
	uint8_t trace_core;
	uint64_t trace_next, trace_end;
	struct linkframe_parser parser;
	uint8_t frame[LINKFRAME_MAX]; /* a frame is put together here */
};

/* The state of a partition's debugger on the host. */
struct console_debug {
	bool on;       /* the host debugs the partition */
	bool waiting;  /* a request is under way */
	bool leaving;  /* the debugger is gone: the partition is to be detached */
	bool told;     /* the host is to hear when the partition is detached */
	uint32_t seen; /* the stops that the host knows of */
};

/* What the host asked last about an update of the frame. */
struct console_update {
	uint8_t order; /* enum package_order: the answer is still to be sent; 0: nothing is asked */
	bool begun;    /* the updater may have a part of a package */
	uint32_t offset;
};

/* How far the black box of a partition was said. */
struct console_life {
	uint32_t said;   /* events of the black box that were said */
	uint32_t mark;   /* the console's characters up to here go before the next news */
	uint32_t told;   /* the service's own characters up to here go before all others */
	uint32_t lost;   /* reports that later reports replaced before they were said */
	uint32_t missed; /* events that the frame wrote over before they were read */
	bool brief;      /* the end being told has a lost report, or has none */
	bool report_waits;
	struct stop_report report;
};

struct console {
	const struct console_info *info;
	uint8_t partitions, source_count; /* from `info`, within bounds */
	uint64_t ms;                      /* counter ticks in a millisecond */
	uint64_t began;                   /* when this run began */
	struct reader readers[CONSOLE_SOURCES_MAX];
	struct termscreen_source shown[CONSOLE_SOURCES_MAX];
	struct termscreen screen;              /* its focus is where keys go */
	const char *name[CONSOLE_SOURCES_MAX]; /* prefixes that no line may forge */
	struct console_ring *own; /* ring of the service's own words; NULL: nobody listens */
	struct console_life life[BUNDLE_PARTITIONS_MAX];
	bool news; /* some partition's life has news to be said */
	struct termline_names names;
	uint8_t next;   /* the source that prints next */
	uint32_t burst; /* characters that this source has printed in its turn */
	bool cut;       /* the turn was cut short for lack of room */
	bool ended;     /* the turn is over */
	bool lively;    /* characters came since the service last thought of sleeping */
	bool asleep;    /* the rings' `asleep` is set */
	struct console_keys keys;
	struct console_link link;
	struct console_debug debug[BUNDLE_PARTITIONS_MAX];
	struct console_update update;
	struct console_editor editor;
	bool runs[LINE_COUNT];            /* the shell carries out this line */
	const struct console_shell *does; /* the shell's functions */
	struct shell *shell;              /* their first argument */
	struct writer writer;
};

/* ---- tables.c ---- */

const struct bundle_header *tables_bundle(const struct console *console);
const struct bundle_partition *tables_partition(const struct console *console, uint8_t partition);
bool tables_on_core(const struct console *console, uint8_t partition, uint8_t core);
const struct stop_report *report_of(const struct console *console, uint8_t partition);
const struct life_log *life_log_of(const struct console *console, uint8_t partition);
const struct examined *examined_of(const struct console *console, uint8_t partition);
const struct trace_ring *trace_ring_of(const struct console *console, uint8_t core);

/* The oldest event of a ring that the core can't be overwriting now. */
uint64_t trace_oldest(uint64_t next);

/* ---- blackbox.c ---- */

void blackbox_start(struct console *console);
struct blackbox *blackbox_of(const struct console *console, uint8_t partition);

/* Records new output, events and reports. */
void blackbox_look(struct console *console, uint64_t now);

/* Whether news of the partition's life are still to be said. */
bool blackbox_has_news(const struct console *console, uint8_t partition);

/* Sets console_life.mark anew, as the partition's next news changed. */
void blackbox_mark(struct console *console, uint8_t partition);

/* ---- remotes.c ---- */

/* The kind of the partition's core of another architecture; NULL: it has none. */
const char *remote_core(const struct console *console, uint8_t partition);

/* What that core did at the partition's last end, enum remote_crash; 0: it didn't cause the end.
 * Then there are no words. */
uint32_t remote_crash(const struct console *console, uint8_t partition);
void remote_crash_words(const struct console *console, uint8_t partition, struct words *words);

/* Says why the partition last ended, by its state now. */
void remote_end_words(const struct console *console, uint8_t partition,
                      const struct life_status *status, struct words *words);

/* ---- reports.c ---- */

/* Whether all parts of a report are there. Otherwise they come soon. */
bool report_is_whole(const struct console *console, uint8_t partition,
                     const struct stop_report *report);

/* A report's reason. A reset may turn out to be a panic's. */
uint32_t report_cause(const struct console *console, uint8_t partition,
                      const struct stop_report *report);
bool report_crash(uint32_t reason);

/* Says in which region an address is. First the partition's own addresses count, then physical
 * ones, which equal most partitions' own. */
void report_owner(const struct console *console, uint8_t partition, uint64_t address,
                  struct words *words);

void report_words(const struct console *console, uint8_t partition,
                  const struct stop_report *report, struct words *words);

/* ---- say.c ---- */

void say_start(struct console *console);

/* Says why this run of the service has begun, if that wasn't the machine's start. */
void say_why(struct console *console);
uint32_t say_room(const struct console *console);
void say_put(struct console *console, char c);

/* say_next(): where the next character goes. say_take_back(): drops the characters from such a
 * place on that aren't printed yet. */
uint32_t say_next(const struct console *console);
void say_take_back(struct console *console, uint32_t from);
void say_text(struct console *console, const char *text);

/* Where the last whole line ends: in front of an open prompt. */
uint32_t say_end(const struct console *console);

/* Says whole lines. An open prompt stays below them. */
void say_words(struct console *console, const struct words *words);

/* ---- console.c ---- */

/* The console is all zero, except `does` and `shell`. */
void console_start(struct console *console, const struct console_info *info, uint64_t now);

/* Does one turn of work. Returns how many nanoseconds the service may wait after it; 0: there is
 * more to do. */
uint64_t console_turn(struct console *console, uint64_t now);

/* Tells a source's writer how much was taken. */
void console_publish(struct console *console, uint8_t source);

/* ---- text.c ---- */

void text_start(struct console *console);

/* Prints from each source in turn. True: it printed anything, or has no room. */
bool text_pump(struct console *console, uint64_t now);

/* How many of a source's waiting characters may go out. News of the source's life stand between the
 * words before them and the words behind them. */
uint32_t text_allowed(const struct console *console, uint8_t index);

/* When the next unfinished line is due; UINT64_MAX: never. */
uint64_t text_deadline(const struct console *console);

/* A partition begins anew. The unfinished line of its former life ends, as text or on the link.
 * text_has_room() has said that there is room in the writer. */
void text_end_line(struct console *console, uint8_t partition);
bool text_has_room(const struct console *console);

/* Prints a line of the service's own; the parts may be NULL. */
void text_notice(struct console *console, const char *first, const char *second, const char *third);

/* ---- keys.c ---- */

void keys_start(struct console *console);

/* Takes what the UART received: keys and frames. */
void keys_read(struct console *console, uint64_t now);

/* Tries again to deliver a key that waits. */
void keys_retry(struct console *console, uint64_t now);

/* keys_leave(): the link takes the keys. keys_return(): it gives them back. */
void keys_leave(struct console *console);
void keys_return(struct console *console);

/* ---- debug.c ---- */

void debug_start(struct console *console);

/* Takes a request of the host. Returns what is wrong with it, in words, or NULL. */
const char *debug_request(struct console *console, const uint8_t *payload, uint32_t size);

/* The host's debugger leaves (LINK_LEAVE). */
void debug_quit(struct console *console, uint8_t partition);

/* The host is gone: all its debuggers leave. */
void debug_leave(struct console *console);
bool debug_is_on(const struct console *console);

/* Passes on the frame's answers and stops. True: there was one. */
bool debug_pump(struct console *console);

/* ---- update.c ---- */

/* Takes a part of a package, or another question (LINK_UPDATE). Returns what is wrong with it, in
 * words, or NULL. */
const char *update_request(struct console *console, const uint8_t *payload, uint32_t size);

/* Sends the answer to the host, if there is one. True: it did, or has no room. */
bool update_pump(struct console *console);

/* Says how an update went, without a line's end. */
void update_words(const struct console *console, const struct frame_update *update,
                  struct words *words);

/* The host is gone: the updater forgets what came. */
void update_leave(struct console *console);

/* ---- link.c ---- */

void link_start(struct console *console, uint64_t now);

/* Whether the host has the keys: bytes outside of frames are none. */
bool link_has_keys(const struct console *console, uint64_t now);

void link_byte(struct console *console, uint64_t now);

/* Sends a part of the answer to a line. False: there is no room. */
bool link_answer(struct console *console, uint8_t line, bool last, uint8_t status, const char *text,
                 uint32_t size);
void link_expire(struct console *console, uint64_t now);

/* Sends a debugger or the sender of an update what it asked for: 8 bytes, then data. False: there
 * is no room. */
bool link_reply(struct console *console, enum link_type type, const uint8_t head[8],
                const void *data, uint32_t size);
bool link_left(struct console *console, uint8_t partition);
void link_end_line(struct console *console, uint8_t source);
bool link_pump(struct console *console, uint64_t now);
uint64_t link_deadline(const struct console *console);

#endif
