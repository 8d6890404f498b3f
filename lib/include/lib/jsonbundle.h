/* Writes pieces of a bundle as JSON (lib/json.h): for the host command and the console service. */
#ifndef LIB_JSONBUNDLE_H
#define LIB_JSONBUNDLE_H

#include <kumiki/bundle.h>
#include <lib/json.h>

/* Write lists of cores and of partitions' names. The mask has a bit for each. */
void jsonbundle_cores(struct json *json, const char *key, uint32_t mask);
void jsonbundle_names(struct json *json, const struct bundle_header *bundle, const char *key,
                      uint32_t mask);

/* Writes the name of a partition, given by its number. Writes null for HOLD_NOBODY, and for a
 * number without a partition. */
void jsonbundle_holder(struct json *json, const struct bundle_header *bundle, const char *key,
                       uint32_t holder);

/* Writes when a partition starts, and what follows its ends. */
void jsonbundle_life(struct json *json, const struct bundle_header *bundle,
                     const struct bundle_partition *partition);

/* Writes an element of a list of memory and devices. */
void jsonbundle_region(struct json *json, const struct bundle_region *region);

#endif
