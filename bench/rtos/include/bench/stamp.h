/*
 * What the RTOS's measuring programs share: system calls with the instants of their svc and of the
 * instruction behind it, and the lines that bench/run.py reads. An instant is in nanoseconds of
 * virtual time: under icount an instruction takes one. It comes from seventeen readings of the
 * counter, one instruction apart: the counter goes in steps of 16 ns, and the reading at which it
 * steps tells when the first one was.
 */
#ifndef BENCH_STAMP_H
#define BENCH_STAMP_H

#include <kumiki/rtos/image.h>
#include <stdint.h>

#define STAMP_READINGS 17

/* The assembler knows the places. */
struct stamp_call {
	uint64_t x[14]; /* before and afterwards, as docs/reference.md has them */
	uint64_t kept[14];
	uint64_t before[STAMP_READINGS];
	uint64_t behind[STAMP_READINGS];
} __attribute__((aligned(16)));

/* Before anything else, and before there is another process. */
void stamp_begin(const struct rtos_start *start);

void stamp_svc(struct stamp_call *call);

/* When the svc was, and the first instruction behind it. 0: something came in between readings. */
uint64_t stamp_left(const struct stamp_call *call);
uint64_t stamp_came(const struct stamp_call *call);

/* Stores to a device's register, and says when. 0 as above. */
uint64_t stamp_store(uint64_t address, uint32_t value);

/* A value of the counter as an instant. */
uint64_t stamp_of_counter(uint64_t counter);

/* Small numbers without a pattern, the same in each run. */
uint32_t stamp_random(uint32_t below);

/* A sample of the figure that is being measured, and what they come to. An instant that is 0 makes
 * none. */
void stamp_sample(uint64_t from, uint64_t to);
void stamp_report(const char *name);

/* Whatever was measured, it is the end: the machine is switched off. */
_Noreturn void stamp_done(void);

#endif
