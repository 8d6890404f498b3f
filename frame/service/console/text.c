/*
 * The console as text: which source prints when, and for how long. lib/termscreen.h decides how it
 * looks. A line is printed when it is whole, or when nothing more of it has come for a while. For
 * the focused partition that time is shorter, so that people see the keys that they type. Called by
 * console.c; asks for room in the writer before each character.
 */
#include <console/console.h>

#define TEXT_BURST 1024u /* characters that a source prints at most in its turn */
#define TEXT_FEW   256u  /* after so many, the turn may end at the end of a line */
#define TEXT_LONG  1024u /* an unfinished line as long as this is printed without waiting */
#define TEXT_CHUNK 128u  /* characters copied out of a ring at once */
#define TEXT_ROOM  (TERMSCREEN_STEP + TEXT_CHUNK)
_Static_assert(TEXT_ROOM <= WRITER_SIZE / 2, "keys.c counts on room for a notice");

static void text_write(void *context, const void *bytes, size_t size)
{
	writer_write(context, bytes, size);
}

void text_start(struct console *console)
{
	console->screen.sources = console->shown;
	console->screen.write = text_write;
	console->screen.context = &console->writer;
	termscreen_start(&console->screen, console->source_count, &console->names);
}

/* When an unfinished line of this source is due. */
static uint64_t text_silence(const struct console *console, uint32_t index)
{
	uint64_t silence = index == console->screen.focus ? CONSOLE_ECHO_MS : CONSOLE_SILENCE_MS;

	return console->readers[index].changed + silence * console->ms;
}

/* Whether the last words about the partition's life aren't printed yet. */
static bool text_is_told_first(const struct console *console, uint8_t partition)
{
	const struct reader *own = &console->readers[console->partitions];

	return (int32_t)(console->life[partition].told - own->tail) > 0;
}

uint32_t text_allowed(const struct console *console, uint8_t index)
{
	const struct reader *reader = &console->readers[index];
	uint32_t waiting = reader_waiting(reader);
	int32_t before;

	if (index >= console->partitions || !console->own)
		return waiting;
	if (!blackbox_has_news(console, index))
		return text_is_told_first(console, index) ? 0 : waiting;
	before = (int32_t)(console->life[index].mark - reader->tail);
	if (before <= 0)
		return 0;
	return (uint32_t)before < waiting ? (uint32_t)before : waiting;
}

/* How many waiting characters may be printed now. If the rest has to wait for news, nothing will
 * finish the line soon, so it isn't waited for. */
static uint32_t text_due(const struct console *console, uint8_t index, uint64_t now)
{
	const struct reader *reader = &console->readers[index];
	uint32_t waiting = reader_waiting(reader), whole = reader_whole(reader);
	uint32_t allowed = text_allowed(console, index);

	if (allowed < waiting || waiting >= TEXT_LONG || now >= text_silence(console, index))
		return allowed;
	return whole;
}

bool text_has_room(const struct console *console)
{
	return writer_room(&console->writer) >= TEXT_ROOM;
}

static void text_lost(struct console *console, uint8_t index)
{
	uint32_t lost = reader_lost(&console->readers[index]);

	if (!lost)
		return;
	termscreen_begin(&console->screen, console->shown[index].name);
	writer_text(&console->writer, "(");
	writer_number(&console->writer, lost);
	writer_text(&console->writer, " characters lost)");
	termscreen_end(&console->screen);
}

/* Prints copied characters until the source's turn is over; returns how many it printed. */
static uint32_t text_chunk(struct console *console, uint8_t index, const uint8_t *bytes,
                           uint32_t count)
{
	uint32_t done = 0;

	while (done < count && !console->cut && !console->ended) {
		done +=
		    (uint32_t)termscreen_put(&console->screen, index, bytes + done, count - done);
		console->cut = !text_has_room(console);
		console->ended = console->burst + done >= TEXT_BURST ||
		                 (console->burst + done >= TEXT_FEW && bytes[done - 1] == '\n');
	}
	return done;
}

static void text_print(struct console *console, uint8_t index, uint32_t due)
{
	struct reader *reader = &console->readers[index];
	uint8_t bytes[TEXT_CHUNK];

	console->ended = false;
	while (due && !console->cut && !console->ended) {
		uint32_t count = reader_copy(reader, bytes, due < TEXT_CHUNK ? due : TEXT_CHUNK);
		uint32_t done = text_chunk(console, index, bytes, count);

		reader_skip(reader, done);
		console->burst += done;
		due -= done;
	}
}

/* Prints from a source. True: it printed, or had no room (console->cut). */
static bool text_source(struct console *console, uint8_t index, uint64_t now)
{
	uint32_t due = text_due(console, index, now);

	console->cut = !text_has_room(console);
	if (console->cut)
		return true;
	text_lost(console, index);
	if (due == 0)
		return false;
	text_print(console, index, due);
	termscreen_settle(&console->screen);
	console_publish(console, index);
	return true;
}

bool text_pump(struct console *console, uint64_t now)
{
	bool printed = false;
	uint32_t count = console->source_count;

	for (uint32_t i = 0; i < count; i++) {
		uint8_t index = (uint8_t)((console->next + i) % count);

		printed |= text_source(console, index, now);
		if (console->cut) { /* the source's turn goes on when the writer has room again */
			console->next = index;
			return true;
		}
		console->burst = 0;
	}
	if (count)
		console->next = (uint8_t)((console->next + 1) % count);
	if (!printed && text_has_room(console))
		termscreen_return(&console->screen);
	return printed;
}

uint64_t text_deadline(const struct console *console)
{
	uint64_t deadline = UINT64_MAX;

	if (console->link.framed)
		return deadline;
	for (uint32_t i = 0; i < console->source_count; i++) {
		uint64_t due = text_silence(console, i);

		if (reader_waiting(&console->readers[i]) && due < deadline)
			deadline = due;
	}
	return deadline;
}

void text_end_line(struct console *console, uint8_t partition)
{
	static const uint8_t end = '\n';

	if (!reader_end_line(&console->readers[partition]))
		return;
	if (console->link.framed)
		link_end_line(console, partition);
	else if (console->shown[partition].line.length != 0)
		(void)termscreen_put(&console->screen, partition, &end, 1);
	termscreen_forget(&console->screen, partition);
}

void text_notice(struct console *console, const char *first, const char *second, const char *third)
{
	const char *const part[] = {first, second, third};

	if (console->link.framed || !text_has_room(console))
		return;
	termscreen_begin(&console->screen, "kumiki");
	for (unsigned int i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		if (part[i])
			writer_text(&console->writer, part[i]);
	termscreen_end(&console->screen);
}
