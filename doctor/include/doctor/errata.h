/* Cores by their number, and the errata of docs/proof/limits.md: a test compares the two. */
#ifndef DOCTOR_ERRATA_H
#define DOCTOR_ERRATA_H

#include <stdint.h>

#define ERRATA_EACH 4

struct errata_core {
	uint32_t part; /* of MIDR_EL1, where Arm is the maker */
	const char *name;
	struct {
		const char *number, *fails, *does; /* a number of 0: there are no more */
	} errata[ERRATA_EACH];
};

/* 0: the doctor doesn't know the core. */
const struct errata_core *errata_find(uint32_t part);

#endif
