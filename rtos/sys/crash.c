/* See rtos/crash.h. */
#include <lib/string.h>
#include <rtos/crash.h>
#include <stdbool.h>

void *crash_piece(struct rtos_crash *crash, uint64_t address, uint64_t *size)
{
	const uint64_t left = RTOS_CRASH_SIZE - crash->size;
	struct rtos_crash_piece *piece = &crash->pieces[crash->piece_count];

	if (crash->piece_count == RTOS_CRASH_PIECES || left == 0)
		return NULL;
	*size = *size < left ? *size : left;
	*piece =
	    (struct rtos_crash_piece){.address = address, .size = *size, .offset = crash->size};
	crash->piece_count++;
	crash->size += (uint32_t)*size;
	return (uint8_t *)crash + piece->offset;
}

/* Reads a word from the record. False: the record doesn't have this address. */
static bool crash_word(const struct rtos_crash *crash, uint64_t address, uint64_t *word)
{
	for (uint32_t i = 0; i < crash->piece_count; i++) {
		const struct rtos_crash_piece *piece = &crash->pieces[i];
		const uint64_t at = address - piece->address;

		if (address < piece->address || piece->size < sizeof(*word) ||
		    at > piece->size - sizeof(*word))
			continue;
		memcpy(word, (const uint8_t *)crash + piece->offset + at, sizeof(*word));
		return true;
	}
	return false;
}

/* x29 points to the caller's x29 and to the return address beside it (AAPCS64, 6.4.6). The search
 * ends where the chain doesn't go up. */
void crash_callers(struct rtos_crash *crash)
{
	uint64_t frame = crash->thread_count > 0 ? crash->threads[0].x[29] : 0;
	uint64_t next, caller;

	while (crash->caller_count < RTOS_CRASH_CALLERS && crash_word(crash, frame, &next) &&
	       crash_word(crash, frame + 8, &caller) && caller != 0) {
		crash->callers[crash->caller_count++] = caller;
		if (next <= frame)
			return;
		frame = next;
	}
}
