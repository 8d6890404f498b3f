/*
 * The console service: brings the rings of partitions and cores to one UART and keys from it to
 * the partition that has the focus; as text for a person or as link frames for the host command.
 *
 * Everything here is plain C over service/uart.h and service/call.h, so it runs in host tests. One
 * turn does a bounded amount of work. Parts: console.c (start, turns, sleep), text.c (lines with
 * prefixes), keys.c (hot key, focus), link.c (frames); blackbox.c (what is kept of a partition),
 * life.c and reports.c (its life in words), say.c (the service's own output), editor.c and
 * command.c (the operator's command line).
 */
#ifndef SERVICE_CONSOLE_H
#define SERVICE_CONSOLE_H

#include <kumiki/account.h>
#include <kumiki/blackbox.h>
#include <kumiki/console.h>
#include <kumiki/service.h>
#include <lib/linkframe.h>
#include <lib/power.h>
#include <lib/shift.h>
#include <lib/termscreen.h>
#include <service/command.h>
#include <service/editor.h>
#include <service/reader.h>
#include <service/words.h>
#include <service/writer.h>

#define CONSOLE_SILENCE_MS 40 /* an unfinished line is printed after so long */
/* The focused one's: no person sees the delay, and a line that is just being written stays whole.
 */
#define CONSOLE_ECHO_MS 2
/* While characters come, the service looks for more so often instead of being woken for each. */
#define CONSOLE_NAP_MS       2
#define CONSOLE_KEY_HOLD_MS  1000 /* a key waits so long for a partition that reads none */
#define CONSOLE_KEY_RETRY_MS 10
#define CONSOLE_FULL_MS      1000 /* a full transmitter is looked at again after so long */

/*
 * Where keys go: a partition's ring, the command line, nobody. False: it has no room, try again.
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

/* The partition that the host debugs. */
struct console_debug {
	uint8_t partition;
	bool on;       /* there is one */
	bool waiting;  /* a request is under way */
	bool leaving;  /* the host is gone: the partition is to be detached */
	uint32_t seen; /* stops that the host knows of */
};

/* What of a partition's black box wasn't said yet. */
struct console_life {
	uint32_t said;   /* events of the black box */
	uint32_t mark;   /* what its ring held by then goes first */
	uint32_t lost;   /* reports of ends that others followed before they were said */
	uint32_t missed; /* events that the frame wrote over before they were read */
	bool brief;      /* the end that is told of now is one of those, or has no report */
	bool report_waits;
	struct stop_report report;
};

/* Missed deadlines of a partition that were said. */
struct console_misses {
	uint32_t said;
	uint64_t time;
};

/* What `top` saw at its first look, then what came until the second one. Ticks. */
struct console_top {
	uint64_t ticks;
	uint64_t ran[BUNDLE_VCPUS_MAX], stolen[BUNDLE_VCPUS_MAX];
	uint64_t idle[BUNDLE_CORES_MAX], service[BUNDLE_CORES_MAX], off[BUNDLE_CORES_MAX];
};

/* The warden of the cores that sleep. */
struct console_power {
	struct power_machine machine;
	struct power power;
	struct power_look look;
	uint64_t later;  /* the next look */
	uint64_t minute; /* since 1970: what the schedule said by then is done */
	uint32_t lost;   /* cores of which it was said that they can't be had: a bit each */
	bool listens;    /* a core is to tell */
	/* Of managers' words: one waits to be looked at, and until when; one was followed, and
	 * waits to be said. */
	bool hears, untold;
	uint64_t hear_at, say_at;
};

/* Who has cores move of their own accord. */
struct console_shift {
	struct shift_machine machine;
	struct shift shift;
	struct shift_look look;
	uint64_t later; /* the next look */
};

