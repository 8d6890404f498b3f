/* Which instruction a vCPU is at: the test sets that. */
#ifndef MACHINE_ACTIVATION_H
#define MACHINE_ACTIVATION_H

#include <stdbool.h>
#include <stdint.h>

struct activation {
	uint64_t pc, pstate, stack;
};

extern struct activation fake_activation;

static inline struct activation activation_now(void)
{
	return fake_activation;
}

static inline struct activation activation_none(void)
{
	return (struct activation){.pc = ~0ULL};
}

static inline bool activation_is(const struct activation *a, const struct activation *b)
{
	return a->pc == b->pc && a->pstate == b->pstate && a->stack == b->stack;
}

#endif
