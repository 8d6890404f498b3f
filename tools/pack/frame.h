/* The frame's own image, before anything is appended to it. */
#ifndef PACK_FRAME_H
#define PACK_FRAME_H

#include <host/arena.h>
#include <host/complaints.h>
#include <host/files.h>
#include <host/model.h>
#include <stdbool.h>

struct frame_image {
	const char *bytes; /* the file's, perhaps fewer than `size`: the rest is zero */
	size_t file_size;
	size_t size; /* the frame's own size, rounded up to BUNDLE_ALIGN */
};

/* Reads the image and checks that it is a frame for this model's board. False after a complaint. */
bool frame_read(struct frame_image *frame, const struct model *model, const char *path,
                const struct file_access *access, struct arena *arena,
                struct complaints *complaints);

/* Completes the arm64 Image header at the start of the packed image. */
void frame_complete(void *image, const struct model *model);

#endif
