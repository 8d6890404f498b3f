/*
 * Latencies from a trace: the time until a woken vCPU runs, until an interrupt is in its list
 * register, and from there until the vCPU runs. Buckets double in width.
 */
#ifndef TRACE_LATENCY_H
#define TRACE_LATENCY_H

#include "set.h"

enum latency_kind {
	LATENCY_WAKE,   /* `ready` to `switch` */
	LATENCY_INJECT, /* `ready` to `inject`, without an exit of its own between */
	LATENCY_ENTER,  /* `inject` into a vCPU that doesn't run to its `switch` */
	LATENCY_KINDS
};

/* Bucket 0: less than a tick of the counter; n: from 2^(n-1) ticks on. */
#define LATENCY_BUCKETS 49

struct latency_sample {
	uint32_t vcpu, kind; /* enum latency_kind */
	uint64_t ticks;
};

struct latency {
	size_t count;
	const struct latency_sample *samples; /* the shortest first */
	size_t bucket[LATENCY_BUCKETS];
};

struct latencies {
	struct latency of[BUNDLE_VCPUS_MAX][LATENCY_KINDS];
	struct latency_sample *samples; /* of all kinds */
	size_t count;
};

/* False: no memory. */
bool latency_take(const struct trace_set *set, struct latencies *latencies);
void latency_free(struct latencies *latencies);

/* A quantile of the samples; share: of 1,000. */
uint64_t latency_at(const struct latency *latency, unsigned int share);

/* "heartbeat.0, woken to running". */
const char *latency_name(const struct trace_set *set, uint32_t vcpu, enum latency_kind kind,
                         char words[TRACE_WORDS_MAX]);

/* "1.28 us": ticks of the trace's counter. */
const char *latency_time(const struct trace_set *set, uint64_t ticks, char words[TRACE_WORDS_MAX]);

/* Ticks at which a bucket begins. */
uint64_t latency_bucket_begin(size_t bucket);

bool latency_write_words(const struct trace_set *set, FILE *out);
bool latency_write_svg(const struct trace_set *set, FILE *out);

#endif
