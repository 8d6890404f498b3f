/*
 * Looks at text that came from files while it runs: the boot image has no sums of it. Text and
 * constants of a later version (version.h) are compared with its store. A byte that differs is
 * damage of either, and the program crashes in both cases, as its next start checks the store's
 * sum. Text of a program in a slot is compared with its own sum at the first look, as nothing else
 * has it: the mapping with its entry.
 */
#ifndef SUPERVISOR_MATCH_H
#define SUPERVISOR_MATCH_H

#include "child.h"

/* The text of a slot's program. */
struct match_text {
	uint32_t starts; /* of the slot; 0: nothing was looked at yet */
	uint32_t sum;    /* CRC-32C of its text */
	uint64_t size;   /* bytes in the sum */
};

/* All 0: a round begins. */
struct match {
	uint32_t program;       /* whose text */
	uint64_t at;            /* the address where the next piece begins */
	struct match_text text; /* a slot's, so far */
	struct match_text first[RTOS_IMAGE_PROGRAMS_MAX]; /* each slot's, at the first look */
};

/* Looks at the next piece of at most PATROL_PIECE bytes, if there is one. Returns the program whose
 * piece differs; 0: none. */
uint32_t match_step(struct match *match, const struct children *all);

#endif
