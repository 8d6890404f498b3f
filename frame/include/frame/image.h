/* What the frame's image says of itself, and all that it knows of the board by itself (head.S). */
#ifndef FRAME_IMAGE_H
#define FRAME_IMAGE_H

#include <kumiki/bundle.h>

extern const struct frame_header frame_header;

#endif
