/* Several sources' text on one terminal: see lib/termscreen.h. */
#include <lib/string.h>
#include <lib/termscreen.h>

#define PREFIX_AROUND 3 /* "[" and "] " */

static size_t text_size(const char *text)
{
	size_t size = 0;

	while (text[size])
		size++;
	return size;
}

void termscreen_start(struct termscreen *screen, uint8_t count, const struct termline_names *names)
{
	screen->open = screen->focus = TERMSCREEN_NOBODY;
	for (uint8_t i = 0; i < count; i++) {
		struct termscreen_source *source = &screen->sources[i];

		source->line.names = names;
		source->line.own = source->name;
		source->line.indent =
		    screen->bare ? 0 : (uint16_t)(text_size(source->name) + PREFIX_AROUND);
	}
}

void termscreen_width(struct termscreen *screen, uint8_t count, uint16_t columns)
{
	for (uint8_t i = 0; i < count; i++) {
		struct termline *line = &screen->sources[i].line;

		line->limit = columns > line->indent ? (uint16_t)(columns - line->indent) : 0;
	}
}

void termscreen_text(struct termscreen *screen, const char *text)
{
	screen->write(screen->context, text, text_size(text));
}

static void screen_out(struct termscreen *screen, const struct termline_out *out)
{
	if (out->size)
		screen->write(screen->context, out->bytes, out->size);
}

static void screen_normal(struct termscreen *screen, struct termline *line)
{
	if (line->coloured)
		termscreen_text(screen, "\x1b[0m");
	line->coloured = false;
}

void termscreen_end(struct termscreen *screen)
{
	termscreen_text(screen, "\r\n");
	screen->open = TERMSCREEN_NOBODY;
}

/* Leaves the open line, so that another source's line can begin. */
static void screen_leave(struct termscreen *screen)
{
	struct termline *line;

	if (screen->open == TERMSCREEN_NOBODY)
		return;
	line = &screen->sources[screen->open].line;
	screen_normal(screen, line);
	if (screen->open == screen->focus) { /* the text stays in `line` */
		termscreen_text(screen, "\r\x1b[K");
		screen->open = TERMSCREEN_NOBODY;
		return;
	}
	termline_clear(line);
	termscreen_text(screen, TERMSCREEN_PARTED);
	termscreen_end(screen);
}

static void screen_prefix(struct termscreen *screen, const char *name, const char *colour)
{
	if (screen->bare)
		return;
	if (colour)
		termscreen_text(screen, colour);
	termscreen_text(screen, "[");
	termscreen_text(screen, name);
	termscreen_text(screen, "]");
	if (colour)
		termscreen_text(screen, "\x1b[0m");
	termscreen_text(screen, " ");
}

static void screen_enter(struct termscreen *screen, uint8_t index)
{
	struct termscreen_source *source = &screen->sources[index];
	uint8_t again[TERMLINE_REDRAW_MAX];

	if (screen->open == index)
		return;
	screen_leave(screen);
	screen_prefix(screen, source->name, source->colour);
	if (source->line.length)
		screen->write(screen->context, again, termline_redraw(&source->line, again));
	screen->open = index;
}

void termscreen_begin(struct termscreen *screen, const char *name)
{
	screen_leave(screen);
	screen_prefix(screen, name, NULL);
}

void termscreen_close(struct termscreen *screen)
{
	struct termline *line;

	if (screen->open != TERMSCREEN_NOBODY) {
		line = &screen->sources[screen->open].line;
		screen_normal(screen, line);
		termline_clear(line);
		termscreen_end(screen);
	}
	if (screen->focus != TERMSCREEN_NOBODY)
		termline_clear(&screen->sources[screen->focus].line);
}

static void screen_end_line(struct termscreen *screen, uint8_t index)
{
	struct termline *line = &screen->sources[index].line;

	screen_enter(screen, index);
	screen_normal(screen, line);
	termline_clear(line);
	termscreen_end(screen);
}

