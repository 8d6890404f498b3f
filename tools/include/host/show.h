/* Shows the contents of a packed image. Takes any bytes, damaged images, too. */
#ifndef HOST_SHOW_H
#define HOST_SHOW_H

#include <kumiki/bundle.h>
#include <lib/sha256.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A file, taken apart as far as possible. The bytes must be 8-byte aligned, and outlive it. */
struct show_image {
	const uint8_t *bytes;
	size_t size;
	const char *fault; /* why there is no bundle in it; NULL: there is one */
	struct frame_header frame;
	const struct bundle_header *bundle; /* verified */
	bool frame_intact;                  /* the bytes before the bundle have its sum for them */
};

/* True if the tables can be believed (the frame and the parts may be damaged nevertheless). */
bool show_open(struct show_image *image, const void *bytes, size_t size);

/* Prints everything, for people. True if all of it is intact. */
bool show_report(const struct show_image *image, const char *name, FILE *out);

/* The same as JSON, for programs. An image without bytes and with a fault couldn't be read. */
bool show_json(const struct show_image *image, const char *name, FILE *out);

/* True if both sums of the part fit its bytes. */
bool show_part_intact(const struct bundle_header *bundle, const struct bundle_part *part);
void show_hash(uint8_t digest[SHA256_SIZE], const void *bytes, size_t size);

/* A partition's device tree; NULL, after a complaint, if there is no tree or no such partition. */
const struct bundle_part *show_find_tree(const struct show_image *image, const char *partition,
                                         FILE *complaints);

#endif
