/* See words.h. */
#include "words.h"
#include <lib/string.h>

static struct ring words_ring;
static volatile uint64_t *words_last; /* number of the last told line; in front of the ring */

void words_open(void *memory, uint64_t size)
{
	words_last = memory;
	ring_open(&words_ring, (uint8_t *)memory + sizeof(*words_last), size - sizeof(*words_last));
	if (*words_last > words_ring.newest)
		*words_last = words_ring.newest; /* the number is damaged */
}

/* The size of the next line: up to a blank, which begins the line after it. */
static size_t words_piece(const char *bytes, size_t length)
{
	size_t size = LOG_TEXT;

	if (length <= LOG_TEXT)
		return length;
	while (size > 0 && bytes[size] != ' ')
		size--;
	return size > 0 ? size : LOG_TEXT;
}

void words_keep(const struct text *text, uint32_t ms)
{
	size_t size;

	for (size_t at = 0; at < text->length; at += size) {
		struct ring_line line = {.ms = ms};

		size = words_piece(text->bytes + at, text->length - at);
		line.length = (uint32_t)size;
		memcpy(line.text, text->bytes + at, size);
		ring_add(&words_ring, &line);
	}
}

/* A line that is overwritten while it is copied isn't told. */
bool words_next(struct ring_line *line)
{
	const struct ring_line *next;

	do {
		next = ring_from(&words_ring, *words_last + 1);
		if (next == NULL)
			return false;
		*line = *next;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (((const volatile struct ring_line *)next)->number != line->number);
	return true;
}

void words_told(const struct ring_line *line)
{
	*words_last = line->number;
}
