/* Starts the keeper, the program kumiki-keeper: see docs/inside/keeper.md; and its like. */
#ifndef HOST_KEEPER_H
#define HOST_KEEPER_H

#include <stdbool.h>

/* This process becomes the program, `kumiki-keeper` or another one beside it, with these arguments.
 * Returns the exit status if that fails, and the program `name` has complained. */
int keeper_become(const char *name, const char *program, char **argv);

/* Starts a keeper beside this process. It writes its address to standard error, and ends when the
 * link is closed. False: the program `name` has complained. */
bool keeper_beside(const char *name, const char *link);

#endif
