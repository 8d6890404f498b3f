/* Pieces of a bundle as JSON (lib/json.h): for the host command and the console service. */
#ifndef LIB_JSONBUNDLE_H
#define LIB_JSONBUNDLE_H

#include <kumiki/bundle.h>
#include <lib/json.h>

/* Lists of cores and of partitions' names, a bit each. */
void jsonbundle_cores(struct json *json, const char *key, uint32_t mask);
void jsonbundle_names(struct json *json, const struct bundle_header *bundle, const char *key,
                      uint32_t mask);

/* A partition by its number; null: HOLD_NOBODY, or no partition. */
void jsonbundle_holder(struct json *json, const struct bundle_header *bundle, const char *key,
                       uint32_t holder);

/* The answer to a partition's ends; when it starts. */
void jsonbundle_life(struct json *json, const struct bundle_header *bundle,
                     const struct bundle_partition *partition);

/* An element of a list of memory and devices. */
void jsonbundle_region(struct json *json, const struct bundle_region *region);

#endif
