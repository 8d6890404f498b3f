/* SPDX-License-Identifier: MIT-0 */
/*
 * Latencies of one kind of interrupt: how late each handler began. All values are kept, to the
 * counter's tick. latency_note() is for the handler; the rest is called with interrupts masked or
 * while nothing is noted.
 */
#ifndef REALTIME_LATENCY_H
#define REALTIME_LATENCY_H

#include <guest/cpu.h>
#include <stdbool.h>
#include <stdint.h>

/* One bucket for each tick of the counter, which QEMU has every 16 ns; the last one: later. */
#define LATENCY_BUCKETS 8192

struct latency {
	volatile bool noting; /* for the handlers: note latencies here now */
	uint32_t count;
	uint64_t worst; /* counter ticks, as all times here */
	uint32_t buckets[LATENCY_BUCKETS];
};

/*
 * How late the handler began, in counter ticks: vectors.S has read the counter. For handlers alone.
 * An interrupt that became due only after another had begun in its place isn't late.
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
