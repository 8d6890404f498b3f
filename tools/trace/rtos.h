/*
 * A trace of the RTOS beside the frame's, or alone: the shell's output of `trace raw`. Events are
 * as the frame's, with CPUs and processes instead of cores and vCPUs.
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
	struct rtostrace_names names; /* at its end; from trace_rtos_order() on, at its beginning */
};

/* From a text with these lines. False after a complaint: there are none, they are damaged, or of a
 * machine whose counter runs at another rate than the set's. */
bool trace_rtos_read(struct trace_set *set, const char *path, FILE *complaints);

/* Once the set is ordered. */
void trace_rtos_order(struct trace_set *set);

void trace_rtos_free(struct trace_set *set);

/* All of its events in the order of time. */
struct trace_rtos_reader {
	struct rtostrace_names names; /* now */
	size_t next[RTOS_CPUS_MAX];
	uint32_t cpu; /* CPU of the last event */
};

void trace_rtos_begin(const struct trace_set *set, struct trace_rtos_reader *reader);
/* The next event; NULL behind the last event. */
const struct trace_event *trace_rtos_next(const struct trace_set *set,
                                          struct trace_rtos_reader *reader);

/* The process of an event: "block.1", "idle". */
const char *trace_rtos_who(const struct trace_rtos_reader *reader, const struct trace_event *event,
                           char words[TRACE_WORDS_MAX]);
/* Its data: "call 12, before 1". */
const char *trace_rtos_words(const struct trace_rtos_reader *reader,
                             const struct trace_event *event, char words[TRACE_WORDS_MAX]);

/* ---- in the frame's files ---- */

void trace_rtos_json(const struct trace_set *set, struct json *json);

void trace_rtos_ctf_metadata(FILE *out);
bool trace_rtos_ctf_stream(const struct trace_set *set, uint32_t cpu, FILE *out);

/* Lanes of the picture, from `top` on. */
double trace_rtos_height(const struct trace_set *set);
void trace_rtos_picture(const struct trace_set *set, double top, FILE *out);

#endif
