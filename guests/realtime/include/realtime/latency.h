/* SPDX-License-Identifier: MIT-0 */
/*
 * Latencies of one kind of interrupt: how late each handler began. Each value counts, exact to a
 * counter tick. Handlers call latency_note(); the other functions are called with interrupts
 * masked, or while nothing is noted.
 */
#ifndef REALTIME_LATENCY_H
#define REALTIME_LATENCY_H

#include <guest/cpu.h>
#include <stdbool.h>
#include <stdint.h>

/* A bucket for each counter tick, which are 16 ns in QEMU; the last bucket is for all longer
 * latencies. */
#define LATENCY_BUCKETS 8192

struct latency {
	volatile bool noting; /* handlers note latencies here now */
	uint32_t count;
	uint64_t worst; /* in counter ticks, like all times here */
	uint32_t buckets[LATENCY_BUCKETS];
};

/*
 * How late a handler began, in counter ticks. Only handlers may call it: vectors.S has read the
 * counter. An interrupt that was due only after another one's handler had begun isn't late.
 */
static inline uint64_t latency_since(uint64_t deadline)
{
	uint64_t began = cpu_read(far_el1);

	return began > deadline ? began - deadline : 0;
}

void latency_clear(struct latency *latency);
void latency_note(struct latency *latency, uint64_t ticks);

/* The median. */
uint64_t latency_median(const struct latency *latency);
uint64_t latency_nanoseconds(uint64_t ticks);
void latency_print_histogram(const struct latency *latency);

#endif
