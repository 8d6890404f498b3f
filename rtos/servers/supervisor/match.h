/*
 * Compares text and constants of later versions (version.h) with their stores while they run: the
 * boot image has no sums of them. A byte that differs is damage of either. In both cases the
 * program crashes, as its next start checks the store's sum.
 */
#ifndef SUPERVISOR_MATCH_H
#define SUPERVISOR_MATCH_H

#include "child.h"

/* All 0: a round begins. */
struct match {
	uint32_t program; /* whose version */
	uint64_t at;      /* the address where the next piece begins */
};

/* Looks at the next piece of at most PATROL_PIECE bytes, if there is one. Returns the program whose
 * piece differs; 0: none. */
uint32_t match_step(struct match *match, const struct children *all);

#endif
