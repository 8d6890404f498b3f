/* Finds the word that the author most probably meant. */
#ifndef LIB_NEAREST_H
#define LIB_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

/* Begin with {word}, offer every candidate, then take nearest_answer(). */
struct nearest {
	const char *word;
	const char *best;
	size_t distance;
};

void nearest_offer(struct nearest *nearest, const char *candidate);
/* NULL if no candidate was near enough. */
const char *nearest_answer(const struct nearest *nearest);
/* Insertions, deletions, replacements and swaps of neighbours from a to b; words longer than 63
 * characters count as far away. */
size_t nearest_distance(const char *a, const char *b);

#endif
