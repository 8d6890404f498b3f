/* SPDX-License-Identifier: MIT-0 */
/*
 * What the measuring guests share: times in virtual nanoseconds (with icount an instruction takes
 * one), samples, and the lines that bench/run.py reads. A time comes from the cycle counter, which
 * is aligned to the system counter. So times of different CPUs and of timer deadlines can be
 * compared.
 */
#ifndef BENCH_H
#define BENCH_H

#include <guest/cpu.h>
#include <stdint.h>

#define BENCH_SAMPLES_MAX 4096

/* Reads the cycle counter, by exactly one instruction. */
#define bench_cycles()                                                                             \
	({                                                                                         \
		uint64_t bench_value_;                                                             \
		__asm__ volatile("mrs %0, pmccntr_el0" : "=r"(bench_value_)::"memory");            \
		bench_value_;                                                                      \
	})

/* Starts this CPU's cycle counter. From now on the first instruction of each interrupt reads it. */
void bench_start_cpu(void);

/*
 * The present offset from this CPU's cycle counter to virtual nanoseconds. A partition's cycle
 * counter may stop while its core does something else. So each sample finds the offset anew: before
 * its first time and after its last one.
 */
uint64_t bench_align(void);

/* A value of the system counter as virtual nanoseconds. */
uint64_t bench_time_of_counter(uint64_t counter);

/* When a handler's first instruction ran, in virtual nanoseconds. A handler calls it first of
 * all. */
uint64_t bench_interrupt_time(void);

/* Small numbers without a pattern, the same in each run. */
uint32_t bench_random(uint32_t below);

/* Adds a sample to the figure that is being measured; the second function prints them. */
void bench_sample(uint64_t value);
void bench_report(const char *name);

#endif
