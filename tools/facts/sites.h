/*
 * Where a kernel changes its own text as it runs, and to what: jump labels, the calls that ftrace
 * switches on and off, and the table of its breakpoints (kprobes).
 */
#ifndef FACTS_SITES_H
#define FACTS_SITES_H

#include "kernel.h"
#include <kumiki/watchfacts.h>

struct sites {
	struct watchfacts_jump *jump;
	uint32_t *traced;
};

/* Finds them, fills in what `facts` has of them, and counts them. NULL: all is found; else what is
 * missing, the end of a sentence. A kernel that was built without one of them has none. */
const char *sites_find(struct sites *sites, struct watchfacts *facts, const struct kernel *kernel,
                       struct arena *arena);

#endif
