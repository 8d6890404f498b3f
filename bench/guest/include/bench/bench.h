/* SPDX-License-Identifier: MIT-0 */
/*
 * What the measuring guests share: points in time in nanoseconds of virtual time (under icount an
 * instruction is one), samples, and the lines that bench/run.py reads. Points in time come from the
 * cycle counter, which is aligned to the system counter, so that those of different CPUs and timer
 * deadlines are on one axis.
 */
#ifndef BENCH_H
#define BENCH_H

#include <guest/cpu.h>
#include <stdint.h>

#define BENCH_SAMPLES_MAX 4096

/* Cycles now. Exactly one instruction. */
#define bench_cycles()                                                                             \
	({                                                                                         \
		uint64_t bench_value_;                                                             \
		__asm__ volatile("mrs %0, pmccntr_el0" : "=r"(bench_value_)::"memory");            \
		bench_value_;                                                                      \
	})

/* Starts this CPU's cycle counter and has every interrupt stamped by its first instruction. */
void bench_start_cpu(void);

/*
 * What to add to this CPU's cycle counter, now, for virtual nanoseconds. The cycle counter of a
 * partition needn't run while its core does something else, so this is found anew for each sample:
 * before its first point in time and after its last one.
 */
uint64_t bench_align(void);

/* A value of the system counter as virtual nanoseconds. */
uint64_t bench_time_of_counter(uint64_t counter);

/* First thing in a handler: when its first instruction ran, as virtual nanoseconds. */
uint64_t bench_interrupt_time(void);

/* Small numbers without a pattern, the same in each run. */
uint32_t bench_random(uint32_t below);

/* Samples of the figure that is being measured. */
void bench_sample(uint64_t value);
void bench_report(const char *name);

#endif
