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

#endif
