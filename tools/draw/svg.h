/* The few elements of SVG that the picture needs. Text is escaped, and cut where it must fit. */
#ifndef DRAW_SVG_H
#define DRAW_SVG_H

#include <stdio.h>

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

struct svg_style {
	int size; /* the font's, in pixels */
	const char *fill;
	enum svg_anchor anchor;
	const char *weight; /* "normal", "bold" */
	int width;          /* longer text is cut; 0: no text is cut */
};

struct svg_box {
	int x, y, width, height;
};

void svg_begin(FILE *out, int width, int height, const char *title);
void svg_end(FILE *out);
void svg_rectangle(FILE *out, struct svg_box box, const char *fill, const char *stroke,
                   const char *more);
void svg_text(FILE *out, int x, int y, struct svg_style style, const char *text);
/* Draws a slanted band from one vertical edge to another. */
void svg_band(FILE *out, struct svg_box left, struct svg_box right, const char *fill);
/* How wide a text is in a wide bold font: rather too much than too little. */
int svg_width(const char *text, int size);
/* How many bytes, as whole characters, fit into a width. */
size_t svg_fitting(const char *text, int size, int width);

#endif
