/* The CPU's random numbers, if it has any (FEAT_RNG). False: it has none, or none just now. */
#ifndef MACHINE_RANDOM_H
#define MACHINE_RANDOM_H

#include <machine/sysreg.h>
#include <stdbool.h>

static inline bool random_word(uint64_t *word)
{
	uint64_t failed;

	if ((sysreg_read(id_aa64isar0_el1) >> 60 & 0xf) == 0)
		return false;
	__asm__ volatile("mrs %0, s3_3_c2_c4_0\n\tcset %1, eq" : "=r"(*word), "=r"(failed)::"cc");
	return failed == 0;
}

#endif
