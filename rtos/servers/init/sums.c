/* See sums.h. */
#include "sums.h"
#include <lib/crc32c.h>
#include <lib/rtosimage.h>
#include <rtos/spawn.h>

#define SUMS_PIECE 8192u /* bytes: a multiple of a page */

static struct {
	bool supervisor; /* true: the supervisor's segments; false: init's own */
	uint32_t index;  /* of the segment */
	uint32_t crc;    /* of the bytes up to `offset` */
	uint64_t offset;
} sums;

void sums_begin(void)
{
	sums.supervisor = false;
	sums.index = 0;
	sums.crc = 0;
	sums.offset = 0;
}

static void sums_pass(const struct rtos_program *program)
{
	sums.crc = 0;
	sums.offset = 0;
	sums.index++;
	if (sums.index < program->segment_count)
		return;
	sums.index = 0;
	sums.supervisor = !sums.supervisor;
}

/* Adds bytes to the sum. False: they can't be read now. */
static bool sums_add(const struct rtos_segment *segment, rtos_handle_t text, uint64_t size)
{
	if (sums.supervisor)
		return spawn_sum(text + sums.index, sums.offset, size, &sums.crc);
	sums.crc = crc32c(sums.crc, (const uint8_t *)segment->address + sums.offset, size);
	return true;
}

enum sums_found sums_look(const struct rtos_image *image, uint32_t supervisor, rtos_handle_t text)
{
	const bool own = !sums.supervisor;
	const struct rtos_program *program = &rtosimage_programs(image)[own ? 0 : supervisor];
	const struct rtos_segment *segment = &program->segment[sums.index];
	const struct rtos_part *part = &rtosimage_parts(image)[segment->part];
	uint64_t size;
	bool sound;

	if ((segment->rights & RTOS_RIGHT_WRITE) != 0) {
		sums_pass(program);
		return SUMS_SOUND;
	}
	size = part->size - sums.offset < SUMS_PIECE ? part->size - sums.offset : SUMS_PIECE;
	if (!sums_add(segment, text, size))
		return SUMS_SOUND;
	sums.offset += size;
	if (sums.offset < part->size)
		return SUMS_SOUND;
	sound = sums.crc == part->crc;
	sums_pass(program);
	if (sound)
		return SUMS_SOUND;
	return own ? SUMS_OWN_DAMAGED : SUMS_SUPERVISOR_DAMAGED;
}
