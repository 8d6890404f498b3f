/* SPDX-License-Identifier: MIT-0 */
/* Latencies, counted for each tick: see realtime/latency.h. */
#include <guest/time.h>
#include <realtime/latency.h>
#include <stdio.h>

#define LATENCY_PRINTED 8 /* buckets on one line of a histogram */

void latency_clear(struct latency *latency)
{
	latency->count = 0;
	latency->worst = 0;
	for (uint32_t i = 0; i < LATENCY_BUCKETS; i++)
		latency->buckets[i] = 0;
}

void latency_note(struct latency *latency, uint64_t ticks)
{
	latency->buckets[ticks < LATENCY_BUCKETS ? ticks : LATENCY_BUCKETS - 1]++;
	latency->count++;
	if (ticks > latency->worst)
		latency->worst = ticks;
}

uint64_t latency_median(const struct latency *latency)
{
	uint32_t seen = 0;

	for (uint64_t i = 0; i < LATENCY_BUCKETS; i++) {
		seen += latency->buckets[i];
		if (seen * 2 >= latency->count)
			return i;
	}
	return latency->worst;
}

uint64_t latency_nanoseconds(uint64_t ticks)
{
	return ticks * 1000000000u / time_frequency();
}

/* Prints few buckets on each line, as a console's lines have a limited length. */
void latency_print_histogram(const struct latency *latency)
{
	uint32_t printed = 0;

	for (uint32_t i = 0; i < LATENCY_BUCKETS; i++) {
		uint64_t ticks = i < LATENCY_BUCKETS - 1 ? i : latency->worst;

		if (latency->buckets[i] == 0)
			continue;
		if (printed++ % LATENCY_PRINTED == 0)
			printf("%sHISTOGRAM", printed > 1 ? "\n" : "");
		printf(" %lu:%u", (unsigned long)latency_nanoseconds(ticks),
		       (unsigned int)latency->buckets[i]);
	}
	printf("\nEND\n");
}
