/*
 * The used stretches of a guest's addresses, to find a free place.
 */
#ifndef MODEL_SPANS_H
#define MODEL_SPANS_H

#include "build.h"

struct span {
	uint64_t base, size;
	const char *what; /* for a message, like "the clock" */
};

struct spans {
	struct arena *arena;
	struct span *list;
	size_t count, room;
};

void spans_add(struct spans *spans, uint64_t base, uint64_t size, const char *what);
/* Adds all that the partition sees by now: memory, devices, emulated devices, and windows with an
 * address except the window of `but`. */
void spans_add_view(struct spans *spans, struct build *build, const struct draft *draft,
                    const struct draft_member *but);
/* The first span that overlaps; NULL: none. */
const struct span *spans_find(const struct spans *spans, uint64_t base, uint64_t size);
/* The first free place from `at` on. Sorts the list. False: there is none. */
bool spans_gap(struct spans *spans, uint64_t at, uint64_t size, uint64_t align, uint64_t *base);

#endif
