/* Shows the contents of a packed image. Any bytes are safe, even a damaged image. */
#ifndef HOST_SHOW_H
#define HOST_SHOW_H

#include <kumiki/bundle.h>
#include <lib/sha256.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A file that was taken apart as far as possible. Its bytes have to be aligned to 8 bytes, and to
 * outlive it. */
struct show_image {
	const uint8_t *bytes;
	size_t size;
	const char *fault; /* why it has no bundle; NULL: it has one */
	struct frame_header frame;
	const struct bundle_header *bundle; /* verified */
	bool frame_intact;                  /* the bundle has the sum of the bytes before it */
};

/* True: the tables can be believed. The frame and the parts may be damaged all the same. */
bool show_open(struct show_image *image, const void *bytes, size_t size);

/* Whether the file is an image of the RTOS, and so none of the frame. */
bool show_is_rtos(const void *bytes, size_t size);

/* Prints everything for people. True: everything is intact. */
bool show_report(const struct show_image *image, const char *name, FILE *out);

/* Prints everything as JSON for programs. If the image has no bytes and a fault, its file couldn't
 * be read. */
bool show_json(const struct show_image *image, const char *name, FILE *out);

/* Whether both sums of the part fit its bytes. */
bool show_part_intact(const struct bundle_header *bundle, const struct bundle_part *part);
void show_hash(uint8_t digest[SHA256_SIZE], const void *bytes, size_t size);

/* A partition's device tree. NULL: there is no such partition or no tree, and there was a
 * complaint. */
const struct bundle_part *show_find_tree(const struct show_image *image, const char *partition,
                                         FILE *complaints);

#endif
