/*
 * What the RTOS's measuring programs share: system calls with the instants of their svc and of the
 * instruction behind it, and the lines that bench/run.py reads. An instant is in virtual
 * nanoseconds: with icount an instruction takes one. It comes from seventeen readings of the
 * counter, one instruction apart. The counter has steps of 16 ns, so the reading at which it steps
 * tells when the first reading was.
 */
#ifndef BENCH_STAMP_H
#define BENCH_STAMP_H

#include <kumiki/rtos/image.h>
#include <stdint.h>

#define STAMP_READINGS 17

/* stamp.S knows the offsets. */
struct stamp_call {
	uint64_t x[14]; /* the registers before and after: see docs/reference/reference.md */
	uint64_t kept[14];
	uint64_t before[STAMP_READINGS];
	uint64_t behind[STAMP_READINGS];
} __attribute__((aligned(16)));

/* Call this first of all, before there is another process. */
void stamp_begin(const struct rtos_start *start);

void stamp_svc(struct stamp_call *call);

/* When the svc was, and the first instruction behind it. 0: something came between the readings. */
uint64_t stamp_left(const struct stamp_call *call);
uint64_t stamp_came(const struct stamp_call *call);

/* Stores to a device's register, and returns when. 0: something came between the readings. */
uint64_t stamp_store(uint64_t address, uint32_t value);

/* A value of the counter as an instant. */
uint64_t stamp_of_counter(uint64_t counter);

/* Small numbers without a pattern, the same in each run. */
uint32_t stamp_random(uint32_t below);

/* Adds a sample to the figure that is being measured, unless an instant is 0; the second function
 * prints the figure. */
void stamp_sample(uint64_t from, uint64_t to);
void stamp_report(const char *name);

/* Prints that all is done, and switches the machine off. */
_Noreturn void stamp_done(void);

#endif
