/*
 * Commands to partitions (include/kumiki/life.h), from the sender's side: whether a command fits
 * the state, and its result. The frame answers neither: it ignores a command that doesn't fit. For
 * the console service, and for the tool of a Linux that manages others.
 */
#ifndef LIB_LIFECOMMAND_H
#define LIB_LIFECOMMAND_H

#include <kumiki/life.h>
#include <stdbool.h>

/* Why a command has nothing to do, as the rest of a sentence; NULL: it can be given. `good` is true
 * if the wanted state is there already. */
const char *life_refusal(enum life_command told, uint32_t state, bool *good);

enum life_outcome {
	LIFE_ON_ITS_WAY,
	LIFE_CAME,   /* the wanted state */
	LIFE_FAILED, /* another state, which stays */
};

/* The result of a command by now; `starts` is the count before it was given. States in between
 * don't count. */
enum life_outcome life_outcome(enum life_command told, uint32_t starts,
                               const struct life_status *status);

#endif
