/* See lines.h. The text may be anything. */
#include <host/lines.h>
#include <lib/crc32c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LINES_WORDS 5 /* numbers in a line */
#define LINES_ROW   (LINES_WORDS * sizeof(uint64_t))

struct lines {
	const char *word;
	uint8_t *bytes; /* missing lines are zeros */
	size_t most;
	struct rtos_bytes whole; /* the last whole record */
	const char *why;
};

/* Takes a line " OFFSET WORD…". A line that is cut short is ignored, so the sum doesn't fit. */
static void lines_row(struct lines *lines, const char *at)
{
	uint64_t row[LINES_WORDS];
	char *end;
	const uint64_t offset = strtoull(at, &end, 16);

	for (size_t i = 0; i < LINES_WORDS; i++) {
		if (*end != ' ')
			return;
		row[i] = strtoull(end, &end, 16);
	}
	if (offset % LINES_ROW != 0 || offset >= lines->most)
		return;
	if (offset == 0)
		memset(lines->bytes, 0, lines->most + LINES_ROW);
	memcpy(lines->bytes + offset, row, sizeof(row));
}

/* Takes a line " SIZE CRC", which ends a record. */
static void lines_end(struct lines *lines, const char *at)
{
	char *end;
	const uint64_t size = strtoull(at, &end, 10);
	const uint64_t crc = strtoull(end, &end, 16);
	char *copy;

	if (size == 0 || size > lines->most ||
	    crc32c(0, lines->bytes, (size + LINES_ROW - 1) / LINES_ROW * LINES_ROW) != crc) {
		lines->why = "has lines of it that don't fit their sum; print them again";
		return;
	}
	copy = malloc(size);
	if (!copy)
		return;
	memcpy(copy, lines->bytes, size);
	free(lines->whole.bytes);
	lines->whole.bytes = copy;
	lines->whole.size = size;
}

static void lines_line(struct lines *lines, const char *line, const char *end)
{
	static const char row[] = " 0x", last[] = " end ";
	const size_t length = strlen(lines->word);
	char *copy = strndup(line, (size_t)(end - line));
	const char *at = copy;

	while (at && (at = strstr(at, lines->word)) != NULL) {
		at += length;
		if (!strncmp(at, row, sizeof(row) - 1)) {
			lines_row(lines, at);
			break;
		}
		if (!strncmp(at, last, sizeof(last) - 1)) {
			lines_end(lines, at + sizeof(last) - 1);
			break;
		}
	}
	free(copy);
}

struct rtos_bytes lines_find(const char *text, const char *word, size_t most, const char **why)
{
	struct lines lines = {.word = word,
	                      .bytes = calloc(1, most + LINES_ROW),
	                      .most = most,
	                      .why = "has no lines of it that the shell printed whole"};

	*why = "is more than there is memory for";
	while (lines.bytes && *text) {
		const char *end = text + strcspn(text, "\n");

		lines_line(&lines, text, end);
		text = *end ? end + 1 : end;
	}
	if (lines.bytes)
		*why = lines.why;
	free(lines.bytes);
	return lines.whole;
}
