/*
 * A trace as the host has it: the events of each core, oldest first, and the names that go with
 * their numbers. Filled from the link (fetch.c) or a file (raw.c), read by what writes a format.
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

struct trace_set {
	struct link_welcome welcome;                            /* counts within their maxima */
	char source[CONSOLE_SOURCES_MAX][BUNDLE_NAME_SIZE + 1]; /* as in welcome's sources */
	struct trace_core core[BUNDLE_CORES_MAX];
	uint64_t begin, end; /* ticks of the first and the last event; see trace_set_order() */
};

/* Takes a LINK_WELCOME's payload; false if it can't be one. */
bool trace_set_welcome(struct trace_set *set, const void *payload, size_t size);

/* Behind the core's last event; those that the set has already are left out. False: no memory, or
 * more than any ring holds. */
bool trace_set_add(struct trace_set *set, uint32_t core, uint64_t first, const void *events,
                   size_t count);

/* Once all is there: finds begin and end, drops what was never written. */
void trace_set_order(struct trace_set *set);

void trace_set_free(struct trace_set *set);

/* Ticks since set->begin, though the counter's 48 bits may have run over between. */
uint64_t trace_set_ticks(const struct trace_set *set, const struct trace_event *event);

/* The same in nanoseconds. */
uint64_t trace_set_time(const struct trace_set *set, const struct trace_event *event);

size_t trace_set_events(const struct trace_set *set);

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

/* False after a complaint: it is no such file, or a damaged one. */
bool trace_read_raw(struct trace_set *set, const char *path, FILE *complaints);

#endif
