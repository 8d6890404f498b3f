/* See svg.h. drawing.c uses this file. */
#include "svg.h"
#include <stdbool.h>
#include <string.h>

#define SVG_FONT     "DejaVu Sans, Verdana, Helvetica, sans-serif"
#define SVG_SMALLEST 8 /* the size of letters that can be read */

static bool svg_is_inside_character(char byte)
{
	return ((unsigned char)byte & 0xc0u) == 0x80u;
}

/* A character's width in hundredths of the font's size: that of DejaVu Sans Bold, which is the
 * widest of the fonts in SVG_FONT. */
static int svg_advance(char byte)
{
	if (svg_is_inside_character(byte))
		return 0;
	if (byte == '\0' || strchr("iljI.,:;|'! ", byte) != NULL)
		return 40;
	if (strchr("mMwW@%", byte) != NULL)
		return 111;
	return (byte >= 'A' && byte <= 'Z') || (unsigned char)byte >= 0x80 ? 84 : 70;
}

int svg_width(const char *text, int size)
{
	int width = 0;
	for (; *text != '\0'; text++)
		width += svg_advance(*text) * size;
	return width / 100;
}

size_t svg_fitting(const char *text, int size, int width)
{
	size_t length = 0, whole = 0;
	int used = 0;
	for (; text[length] != '\0'; length++) {
		if (!svg_is_inside_character(text[length]))
			whole = length;
		used += svg_advance(text[length]) * size;
		if (used > width * 100)
			return whole;
	}
	return length;
}

static void svg_character(FILE *out, char character)
{
	switch (character) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	default:
		/* XML can't have control characters, not even as references. */
		fputc((unsigned char)character < 0x20 ? '?' : character, out);
	}
}

static void svg_escape(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		svg_character(out, text[i]);
}

void svg_begin(FILE *out, int width, int height, const char *title)
{
	fprintf(out,
	        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
	        "viewBox=\"0 0 %d %d\" font-family=\"" SVG_FONT "\">\n<title>",
	        width, height, width, height);
	svg_escape(out, title, strlen(title));
	fputs("</title>\n"
	      "<defs><pattern id=\"warning\" width=\"8\" height=\"8\" "
	      "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
	      "<rect width=\"8\" height=\"8\" fill=\"#c81e1e\"/>"
	      "<rect width=\"4\" height=\"8\" fill=\"#f7b4b4\"/></pattern></defs>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
	      out);
}

void svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}

void svg_rectangle(FILE *out, struct svg_box box, const char *fill, const char *stroke,
                   const char *more)
{
	fprintf(
	    out,
	    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\" stroke=\"%s\"%s%s/>\n",
	    box.x, box.y, box.width, box.height, fill, stroke, *more ? " " : "", more);
}

void svg_text(FILE *out, int x, int y, struct svg_style style, const char *text)
{
	static const char *const anchors[] = {"start", "middle", "end"};
	size_t length = strlen(text);
	/* Widths are counted in bold type; normal type is narrower. */
	const int width = strcmp(style.weight, "bold") == 0 ? style.width : style.width * 115 / 100;
	while (width > 0 && style.size > SVG_SMALLEST && svg_width(text, style.size) > width)
		style.size--;
	const bool cut = width > 0 && svg_width(text, style.size) > width;
	if (cut) /* the dots need room, too */
		length = svg_fitting(text, style.size, width - style.size);
	fprintf(out,
	        "<text x=\"%d\" y=\"%d\" font-size=\"%d\" fill=\"%s\" text-anchor=\"%s\" "
	        "font-weight=\"%s\">",
	        x, y, style.size, style.fill, anchors[style.anchor], style.weight);
	svg_escape(out, text, length);
	if (cut) {
		fputs("…<title>", out);
		svg_escape(out, text, strlen(text));
		fputs("</title>", out);
	}
	fputs("</text>\n", out);
}

void svg_band(FILE *out, struct svg_box left, struct svg_box right, const char *fill)
{
	fprintf(out,
	        "<polygon points=\"%d,%d %d,%d %d,%d %d,%d\" fill=\"%s\" fill-opacity=\"0.35\"/>\n",
	        left.x + left.width, left.y, right.x, right.y, right.x, right.y + right.height,
	        left.x + left.width, left.y + left.height, fill);
}
