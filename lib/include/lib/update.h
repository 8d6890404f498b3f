/* Whether a frame can take the place of the one that runs (docs/update.md). */
#ifndef LIB_UPDATE_H
#define LIB_UPDATE_H

#include <kumiki/bundle.h>
#include <kumiki/update.h>
#include <stddef.h>

/* `image` has `size` bytes, and is the frame's image as it is packed. Returns the first reason why
 * it can't take the place of a frame with this header. */
enum update_fault update_fault_of(const struct frame_header *running, const void *image,
                                  size_t size);

/* Returns a fault in words. On the host. */
const char *update_fault_text(enum update_fault fault);

#endif
