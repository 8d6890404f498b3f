/*
 * The console as text: each line of a source behind its prefix, kept whole; the focused partition's
 * unfinished line at once, so that a person sees what they type. Sources take turns, each for a
 * bounded number of characters. Called by console.c; writes to the writer only when a whole
 * operation has room in it.
 */
#include <service/console.h>

#define TEXT_BURST 1024u /* characters that a source prints before it is the next one's turn */
#define TEXT_FEW   256u  /* it may end its turn at the end of a line after so many */
#define TEXT_LONG  1024u /* an unfinished line as long as this is printed without waiting */
/* One character's most: a broken line's end, a prefix, the text again, the character. */
#define TEXT_ROOM (TERMLINE_REDRAW_MAX + 4 * TERMLINE_OUT_MAX)
_Static_assert(TEXT_ROOM * 2 <= WRITER_SIZE, "the writer holds more than one operation");

static const struct termline_out normal_colour = {.size = 4, .bytes = "\x1b[0m"};

static void text_out(struct console *console, const struct termline_out *out)
{
	writer_write(&console->writer, out->bytes, out->size);
}

static void text_normal(struct console *console, struct termline *line)
{
	if (line->coloured)
		text_out(console, &normal_colour);
	line->coloured = false;
}

static void text_end_row(struct console *console)
{
	writer_text(&console->writer, "\r\n");
	console->open = CONSOLE_NOBODY;
}

/*
 * Leaves the open line to another source. The focused partition's is wiped and comes back under
 * the other's text (text_enter()): a prompt stays the last row. Others' go on behind a new prefix.
 */
static void text_leave(struct console *console)
{
	if (console->open == CONSOLE_NOBODY)
		return;
	struct termline *line = &console->sources[console->open].line;

	text_normal(console, line);
	if (console->open == console->keys.focus) { /* its text stays in `line` */
		writer_text(&console->writer, "\r\x1b[K");
		console->open = CONSOLE_NOBODY;
		return;
	}
	termline_clear(line);
	text_end_row(console);
}

void text_close(struct console *console)
{
	if (console->keys.focus != CONSOLE_NOBODY)
		console->sources[console->keys.focus].line.length = 0;
	if (console->open == CONSOLE_NOBODY)
		return;
	text_normal(console, &console->sources[console->open].line);
	termline_clear(&console->sources[console->open].line);
	text_end_row(console);
}

static void text_enter(struct console *console, uint8_t index)
{
	struct source *source = &console->sources[index];
	uint8_t again[TERMLINE_REDRAW_MAX];

	if (console->open == index)
		return;
	text_leave(console);
	writer_text(&console->writer, "[");
	writer_text(&console->writer, source->name);
	writer_text(&console->writer, "] ");
	writer_write(&console->writer, again, termline_redraw(&source->line, again));
	console->open = index;
}

static void text_end_line(struct console *console, uint8_t index)
{
	struct termline *line = &console->sources[index].line;

	text_enter(console, index);
	text_normal(console, line);
	termline_clear(line);
	text_end_row(console);
}

/* What changes nothing on a line that isn't there needs no prefix. */
static bool text_idle(const struct console *console, uint8_t index, const struct termop *op)
{
	if (op->kind == TERMOP_NONE)
		return true;
	return console->open != index && console->sources[index].line.length == 0 &&
	       (op->kind == TERMOP_RETURN || op->kind == TERMOP_BACK);
}

static void text_operation(struct console *console, uint8_t index, const struct termop *op)
{
	struct source *source = &console->sources[index];
	const struct termfilter *escapes = index == console->keys.focus ? &source->filter : NULL;
	struct termline_out out;

	if (text_idle(console, index, op))
		return;
	if (op->kind == TERMOP_NEWLINE) {
		text_end_line(console, index);
		return;
	}
	text_enter(console, index);
	if (termline_apply(&source->line, op, escapes, &out) == TERMLINE_FULL) {
		text_end_line(console, index);
		text_enter(console, index);
		(void)termline_apply(&source->line, op, escapes, &out);
	}
	text_out(console, &out);
}

