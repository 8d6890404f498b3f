/*
 * Commands to partitions (include/kumiki/life.h) as seen by who gives them: whether one fits the
 * state, and what has come of it. The frame answers neither: it ignores what doesn't fit. For the
 * console service, and for the tool of a Linux that manages others.
 */
#ifndef LIB_LIFECOMMAND_H
#define LIB_LIFECOMMAND_H

#include <kumiki/life.h>
#include <stdbool.h>

/* Why a command has nothing to do, as the rest of a sentence; NULL: it can be given. True in
 * `good`: for what is wanted is so already. */
const char *life_refusal(enum life_command told, uint32_t state, bool *good);

enum life_outcome {
	LIFE_ON_ITS_WAY,
	LIFE_CAME,   /* what was wanted */
	LIFE_FAILED, /* something else, which stays */
};

/* What has come of a command by now, if it was given after so many starts. A state that was passed
 * in between doesn't count. */
enum life_outcome life_outcome(enum life_command told, uint32_t starts,
                               const struct life_status *status);

#endif
