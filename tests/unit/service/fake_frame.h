/*
 * A frame for the tests of console and warden: rings, info pages, a UART whose transmitter takes as
 * many characters as the test allows, and a clock that the test sets. There is one console at a
 * time.
 */
#ifndef SERVICE_FAKE_FRAME_H
#define SERVICE_FAKE_FRAME_H

#include "terminal.h"
#include <kumiki/trace.h>
#include <shell/shell.h>
#include <warden/warden.h>

#define FAKE_HZ       62500000ULL
#define FAKE_SENT_MAX (1u << 20)
#define FAKE_FOREVER  0xffffffffu

/* A bundle's tables. A test fills in the fields that it needs. */
struct fake_tables {
	struct bundle_header header;
	struct bundle_core cores[BUNDLE_CORES_MAX];
	struct bundle_partition partitions[BUNDLE_PARTITIONS_MAX];
	struct bundle_vcpu vcpus[BUNDLE_PARTITIONS_MAX];
	struct bundle_region regions[16];
	struct bundle_load loads[2];
	struct bundle_part parts[2];
};

struct fake_frame {
	struct console_info info;
	struct fake_tables tables;
	struct accounts accounts;
	struct blackbox box[BUNDLE_PARTITIONS_MAX];
	struct console_ring ring[CONSOLE_SOURCES_MAX];
	struct trace_ring trace[BUNDLE_CORES_MAX];
	struct console console;
	struct shell shell;
	struct warden_info warden_info;
	struct warden_box box_page;
	struct warden warden;
	struct update_box update_page;
	bool warden_hangs;    /* the warden gets no turns */
	uint64_t told_events; /* SERVICE_TELL */
	uint64_t now;         /* ticks */
	uint64_t rest;        /* the result of the last turn */

	uint8_t sent[FAKE_SENT_MAX]; /* everything the UART transmitted */
	size_t sent_size, sent_seen;
	uint32_t takes; /* characters that the transmitter still takes; FAKE_FOREVER: any number */
	uint8_t typed[4096];
	size_t typed_size, typed_read;
	bool listens_input, listens_space;
	uint32_t notified[CONSOLE_SOURCES_MAX];
	uint64_t moved[3]; /* the last SERVICE_MOVE's; the second such call is refused */
	uint32_t moves;
	uint32_t holds; /* SERVICE_HOLD calls; they write the core's record as the frame does */
	bool hold_refused;
	void (*on_asking)(void); /* called just before the frame hears of it; NULL: nothing */
	void (*on_hold)(void);   /* called at once after a request; NULL: nothing */
	bool traces_held;        /* SERVICE_TRACE */
	void (*on_move)(void);   /* called at a SERVICE_MOVE; NULL: nothing */
	void (*on_power)(uint64_t core, uint64_t what); /* SERVICE_POWER; NULL: nothing */
	uint64_t policy, minute; /* SERVICE_POWER_HOLDS, SERVICE_POWER_SEEN */
	uint64_t told[2];        /* partition and command of the last SERVICE_COMMAND */
	uint32_t tellings;
	uint32_t debugged[CONSOLE_SOURCES_MAX]; /* SERVICE_DEBUG */
	/* Called at a SERVICE_COMMAND; NULL: nothing. */
	void (*obeys)(uint64_t partition, uint64_t command);
};

extern struct fake_frame fake;

/* Partitions named after `names` (NULL at the end), each with one vCPU on core 0, all with rings
 * and black boxes; console started. */
void fake_start(const char *const *names);

/* Begins a new life of the console, or of the warden, with the memory of its former life. */
void fake_again(void);
void fake_warden_again(void);

/* Puts characters into a source's ring, as the frame does. Characters without room are counted as
 * lost. */
void fake_print(unsigned int source, const char *text);
void fake_print_bytes(unsigned int source, const void *bytes, size_t size);

/* Makes a change of a partition's life, or the report of its end, as the frame does. */
void fake_life(unsigned int partition, enum life_state state);
void fake_event(unsigned int partition, const struct life_status *status);
struct stop_report *fake_report(unsigned int partition, enum stop_reason reason);

void fake_type(const void *bytes, size_t size);

/* Gives the service turns until it would sleep longer than `ms`; then sets the clock `ms` later. */
void fake_run(unsigned int ms);

/* The output since the last call of this function, NUL-terminated. */
const char *fake_sent(void);

/* Reads the keys that a partition got and hasn't read yet; this frees the ring. */
size_t fake_keys(unsigned int partition, uint8_t *keys, size_t size);

#endif
