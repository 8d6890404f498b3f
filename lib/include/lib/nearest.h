/* Finds the word that the author most probably meant. */
#ifndef LIB_NEAREST_H
#define LIB_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

/* Begin with {word}, offer every candidate, then call nearest_answer(). */
struct nearest {
	const char *word;
	const char *best;
	size_t distance;
};

void nearest_offer(struct nearest *nearest, const char *candidate);
/* The nearest candidate. NULL: no candidate is near enough. */
const char *nearest_answer(const struct nearest *nearest);
/* How many insertions, deletions, replacements and swaps of neighbours lead from a to b. Words
 * longer than 63 characters count as far away. */
size_t nearest_distance(const char *a, const char *b);

#endif
