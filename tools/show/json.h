/* A bundle's tables as JSON. json_image.c makes the document, json_system.c and json_vcpus.c its
 * parts. */
#ifndef SHOW_JSON_H
#define SHOW_JSON_H

#include <kumiki/bundle.h>
#include <lib/json.h>

/* Writes the "system" of a document. The bundle must be verified. */
void show_system(struct json *json, const struct bundle_header *bundle);

/* Writes base and size, in an object. */
void show_span(struct json *json, const char *key, uint64_t base, uint64_t size);

/* The word for a part's kind: "image", "initrd" or "dtb". */
const char *show_part_kind(uint32_t kind);

/* ---- json_vcpus.c ---- */

void show_cores(struct json *json, const struct bundle_header *bundle);
void show_vcpus(struct json *json, const struct bundle_header *bundle,
                const struct bundle_partition *partition);

#endif
