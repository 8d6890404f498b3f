/* A bundle's tables as JSON: json_image.c (the document), json_system.c, json_vcpus.c. */
#ifndef SHOW_JSON_H
#define SHOW_JSON_H

#include <kumiki/bundle.h>
#include <lib/json.h>

/* The "system" of a document; the bundle is verified. */
void show_system(struct json *json, const struct bundle_header *bundle);

/* Base and size, in an object. */
void show_span(struct json *json, const char *key, uint64_t base, uint64_t size);

/* "image", "initrd" or "dtb". */
const char *show_part_kind(uint32_t kind);

/* ---- json_vcpus.c ---- */

void show_cores(struct json *json, const struct bundle_header *bundle);
void show_vcpus(struct json *json, const struct bundle_header *bundle,
                const struct bundle_partition *partition);

#endif
