/* Finds out about a Linux, from its Image, what a watcher must know: kumiki/watchfacts.h. */
#ifndef FACTS_FACTS_H
#define FACTS_FACTS_H

#include <host/arena.h>
#include <kumiki/watchfacts.h>
#include <stdbool.h>
#include <stddef.h>

/* The image lies at a multiple of 8. NULL: all is found; else what is missing, the end of a
 * sentence: "it has no BTF, …". */
const char *facts_find(struct watchfacts *facts, struct arena *arena, const uint8_t *image,
                       size_t size);

#endif
