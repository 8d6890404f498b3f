/* The moments at which the programs of leaves.dts act: they are LEAVES_MS apart. */
#ifndef TESTS_RTOS_URGENCY_LEAVES_H
#define TESTS_RTOS_URGENCY_LEAVES_H

#include <rtos/sys.h>

#define LEAVES_MS    20
#define LEAVES_SPINS 15 /* milliseconds for which a program computes */

static inline uint64_t leaves_since(void)
{
	return sys_now() % sys_ticks(LEAVES_MS);
}

/* The next moment that is far enough away to get ready for it. */
static inline uint64_t leaves_next(void)
{
	return sys_now() - leaves_since() +
	       sys_ticks(leaves_since() < sys_ticks(LEAVES_SPINS) ? LEAVES_MS : 2 * LEAVES_MS);
}

#endif
