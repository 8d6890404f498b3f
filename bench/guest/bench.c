/* SPDX-License-Identifier: MIT-0 */
/* Times, samples and their output for the measuring guests: see bench.h. */
#include <bench/bench.h>
#include <guest/time.h>
#include <stdio.h>

extern const char bench_vectors[];

static uint32_t bench_samples[BENCH_SAMPLES_MAX];
static uint32_t bench_count;
static uint32_t bench_seed = 12345;

static uint64_t bench_tick(void)
{
	return 1000000000u / time_frequency();
}

uint32_t bench_random(uint32_t below)
{
	bench_seed = bench_seed * 1664525u + 1013904223u;
	return (bench_seed >> 16) % below;
}

struct bench_bounds {
	uint64_t low, high;
};

/*
 * Narrows the cycle counter's offset. The system counter shows virtual time in steps of 16 ns, so a
 * pair of readings, one instruction apart, leaves 16 possible offsets. Pairs at different places in
 * a step leave only one.
 */
static void bench_narrow(struct bench_bounds *bounds)
{
	uint64_t tick = bench_tick(), counter, cycles;

	for (uint32_t wait = bench_random(17); wait > 0; wait--)
		__asm__ volatile("nop");
	__asm__ volatile("mrs %0, cntvct_el0\n\tmrs %1, pmccntr_el0"
	                 : "=&r"(counter), "=r"(cycles)::"memory");
	counter = counter * tick - (cycles - 1);
	if (counter > bounds->low)
		bounds->low = counter;
	if (counter + tick - 1 < bounds->high)
		bounds->high = counter + tick - 1;
}

uint64_t bench_align(void)
{
	struct bench_bounds bounds = {0, ~0ul};

	while (bounds.low != bounds.high) {
		bench_narrow(&bounds);
		/* The cycle counter stood still between two pairs: begin anew. */
		if (bounds.low > bounds.high)
			bounds = (struct bench_bounds){0, ~0ul};
	}
	return bounds.low;
}

void bench_start_cpu(void)
{
	time_cycles_start();
	cpu_write(vbar_el1, (uintptr_t)bench_vectors);
	cpu_isb();
}

uint64_t bench_time_of_counter(uint64_t counter)
{
	return counter * bench_tick();
}

uint64_t bench_interrupt_time(void)
{
	uint64_t cycles;

	__asm__ volatile("mov %0, x28" : "=r"(cycles));
	return cycles + bench_align();
}

void bench_sample(uint64_t value)
{
	if (bench_count < BENCH_SAMPLES_MAX)
		bench_samples[bench_count++] = (uint32_t)value;
}

static void bench_sort(void)
{
	for (uint32_t gap = bench_count / 2; gap > 0; gap /= 2) {
		for (uint32_t i = gap; i < bench_count; i++) {
			uint32_t value = bench_samples[i], j = i;

			for (; j >= gap && bench_samples[j - gap] > value; j -= gap)
				bench_samples[j] = bench_samples[j - gap];
			bench_samples[j] = value;
		}
	}
}

void bench_report(const char *name)
{
	bench_sort();
	printf("FIGURE %s %u %u %u\n", name, (unsigned int)bench_samples[bench_count / 2],
	       (unsigned int)bench_samples[bench_count - 1], (unsigned int)bench_count);
	bench_count = 0;
	time_spin(20000); /* so that the console's work for these lines isn't in the next figure */
}
