/*
 * A trace as the host has it: the events of each core, oldest first, and the names that go with
 * their numbers. Filled from the link (fetch.c) or a file (raw.c), read by the writers of formats.
 */
#ifndef TRACE_SET_H
#define TRACE_SET_H

#include <kumiki/link.h>
#include <kumiki/service.h>
#include <kumiki/trace.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct trace_core {
	uint64_t first; /* number of events[0] */
	size_t count, room;
	struct trace_event *events;
};

struct trace_rtos;

struct trace_set {
	struct link_welcome welcome;                            /* counts within their maxima */
	char source[CONSOLE_SOURCES_MAX][BUNDLE_NAME_SIZE + 1]; /* as in welcome's sources */
	struct trace_core core[BUNDLE_CORES_MAX];
	uint64_t begin, end;     /* ticks of the first event, and from there to the last one: see
	                            trace_set_order() */
	uint64_t shown, until;   /* the pictures' span, in the same ticks */
	struct trace_rtos *rtos; /* of an RTOS in it, or (without any core) alone; NULL: none */
};

/* Takes a LINK_WELCOME's payload; false if it can't be one. */
bool trace_set_welcome(struct trace_set *set, const void *payload, size_t size);

/* Behind the core's last event; events that the set has already are left out. False: no memory, or
 * more than any ring holds. */
bool trace_set_add(struct trace_set *set, uint32_t core, uint64_t first, const void *events,
                   size_t count);

/* Once all is there: finds begin and end, drops empty slots. Pictures begin where the rings of all
 * cores do. With an RTOS's trace, they show its time. */
void trace_set_order(struct trace_set *set);

/* Pictures show the last so many ns, if the trace is longer. They end with the first ring that ends
 * within this span, as the rings were read one after the other. */
void trace_set_last(struct trace_set *set, uint64_t nanoseconds);

void trace_set_free(struct trace_set *set);

/* Ticks since set->begin, though the counter's 48 bits may have run over between. */
uint64_t trace_set_ticks(const struct trace_set *set, const struct trace_event *event);

/* The same in nanoseconds. */
uint64_t trace_set_time(const struct trace_set *set, const struct trace_event *event);

size_t trace_set_events(const struct trace_set *set);

/* The number of cores; of an RTOS alone, the number of its CPUs. */
uint32_t trace_set_count(const struct trace_set *set);

/* ---- story.c: all cores' events in the order of time, and what follows from them ---- */

struct trace_cursor {
	size_t next[BUNDLE_CORES_MAX];
	uint32_t core; /* core of the last event */
};

/* The next event of all, NULL behind the last one. The cursor begins as zero. */
const struct trace_event *trace_next(const struct trace_set *set, struct trace_cursor *cursor);

struct trace_story {
	uint8_t runs[BUNDLE_CORES_MAX]; /* the context of each core */
	/* For each vCPU: since when it has been ready, or UINT64_MAX; whether it was woken then, or
	 * interrupted; whether it left its core to wait. */
	uint64_t ready[BUNDLE_VCPUS_MAX];
	bool woke[BUNDLE_VCPUS_MAX], waits[BUNDLE_VCPUS_MAX];
};

/* That a vCPU was ready, and then ran on this core. Ticks since set->begin. */
struct trace_wait {
	uint8_t vcpu;
	uint32_t core;
	uint64_t from, to;
	bool woke; /* it had waited for an event; else other contexts went first, and it goes on */
};

void trace_story_begin(struct trace_story *story);

/* The next event of a core. True: a wait is over with it. */
bool trace_story_event(const struct trace_set *set, struct trace_story *story,
                       const struct trace_event *event, uint32_t core, struct trace_wait *wait);

/* ---- words.c: what the numbers mean ---- */

#define TRACE_WORDS_MAX 96

/* The context of an event: "linux.0", "console", "frame". Into `words`, which is returned. */
const char *trace_context(const struct trace_set *set, uint8_t vcpu, char words[TRACE_WORDS_MAX]);

/* The partition of a context, or -1. */
int trace_partition(const struct trace_set *set, uint8_t vcpu);

/* An event's data in words: "WFI at …12345678", "interrupt 27". */
const char *trace_words(const struct trace_set *set, const struct trace_event *event,
                        char words[TRACE_WORDS_MAX]);

/* ---- a file for each format; all return false only if the disk is full or the like ---- */

bool trace_write_json(const struct trace_set *set, FILE *out);
bool trace_write_svg(const struct trace_set *set, FILE *out);
bool trace_write_ctf_metadata(const struct trace_set *set, FILE *out);
bool trace_write_ctf_stream(const struct trace_set *set, uint32_t core, FILE *out);

/* ---- raw.c ---- */

bool trace_write_raw(const struct trace_set *set, FILE *out);

/* False after a complaint: no such file, or damaged. */
bool trace_read_raw(struct trace_set *set, const char *path, FILE *complaints);

#endif
