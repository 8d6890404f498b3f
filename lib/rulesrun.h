/* A look that goes on, between lib/rules.c and lib/rulesviews.c. */
#ifndef LIB_RULESRUN_H
#define LIB_RULESRUN_H

#include <lib/rules.h>

struct rules_run {
	const struct rule *rule;
	const struct rules_kernel *kernel;
	struct rules_memory *memory;
	uint32_t work; /* that is left */
	uint64_t value, other;
	bool holds;      /* the condition */
	bool found;      /* a MUST doesn't hold */
	uint64_t object; /* that is looked at */
	uint32_t slot;   /* its number in its view */
};

/* Takes work off. False: there isn't so much left. */
bool rules_spend(struct rules_run *run, uint32_t work);

/* Reads a number of 1, 2, 4 or 8 bytes at the kernel's own address, a multiple of its size. */
bool rules_read(struct rules_run *run, uint64_t address, uint32_t size, uint64_t *value);

/* Finds the objects of a view that begins at `start`. False: can't tell. */
bool rules_gather(struct rules_run *run, uint32_t view, uint64_t start);

/* Sorts a view's objects by their addresses, for rules_has(). */
bool rules_sort(struct rules_run *run, uint32_t view);
bool rules_has(const struct rules_run *run, uint32_t view, uint64_t object);

#endif
