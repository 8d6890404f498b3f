/* Puts the lines of the shell's command `core` together again. The text may be anything. */
#include "core.h"
#include <host/lines.h>
#include <stdlib.h>
#include <string.h>

/* False: a count or a place leads out of the record, or a piece is larger than the record. */
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

/* The result has the size of the largest possible record. */
struct rtos_crash *core_find(const char *text, const char **why)
{
	struct rtos_bytes found = lines_find(text, "core", RTOS_CRASH_SIZE, why);
	struct rtos_crash *whole = NULL;

	if (!found.bytes)
		return NULL;
	if (found.size >= sizeof(*whole) && found_is_sound((const void *)found.bytes, found.size))
		whole = calloc(1, RTOS_CRASH_SIZE);
	else
		*why = "is of another revision of the RTOS than this command";
	if (whole)
		memcpy(whole, found.bytes, found.size);
	free(found.bytes);
	return whole;
}
