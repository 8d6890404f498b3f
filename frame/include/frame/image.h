/* What the frame's image says of itself, and what it knows of the board without the bundle
 * (head.S). */
#ifndef FRAME_IMAGE_H
#define FRAME_IMAGE_H

#include <kumiki/bundle.h>

extern const struct frame_header frame_header;

#endif
