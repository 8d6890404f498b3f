/* Writes the bootable image: the frame, then the bundle that is made from a model. */
#ifndef HOST_PACK_H
#define HOST_PACK_H

#include <host/model.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * The whole image in memory, as it goes into the file. `frame` is the path of the frame's image for
 * the model's board; NULL: the bundle alone, for looking at it. Files are read through
 * options->access, like the description's (`options` may be NULL). False after an error, which is
 * told to the ear of `options`, or on `complaints`; then *image is empty. The caller frees
 * image->bytes.
 */
struct pack_image {
	void *bytes;
	size_t size;
};
bool pack_make(const struct model *model, const struct model_options *options, const char *frame,
               struct pack_image *image, FILE *complaints);

/*
 * Like pack_make(), but writes into a file, which appears as a whole or not at all. If `frame` is
 * NULL, takes the board's own or the one for any such board (model_find_frame()) from the folders
 * of `options` (which may be NULL), from $KUMIKI_PATH, or from ../share/kumiki beside the program.
 */
bool pack_write(const struct model *model, const struct model_options *options, const char *frame,
                const char *out, FILE *complaints);

/* Whether pack_write() would leave the file as it is. Complains of what hinders packing. */
bool pack_is_written(const struct model *model, const struct model_options *options,
                     const char *frame, const char *out, FILE *complaints);

#endif
