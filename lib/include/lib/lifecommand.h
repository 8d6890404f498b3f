/*
 * Commands to partitions (include/kumiki/life.h), as their sender sees them: whether a command fits
 * the state, and the command's result. The frame answers neither, as it ignores a command that
 * doesn't fit. The console service uses this, and the tool of a Linux that manages other
 * partitions.
 */
#ifndef LIB_LIFECOMMAND_H
#define LIB_LIFECOMMAND_H

#include <kumiki/life.h>
#include <stdbool.h>

/* Says why a command has nothing to do, as the rest of a sentence. NULL: the command can be given.
 * *good is true if the partition is in the wanted state already. */
const char *life_refusal(enum life_command told, uint32_t state, bool *good);

enum life_outcome {
	LIFE_ON_ITS_WAY,
	LIFE_CAME,   /* the wanted state has come */
	LIFE_FAILED, /* another state has come, and stays */
};

/* The result of a command so far. `starts` is the count of starts before the command was given.
 * States in between aren't results. */
enum life_outcome life_outcome(enum life_command told, uint32_t starts,
                               const struct life_status *status);

#endif
