/*
 * A trace as the host has it: each core's events, the oldest first, and the names that belong to
 * their numbers. raw.c fills it from the link or from a file; the writers of formats read it.
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
	struct link_welcome welcome; /* its counts are within their limits */
	uint32_t channels;
	char channel[BUNDLE_CHANNELS_MAX][BUNDLE_NAME_SIZE + 1]; /* as in the welcome */
	char source[CONSOLE_SOURCES_MAX][BUNDLE_NAME_SIZE + 1];  /* as in the welcome */
	struct trace_core core[BUNDLE_CORES_MAX];
	uint64_t begin, end; /* the counter at the first event, and the ticks from there to the last
	                        one: see trace_set_order() */
	struct trace_rtos *rtos; /* an RTOS's trace, beside cores or alone; NULL: none */
};

/* Takes a LINK_WELCOME's payload. False: it can't be one. */
bool trace_set_welcome(struct trace_set *set, const void *payload, size_t size);

/* Adds events behind the core's last event; events that the set has already are left out. False: no
 * memory, or more events than any ring holds. */
bool trace_set_add(struct trace_set *set, uint32_t core, uint64_t first, const void *events,
                   size_t count);

/* Called when all events are there: finds begin and end, and drops empty slots. */
void trace_set_order(struct trace_set *set);

void trace_set_free(struct trace_set *set);

/* The event's time in ticks since set->begin, even if the counter's 48 bits have run over
 * between. */
uint64_t trace_set_ticks(const struct trace_set *set, const struct trace_event *event);

/* Ticks as nanoseconds. */
uint64_t trace_set_nanoseconds(const struct trace_set *set, uint64_t ticks);

/* The event's time in nanoseconds since set->begin. */
uint64_t trace_set_time(const struct trace_set *set, const struct trace_event *event);

size_t trace_set_events(const struct trace_set *set);

/* The number of cores; of an RTOS alone, the number of its CPUs. */
uint32_t trace_set_count(const struct trace_set *set);

/* ---- story.c: all cores' events in the order of time, and how long vCPUs waited ---- */

struct trace_cursor {
	size_t next[BUNDLE_CORES_MAX];
	uint32_t core; /* core of the last event */
};

/* The next event of all cores; NULL behind the last one. The cursor begins as zero. */
const struct trace_event *trace_next(const struct trace_set *set, struct trace_cursor *cursor);

struct trace_story {
	uint8_t runs[BUNDLE_CORES_MAX]; /* the context of each core */
	/* For each vCPU: since when it has been ready (UINT64_MAX: it isn't); whether it became
	 * ready by a wake; whether it left its core to wait. */
	uint64_t ready[BUNDLE_VCPUS_MAX];
	bool woke[BUNDLE_VCPUS_MAX], waits[BUNDLE_VCPUS_MAX];
};

/* The time from a vCPU's becoming ready until it runs on this core, in ticks since set->begin. */
struct trace_wait {
	uint8_t vcpu;
	uint32_t core;
	uint64_t from, to;
	bool woke; /* a wake made it ready; false: another context had interrupted it */
};

void trace_story_begin(struct trace_story *story);

/* Takes the next event of a core. True: a vCPU's wait ends with it, and `wait` tells which. */
bool trace_story_event(const struct trace_set *set, struct trace_story *story,
                       const struct trace_event *event, uint32_t core, struct trace_wait *wait);

/* ---- words.c: what the numbers mean ---- */

#define TRACE_WORDS_MAX 160

/* The context of an event, like "linux.0", "console" or "frame". It is written into `words`, which
 * is returned. */
const char *trace_context(const struct trace_set *set, uint8_t vcpu, char words[TRACE_WORDS_MAX]);

/* The partition of a context, or -1. */
int trace_partition(const struct trace_set *set, uint8_t vcpu);

/* An event's data in words, like "WFI at …12345678" or "interrupt 27". */
const char *trace_words(const struct trace_set *set, const struct trace_event *event,
                        char words[TRACE_WORDS_MAX]);

/* ---- a file for each format; false: it can't be written, or there is no memory ---- */

bool trace_write_json(const struct trace_set *set, FILE *out);
bool trace_write_ctf_metadata(const struct trace_set *set, FILE *out);
bool trace_write_ctf_stream(const struct trace_set *set, uint32_t core, FILE *out);

/* ---- raw.c ---- */

/* Fetches all cores' rings over the link. False after a complaint. */
bool trace_fetch(struct trace_set *set, const char *path, FILE *complaints);

bool trace_write_raw(const struct trace_set *set, FILE *out);

/* False after a complaint: there is no such file, or it is damaged. */
bool trace_read_raw(struct trace_set *set, const char *path, FILE *complaints);

#endif
