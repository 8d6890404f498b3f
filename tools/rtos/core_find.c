/* The lines of the shell's command `core`, put together again. Anything may be fed to it. */
#include "core.h"
#include <lib/crc32c.h>
#include <stdlib.h>
#include <string.h>

#define CORE_WORDS 5 /* of a line */
#define CORE_ROW   (CORE_WORDS * sizeof(uint64_t))
#define CORE_ROWS  ((RTOS_CRASH_SIZE + CORE_ROW - 1) / CORE_ROW)

struct found {
	uint64_t rows[CORE_ROWS][CORE_WORDS]; /* what is left out is zeros */
	struct rtos_crash *whole;             /* the last one */
	const char *why;
};

/* "OFFSET WORD…"; a line cut short isn't one, and the sum doesn't fit then. */
static void found_row(struct found *found, const char *at)
{
	uint64_t row[CORE_WORDS];
	char *end;
	const uint64_t offset = strtoull(at, &end, 16);

	for (size_t i = 0; i < CORE_WORDS; i++) {
		if (*end != ' ')
			return;
		row[i] = strtoull(end, &end, 16);
	}
	if (offset % CORE_ROW != 0 || offset / CORE_ROW >= CORE_ROWS)
		return;
	if (offset == 0)
		memset(found->rows, 0, sizeof(found->rows));
	memcpy(found->rows[offset / CORE_ROW], row, sizeof(row));
}

/* Counts and places that lead out of it are a lie, and so are pieces that are more than it all. */
static bool found_is_sound(const struct rtos_crash *crash, uint64_t size)
{
	uint64_t left = size - sizeof(*crash);

	if (size < sizeof(*crash) || crash->magic != RTOS_CRASH_MAGIC || crash->size != size ||
	    crash->revision != RTOS_CRASH_REVISION || crash->thread_count > RTOS_CRASH_THREADS ||
	    crash->piece_count > RTOS_CRASH_PIECES)
		return false;
	for (uint32_t i = 0; i < crash->piece_count; i++) {
		const struct rtos_crash_piece *piece = &crash->pieces[i];

		if (piece->offset > size || piece->size > size - piece->offset ||
		    piece->size > left)
			return false;
		left -= piece->size;
	}
	return true;
}

/* "SIZE CRC" */
static void found_end(struct found *found, const char *at)
{
	char *end;
	const uint64_t size = strtoull(at, &end, 10);
	const uint64_t crc = strtoull(end, &end, 16);
	const uint64_t rows = (size + CORE_ROW - 1) / CORE_ROW;

	if (size > RTOS_CRASH_SIZE || crc32c(0, found->rows, rows * CORE_ROW) != crc) {
		found->why = "has lines of 'core' that don't fit their sum; print them again";
		return;
	}
	if (!found_is_sound((const void *)found->rows, size)) {
		found->why = "is of another revision of the RTOS than this command";
		return;
	}
	free(found->whole);
	found->whole = calloc(1, RTOS_CRASH_SIZE);
	if (found->whole)
		memcpy(found->whole, found->rows, size);
}

static void found_line(struct found *found, const char *line, const char *end)
{
	static const char row[] = "core 0x", last[] = "core end ";
	char *copy = strndup(line, (size_t)(end - line));
	const char *at;

	if (copy && (at = strstr(copy, row)) != NULL)
		found_row(found, at + 5);
	else if (copy && (at = strstr(copy, last)) != NULL)
		found_end(found, at + sizeof(last) - 1);
	free(copy);
}

struct rtos_crash *core_find(const char *text, const char **why)
{
	struct found *found = calloc(1, sizeof(*found));
	struct rtos_crash *whole;

	*why = "there is no memory for it";
	if (!found)
		return NULL;
	found->why = "has no lines that the shell's command 'core' printed whole";
	while (*text) {
		const char *end = text + strcspn(text, "\n");

		found_line(found, text, end);
		text = *end ? end + 1 : end;
	}
	whole = found->whole;
	*why = found->why;
	free(found);
	return whole;
}