static bool text_byte(struct console *console, uint8_t index, uint8_t byte)
{
	struct termop op;
	bool again = termfilter_put(&console->sources[index].filter, byte, &op);

	text_operation(console, index, &op);
	if (again) {
		(void)termfilter_put(&console->sources[index].filter, byte, &op);
		text_operation(console, index, &op);
	}
	return op.kind == TERMOP_NEWLINE;
}

/* How many of the characters that wait may be printed now. */
static uint32_t text_due(const struct console *console, uint8_t index, uint64_t now)
{
	const struct reader *reader = &console->sources[index].reader;
	uint32_t waiting = reader_waiting(reader);

	if (index == console->keys.focus || waiting >= TEXT_LONG ||
	    now - reader->changed >= CONSOLE_SILENCE_MS * console->ms)
		return waiting;
	return reader_whole(reader);
}

static bool text_has_room(const struct console *console)
{
	return writer_room(&console->writer) >= TEXT_ROOM;
}

static void text_lost(struct console *console, uint8_t index)
{
	uint32_t lost = reader_lost(&console->sources[index].reader);

	if (!lost)
		return;
	text_leave(console);
	writer_text(&console->writer, "[");
	writer_text(&console->writer, console->sources[index].name);
	writer_text(&console->writer, "] (");
	writer_number(&console->writer, lost);
	writer_text(&console->writer, " characters lost)");
	text_end_row(console);
}

static bool text_source(struct console *console, uint8_t index, uint64_t now)
{
	struct source *source = &console->sources[index];
	uint32_t due = text_due(console, index, now);
	struct termline_out out;

	console->cut = !text_has_room(console);
	if (console->cut)
		return true;
	text_lost(console, index);
	if (due == 0)
		return false;
	while (due-- && console->burst < TEXT_BURST && !console->cut) {
		bool ended = text_byte(console, index, reader_take(&source->reader));

		if (++console->burst >= TEXT_FEW && ended)
			break;
		console->cut = !text_has_room(console);
	}
	if (index == console->keys.focus && console->open == index) {
		termline_settle(&source->line, &out);
		text_out(console, &out);
	}
	console_publish(console, index);
	return true;
}

/* The focused partition's line that was wiped for another's comes back when all is quiet. */
static void text_return(struct console *console)
{
	uint8_t focus = console->keys.focus;

	if (focus != CONSOLE_NOBODY && console->open == CONSOLE_NOBODY &&
	    console->sources[focus].line.length && text_has_room(console))
		text_enter(console, focus);
}

bool text_pump(struct console *console, uint64_t now)
{
	bool printed = false;
	uint32_t count = console->source_count;

	for (uint32_t i = 0; i < count; i++) {
		uint8_t index = (uint8_t)((console->next + i) % count);

		printed |= text_source(console, index, now);
		if (console->cut) { /* its turn goes on when the writer has room again */
			console->next = index;
			return true;
		}
		console->burst = 0;
	}
	if (count)
		console->next = (uint8_t)((console->next + 1) % count);
	if (!printed)
		text_return(console);
	return printed;
}

uint64_t text_deadline(const struct console *console)
{
	uint64_t deadline = UINT64_MAX;

	if (console->link.framed)
		return deadline;
	for (uint32_t i = 0; i < console->source_count; i++) {
		const struct reader *reader = &console->sources[i].reader;
		uint64_t due = reader->changed + CONSOLE_SILENCE_MS * console->ms;

		if (reader_waiting(reader) && due < deadline)
			deadline = due;
	}
	return deadline;
}

void text_notice(struct console *console, const char *first, const char *second, const char *third)
{
	const char *const part[] = {first, second, third};

	if (console->link.framed || !text_has_room(console))
		return;
	text_leave(console);
	writer_text(&console->writer, "[kumiki] ");
	for (unsigned int i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		if (part[i])
			writer_text(&console->writer, part[i]);
	text_end_row(console);
}
