/* The fake machine's CPUs have no random numbers. */
#ifndef MACHINE_RANDOM_H
#define MACHINE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

static inline bool random_word(uint64_t *word)
{
	(void)word;
	return false;
}

#endif