struct console {
	const struct console_info *info;
	uint8_t partitions, source_count; /* as in info, within bounds */
	uint64_t ms;                      /* counter ticks in a millisecond */
	struct reader readers[CONSOLE_SOURCES_MAX];
	struct termscreen_source shown[CONSOLE_SOURCES_MAX];
	struct termscreen screen;              /* its focus is where keys go */
	const char *name[CONSOLE_SOURCES_MAX]; /* what no line may forge */
	struct console_ring *own;              /* its own words; NULL: nobody listens */
	struct console_life life[BUNDLE_PARTITIONS_MAX];
	struct console_misses misses[BUNDLE_PARTITIONS_MAX];
	bool news;        /* of some partition's life, to be said */
	uint32_t refused; /* records of the log of refused accesses that were said */
	struct termline_names names;
	uint8_t next;   /* source that prints next */
	uint32_t burst; /* characters that it has printed in its turn */
	bool cut;       /* its turn was cut short for lack of room */
	bool ended;     /* its turn is over */
	bool lively;    /* characters came since the service last thought of sleeping */
	bool asleep;    /* the rings' `asleep` is set */
	struct console_keys keys;
	struct console_link link;
	struct console_debug debug;
	struct console_editor editor;
	struct console_command command;
	struct console_top top;
	struct console_power power;
	struct console_shift shift;
	uint64_t events;                 /* that came, and that nobody has looked at */
	char words[BLACKBOX_WORDS_SIZE]; /* what is just being said is put together here */
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

/* The oldest event of a ring that its core can't be overwriting now. */
uint64_t trace_oldest(uint64_t next);

/* ---- top.c ---- */

/* Accounts as they are now, with what lasts. */
struct vcpu_account top_vcpu(const struct console *console, uint32_t vcpu);
struct core_account top_core(const struct console *console, uint32_t core);

/* ---- power.c ---- */

void power_start(struct console *console, uint64_t now);

/* What a core took that was so many ticks busy, idle, off: microjoules, an estimate; and that in
 * words, if it is known what cores take. */
uint64_t power_energy(const struct console *console, uint32_t core, const uint64_t times[3]);
void power_say_energy(const struct console *console, uint64_t microjoules, struct words *words);

/* Cores go off and come on, if it is time or something happened; true: they did. */
bool power_pump(struct console *console, uint64_t now);
uint64_t power_deadline(const struct console *console);

/* Minutes since 1970, or since the machine's start without a clock; and when one is over. */
uint64_t power_minute(const struct console *console, uint64_t now);
uint64_t power_minute_end(const struct console *console, uint64_t minute);

/* ---- shift.c ---- */

void shift_start(struct console *console, uint64_t now);

/* Cores are asked for, if it is time; true: something was said. */
bool shift_pump(struct console *console, uint64_t now);
uint64_t shift_deadline(const struct console *console);

/* Whether they move of their own accord; and that they are to, or not. */
void shift_words(const struct console *console, struct words *words);
void shift_switch(struct console *console, bool off);

/* ---- hold.c ---- */

/* Who holds a core, and who is to have it. */
uint64_t hold_record(const struct console *console, uint32_t core);

/* The holder's name. */
const char *hold_name(const struct console *console, uint32_t holder);

/* ---- misses.c ---- */

/* Keeps missed deadlines, and says the latest; true: it did. */
bool misses_look(struct console *console, uint64_t now);

/* When it is to look again, for what was missed a short time after what it has said. */
uint64_t misses_deadline(const struct console *console);

/* One, behind what the caller says of it. */
void misses_words(const struct console *console, const struct miss *miss, struct words *words);

/* ---- blackbox.c ---- */

void blackbox_start(struct console *console);
struct blackbox *blackbox_of(const struct console *console, uint8_t partition);

/* Records what is new. */
void blackbox_look(struct console *console, uint64_t now);

/* ---- reports.c ---- */

/* Whether what belongs to a report is there already; or else comes soon. */
bool report_is_whole(const struct console *console, uint8_t partition,
                     const struct stop_report *report);

/* A report's reason; a reset may have been found out to be a panic's. */
uint32_t report_cause(const struct console *console, uint8_t partition,
                      const struct stop_report *report);
bool report_crash(uint32_t reason);

/* Whose an address is, in a partition's own view; else by the physical address that it mostly is.
 */
void report_owner(const struct console *console, uint8_t partition, uint64_t address,
                  struct words *words);

void report_words(const struct console *console, uint8_t partition,
                  const struct stop_report *report, struct words *words);

/* ---- life.c ---- */

bool life_look(struct console *console); /* true: it said something */

/* Event `number` of the black box; all zero if it isn't there. */
struct life_event life_event_of(const struct console *console, uint8_t partition, uint32_t number);
struct life_status life_status_of(const struct console *console, uint8_t partition);

/* "5 in 60 s"; " a, b". */
void life_limit(const struct bundle_life *policy, struct words *words);
void life_names(const struct console *console, uint32_t mask, struct words *words);

/* ---- refused.c ---- */

void refused_start(struct console *console);
bool refused_look(struct console *console); /* true: it said something */

/* ---- events.c ---- */

/* A context of the trace: "linux.0". */
void events_context(const struct console *console, uint8_t vcpu, struct words *words);

/* ---- say.c ---- */

void say_start(struct console *console);
uint32_t say_room(const struct console *console);
void say_put(struct console *console, char c);

/* Where the next one goes; from such a place on, what nobody was shown yet is unsaid. */
uint32_t say_next(const struct console *console);
void say_take_back(struct console *console, uint32_t from);
void say_text(struct console *console, const char *text);

/* Whole lines; an open prompt stays below them. */
void say_words(struct console *console, const struct words *words);

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

/* The link takes the keys, or gives them back. */
void keys_leave(struct console *console);
void keys_return(struct console *console);

/* ---- debug.c ---- */

void debug_start(struct console *console);

/* A request of the host's; what is wrong with it, or NULL. */
const char *debug_request(struct console *console, const uint8_t *payload, uint32_t size);

/* The host is gone. */
void debug_leave(struct console *console);
bool debug_is_on(const struct console *console);

/* Passes on what the frame says; true: it did something. */
bool debug_pump(struct console *console);

/* ---- link.c ---- */

void link_byte(struct console *console, uint64_t now);

/* A part of a command's answer. False: there is no room. */
bool link_answer(struct console *console, bool last, uint8_t status, const char *text,
                 uint32_t size);
void link_expire(struct console *console, uint64_t now);

/* What the frame says to a debugger: 8 bytes, then data. False: there is no room. */
bool link_debugged(struct console *console, enum link_type type, const uint8_t head[8],
                   const void *data, uint32_t size);
bool link_pump(struct console *console, uint64_t now);
uint64_t link_deadline(const struct console *console);

#endif
