/* Partitions by name, as the bundle has them. */
#ifndef SERVICE_NAMES_H
#define SERVICE_NAMES_H

#include <kumiki/bundle.h>
#include <service/words.h>

/* A core's holder. */
const char *names_holder(const struct bundle_header *bundle, uint32_t holder);

/* " a, b": `mask` has a bit for each partition. */
void names_say(const struct bundle_header *bundle, uint32_t mask, struct words *words);

/* "core 2", then `text`. */
void names_core(struct words *words, uint32_t core, const char *text);

#endif
