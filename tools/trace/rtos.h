/*
 * A trace of the RTOS, beside the frame's trace or alone: the shell's output of `trace raw`. Events
 * have the form of the frame's, with CPUs and processes instead of cores and vCPUs.
 */
#ifndef TRACE_RTOS_H
#define TRACE_RTOS_H

#include "set.h"
#include <kumiki/rtos/call.h>
#include <lib/json.h>
#include <lib/rtostrace.h>

struct trace_rtos {
	uint64_t counter_hz;
	uint32_t cpus;
	struct trace_core cpu[RTOS_CPUS_MAX];
	struct rtostrace_names names; /* the last names; after trace_rtos_order() the first ones */
};

/* Reads a trace from a text with the shell's lines. False after a complaint: there are none, they
 * are damaged, or they are of a machine whose counter has another rate than the set's. */
bool trace_rtos_read(struct trace_set *set, const char *path, FILE *complaints);

/* Called by trace_set_order(): takes the names back from the trace's end to its beginning. */
void trace_rtos_order(struct trace_set *set);

void trace_rtos_free(struct trace_set *set);

/* Reads all of its events in the order of time. */
struct trace_rtos_reader {
	struct rtostrace_names names; /* the names at the last event */
	size_t next[RTOS_CPUS_MAX];
	uint32_t cpu; /* CPU of the last event */
};

void trace_rtos_begin(const struct trace_set *set, struct trace_rtos_reader *reader);
/* The next event; NULL behind the last event. */
const struct trace_event *trace_rtos_next(const struct trace_set *set,
                                          struct trace_rtos_reader *reader);

/* The process of an event, like "block.1" or "idle". */
const char *trace_rtos_who(const struct trace_rtos_reader *reader, const struct trace_event *event,
                           char words[TRACE_WORDS_MAX]);
/* The event's data, like "call 12, before 1". */
const char *trace_rtos_words(const struct trace_rtos_reader *reader,
                             const struct trace_event *event, char words[TRACE_WORDS_MAX]);

/* ---- the RTOS's part of each format ---- */

void trace_rtos_json(const struct trace_set *set, struct json *json);

void trace_rtos_ctf_metadata(FILE *out);
bool trace_rtos_ctf_stream(const struct trace_set *set, uint32_t cpu, FILE *out);

#endif
