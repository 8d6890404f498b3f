/* Pictures of all partitions and the resources that they own. */
#ifndef HOST_DRAW_H
#define HOST_DRAW_H

#include <host/model.h>
#include <stdio.h>

/* Draws an SVG picture. The same model gives the same bytes. */
void draw_svg(const struct model *model, FILE *out);

/* Draws the picture for a terminal, in at most 100 columns. */
void draw_text(const struct model *model, FILE *out);

#endif
