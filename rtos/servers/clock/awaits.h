/*
 * Calls that wait until the clock is set, so many of each program. Nothing of them is kept: what
 * isn't answered comes to a successor again. Pure, so that it is tested on the host, too.
 */
#ifndef CLOCK_AWAITS_H
#define CLOCK_AWAITS_H

#include <kumiki/rtos/image.h>
#include <stdbool.h>
#include <stdint.h>

#define AWAITS_EACH 4

struct await {
	uint64_t identity; /* 0: the place is free */
	uint64_t token;    /* of the thread that calls */
};

struct awaits {
	struct await of[RTOS_IMAGE_PROGRAMS_MAX][AWAITS_EACH]; /* by the badge's program */
};

/* It waits from now on. False: such a badge isn't a program's. `out` is who lost its place by that
 * (identity 0: nobody), most often one that waits for it no more. */
bool awaits_take(struct awaits *awaits, uint64_t badge, const struct await *call,
                 struct await *out);

/* One that waits, and is forgotten. False: there is none. */
bool awaits_next(struct awaits *awaits, struct await *out);

#endif
