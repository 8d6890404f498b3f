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
	uint64_t from;          /* where the value was loaded last */
	bool holds;             /* the condition */
	bool found;             /* a MUST doesn't hold */
	uint64_t still;         /* the number that has to change; 0: none has */
	struct rules_lack lack; /* of the last condition */
	uint64_t leads;         /* the pointer that a place was asked of last; 0: none */
	uint64_t object;        /* that is looked at */
	uint64_t before;        /* in a chain: where the pointer is that leads to it */
	uint32_t slot;          /* its number in its view */
};

/* Takes work off. False: there isn't so much left. */
static inline bool rules_spend(struct rules_run *run, uint32_t work)
{
	if (run->work < work)
		return false;
	run->work -= work;
	return true;
}

static inline uint64_t rules_at(uintptr_t at, uint32_t size)
{
	switch (size) {
	case 1:
		return *(const volatile uint8_t *)at;
	case 2:
		return *(const volatile uint16_t *)at;
	case 4:
		return *(const volatile uint32_t *)at;
	default:
		return *(const volatile uint64_t *)at;
	}
}

/* Keeps what was read, for a rule that says `still`. */
void rules_note_read(struct rules_run *run, uint64_t address, uint32_t size, uint64_t value);

/* Reads a number of 1, 2, 4 or 8 bytes at the kernel's own address, a multiple of its size. */
static inline bool rules_read(struct rules_run *run, uint64_t address, uint32_t size,
                              uint64_t *value)
{
	uint64_t at;

	if (!rules_spend(run, 1) || (address & (size - 1)) != 0 ||
	    !guestcache_translate(run->kernel->cache, run->kernel->walk, address, &at))
		return false;
	*value = rules_at((uintptr_t)at, size);
	if (run->rule->still != 0)
		rules_note_read(run, address, size, *value);
	return true;
}

/* Of several chains, where the pointer to the first object of one is. */
static inline uint64_t rules_first(const struct rules_run *run, const struct rule_view *view,
                                   uint32_t chain)
{
	return run->kernel->base + rule_words(run->rule)[view->a + chain];
}

/* Finds the objects of a view that begins at `start`. False: can't tell. */
bool rules_gather(struct rules_run *run, uint32_t view, uint64_t start);

/* Sorts a view's objects by their addresses, for rules_has(). */
bool rules_sort(struct rules_run *run, uint32_t view);
bool rules_has(const struct rules_run *run, uint32_t view, uint64_t object);

#endif