/* Whether an operation changes nothing on an empty line: then no prefix is needed. */
static bool screen_idle(const struct termscreen *screen, uint8_t index, const struct termop *op)
{
	if (op->kind == TERMOP_NONE)
		return true;
	return screen->open != index && screen->sources[index].line.length == 0 &&
	       (op->kind == TERMOP_RETURN || op->kind == TERMOP_BACK);
}

static void screen_apply(struct termscreen *screen, uint8_t index, const struct termop *op)
{
	struct termscreen_source *source = &screen->sources[index];
	const struct termfilter *escapes = index == screen->focus ? &source->filter : NULL;
	struct termline_out out;

	if (screen_idle(screen, index, op))
		return;
	if (op->kind == TERMOP_NEWLINE) {
		screen_end_line(screen, index);
		return;
	}
	screen_enter(screen, index);
	if (termline_apply(&source->line, op, escapes, &out) == TERMLINE_FULL) {
		screen_end_line(screen, index);
		screen_enter(screen, index);
		(void)termline_apply(&source->line, op, escapes, &out);
	}
	screen_out(screen, &out);
}

static void screen_byte(struct termscreen *screen, uint8_t source, uint8_t byte)
{
	struct termfilter *filter = &screen->sources[source].filter;
	struct termop op;
	bool again = termfilter_put(filter, byte, &op);

	screen_apply(screen, source, &op);
	if (again) {
		(void)termfilter_put(filter, byte, &op);
		screen_apply(screen, source, &op);
	}
}

/* Remembers bytes of an unfinished line. Among these bytes, only the first can be the end of a
 * line. */
static void screen_remember(struct termscreen_source *source, const uint8_t *bytes, size_t count)
{
	if (*bytes == '\n') {
		source->begun_size = 0;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (source->begun_size == TERMSCREEN_BEGUN) { /* drops the older half */
			source->begun_size = TERMSCREEN_BEGUN / 2;
			memcpy(source->begun, source->begun + TERMSCREEN_BEGUN / 2,
			       TERMSCREEN_BEGUN / 2);
		}
		source->begun[source->begun_size++] = bytes[i];
	}
}

/* Plain text is the usual case, and takes a short way, without the filter and without an operation
 * for each letter. */
static size_t screen_put(struct termscreen *screen, uint8_t source, const uint8_t *bytes,
                         size_t size)
{
	struct termscreen_source *from = &screen->sources[source];
	size_t count = 0;

	if (screen->open == source && from->filter.state == TERMFILTER_GROUND)
		count = termline_append(&from->line, bytes, size);
	if (count) {
		screen->write(screen->context, bytes, count);
		return count;
	}
	screen_byte(screen, source, *bytes);
	return 1;
}

size_t termscreen_put(struct termscreen *screen, uint8_t source, const uint8_t *bytes, size_t size)
{
	size_t count = screen_put(screen, source, bytes, size);

	screen_remember(&screen->sources[source], bytes, count);
	return count;
}

void termscreen_again(struct termscreen *screen, uint8_t source)
{
	const struct termscreen_source *from = &screen->sources[source];

	for (size_t at = 0; at < from->begun_size;)
		at += screen_put(screen, source, from->begun + at, from->begun_size - at);
}

void termscreen_forget(struct termscreen *screen, uint8_t source)
{
	screen->sources[source].begun_size = 0;
}

void termscreen_settle(struct termscreen *screen)
{
	struct termline_out out;

	if (screen->open == TERMSCREEN_NOBODY || screen->open != screen->focus)
		return;
	termline_settle(&screen->sources[screen->open].line, &out);
	screen_out(screen, &out);
}

bool termscreen_is_covered(const struct termscreen *screen)
{
	return screen->focus != TERMSCREEN_NOBODY && screen->sources[screen->focus].line.length &&
	       screen->open != TERMSCREEN_NOBODY && screen->open != screen->focus;
}

void termscreen_return(struct termscreen *screen)
{
	if (screen->focus != TERMSCREEN_NOBODY && screen->sources[screen->focus].line.length)
		screen_enter(screen, screen->focus);
}
