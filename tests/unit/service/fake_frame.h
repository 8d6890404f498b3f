/*
 * A frame for the tests of console and warden: rings, info pages, a UART whose transmitter takes as
 * much as the test lets it, and a clock that the test moves. One console at a time.
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

/* A bundle's tables: the test fills in what it is about. */
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
	bool warden_hangs;    /* it has no turns */
	uint64_t told_events; /* SERVICE_TELL */
	uint64_t now;         /* ticks */
	uint64_t rest;        /* what the last turn said */

	uint8_t sent[FAKE_SENT_MAX]; /* everything the UART transmitted */
	size_t sent_size, sent_seen;
	uint32_t takes; /* characters that the transmitter still takes; FAKE_FOREVER: any number */
	uint8_t typed[4096];
	size_t typed_size, typed_read;
	bool listens_input, listens_space;
	uint32_t notified[CONSOLE_SOURCES_MAX];
	uint64_t moved[3]; /* of the last SERVICE_MOVE; the second one is refused */
	uint32_t moves;
	uint32_t holds; /* SERVICE_HOLD: written into the core's record as the frame does it */
	bool hold_refused;
	void (*on_asking)(void); /* what happens just before the frame hears of it; NULL: nothing */
	void (*on_hold)(void);   /* what comes of it at once; NULL: nothing */
	bool traces_held;        /* SERVICE_TRACE */
	void (*on_move)(void);   /* what the frame does then; NULL: nothing */
	void (*on_power)(uint64_t core, uint64_t what); /* SERVICE_POWER; NULL: nothing */
	uint64_t policy, minute; /* SERVICE_POWER_HOLDS, SERVICE_POWER_SEEN */
	uint64_t told[2];        /* partition and command of the last SERVICE_COMMAND */
	uint32_t tellings;
	uint32_t debugged[CONSOLE_SOURCES_MAX]; /* SERVICE_DEBUG */
	/* What the frame does then; NULL: nothing. */
	void (*obeys)(uint64_t partition, uint64_t command);
};

extern struct fake_frame fake;

/* Partitions named after `names` (NULL at the end), each with one vCPU on core 0, all with rings
 * and black boxes; console started. */
void fake_start(const char *const *names);

/* The console, or the warden, begins a new life, which finds what the former one left. */
void fake_again(void);
void fake_warden_again(void);

/* As the frame does it: characters into a source's ring; what finds no room is counted lost. */
void fake_print(unsigned int source, const char *text);
void fake_print_bytes(unsigned int source, const void *bytes, size_t size);

/* As the frame does it: a change of a partition's life, its end's report. */
void fake_life(unsigned int partition, enum life_state state);
void fake_event(unsigned int partition, const struct life_status *status);
struct stop_report *fake_report(unsigned int partition, enum stop_reason reason);

void fake_type(const void *bytes, size_t size);

/* Turns until the service would sleep for good or for longer than `ms`; moves the clock by ms. */
void fake_run(unsigned int ms);

/* What was sent since the last call of this, NUL-terminated. */
const char *fake_sent(void);

/* Keys that a partition got and hasn't read; reading frees the ring. */
size_t fake_keys(unsigned int partition, uint8_t *keys, size_t size);

#endif
