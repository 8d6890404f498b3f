/*
 * Tries one instruction at EL1, at EL0 or in AArch32 state, whatever it does. An exception ends
 * each try, and its syndrome is the result. It is for guests that try what they mustn't do.
 */
#ifndef BAD_ATTEMPT_H
#define BAD_ATTEMPT_H

#include <stdint.h>

#define ATTEMPT_EL1     0x3c5ull /* PSTATE at its start: everything is masked */
#define ATTEMPT_EL0     0x3c0ull
#define ATTEMPT_AARCH32 0x1d0ull /* EL0, A32 instructions */
#define ATTEMPT_SVC32   0x1d3ull /* AArch32 at EL1, which doesn't exist */

/* The instruction behind it, which ends a try without another exception: BRK #0x77, in A32 BKPT
 * #0. */
#define ATTEMPT_END   0xd4200ee0u
#define ATTEMPT_END32 0xe1200070u
#define ATTEMPT_THROUGH(esr)                                                                       \
	(((esr) >> 26) == 0x38 || (((esr) >> 26) == 0x3c && ((esr)&0xffff) == 0x77))
#define ATTEMPT_CLASS(esr) ((uint32_t)((esr) >> 26))

/* Call this first: it turns the MMU off. */
void attempt_begin(void);

/* Tries the instruction with these x0 to x3, and returns the exception's ESR_EL1.
 * ATTEMPT_INTERRUPTED: an interrupt came first. */
uint64_t attempt(uint32_t instruction, uint64_t state, const uint64_t x[4]);
#define ATTEMPT_INTERRUPTED (~0ull)

/* FAR_EL1 and x0 at the end of the last try. */
extern uint64_t attempt_far, attempt_x0;

/* The next random number of a seed. */
static inline uint64_t attempt_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

#endif
