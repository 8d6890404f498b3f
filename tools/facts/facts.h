/* Finds in a Linux's Image, or a program's ELF file, what a watcher must know: kumiki/watchfacts.h.
 */
#ifndef FACTS_FACTS_H
#define FACTS_FACTS_H

#include "kernel.h"
#include <kumiki/watchfacts.h>
#include <stdbool.h>
#include <stddef.h>

/* Finds all facts, with the tables behind them; `image` is a multiple of 8. NULL: everything is
 * found. Otherwise it says what is missing, as the end of a sentence: "it has no BTF; …". */
const char *facts_find(const struct watchfacts **facts, struct arena *arena, const uint8_t *image,
                       size_t size);

/* A kernel's words about itself, which say which one it is, and where they stand; or such words of
 * a program, which stand nowhere. Likewise. */
const char *facts_banner(char banner[WATCHFACTS_BANNER], uint32_t *at, const struct kernel *kernel);

/* ---- sites ---- */

/* Where a kernel changes its own text as it runs, and to what: jump labels, the calls that ftrace
 * switches on and off, and the table of its breakpoints (kprobes). */

struct sites {
	struct watchfacts_jump *jump;
	uint32_t *traced;
};

/* Finds them, fills in what `facts` has of them, and counts them. NULL: all is found; else what is
 * missing, the end of a sentence. A kernel that was built without one of them has none. */
const char *sites_find(struct sites *sites, struct watchfacts *facts, const struct kernel *kernel,
                       struct arena *arena);

#endif
