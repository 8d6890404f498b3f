/*
 * Latencies in a trace. There are three kinds: from a vCPU's wake until it runs, from its wake
 * until an interrupt is in its list register, and from then until it runs. Each bucket is twice as
 * wide as the one before.
 */
#ifndef TRACE_LATENCY_H
#define TRACE_LATENCY_H

#include "set.h"

enum latency_kind {
	LATENCY_WAKE,   /* `ready` to `switch`, of a vCPU that didn't run in between */
	LATENCY_INJECT, /* `ready` to `inject`; between them the vCPU neither exits nor loses its
	                   core */
	LATENCY_ENTER,  /* `inject` to `switch`, of a vCPU that didn't run */
	LATENCY_KINDS
};

/* Bucket 0 is for less than a tick of the counter; bucket n begins at 2^(n-1) ticks. */
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

/* Finds all latencies. False: no memory. */
bool latency_take(const struct trace_set *set, struct latencies *latencies);
void latency_free(struct latencies *latencies);

/* A quantile of the samples. `share`: 500 of 1,000 is the median. */
uint64_t latency_at(const struct latency *latency, unsigned int share);

/* The ticks at which a bucket begins. */
uint64_t latency_bucket_begin(size_t bucket);

bool latency_write_words(const struct trace_set *set, FILE *out);

#endif
