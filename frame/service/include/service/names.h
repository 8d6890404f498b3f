/* Names of partitions, from the bundle. */
#ifndef SERVICE_NAMES_H
#define SERVICE_NAMES_H

#include <kumiki/bundle.h>
#include <service/words.h>

/* The name of a core's holder. */
const char *names_holder(const struct bundle_header *bundle, uint32_t holder);

/* Says " a, b": the partitions of `mask`, which has a bit for each. */
void names_say(const struct bundle_header *bundle, uint32_t mask, struct words *words);

/* Says "core 2", then `text`. */
void names_core(struct words *words, uint32_t core, const char *text);

#endif
