/*
 * Calls that wait until the clock is set, a few of each program. The server doesn't keep them: a
 * call without an answer comes to the next server again. Pure, so that it is tested on the host,
 * too.
 */
#ifndef CLOCK_AWAITS_H
#define CLOCK_AWAITS_H

#include <kumiki/rtos/image.h>
#include <stdbool.h>
#include <stdint.h>

#define AWAITS_EACH 4

struct await {
	uint64_t identity; /* 0: the place is free */
	uint64_t token;    /* the calling thread's */
};

struct awaits {
	struct await of[RTOS_IMAGE_PROGRAMS_MAX][AWAITS_EACH]; /* by the badge's program */
};

/* Makes the call wait. False: no program has this badge. `out` is the call that lost its place
 * (identity 0: none). Mostly its caller doesn't wait any more. */
bool awaits_take(struct awaits *awaits, uint64_t badge, const struct await *call,
                 struct await *out);

/* Takes out a waiting call. False: there is none. */
bool awaits_next(struct awaits *awaits, struct await *out);

#endif
