/* See patrol.h. */
#include "patrol.h"
#include <lib/rtosimage.h>

static void patrol_restart(struct patrol *patrol)
{
	patrol->offset = 0;
	patrol->crc = 0;
}

static void patrol_pass(struct patrol *patrol)
{
	patrol->index++;
	patrol_restart(patrol);
}

static bool patrol_has_copy(const struct patrol *patrol, const struct children *all)
{
	return patrol->index < RTOS_IMAGE_SEGMENTS_MAX &&
	       all->child[patrol->program].its.text[patrol->index] != 0;
}

/* Passes segments that have no copy. Behind the last part the round begins again. */
static void patrol_seek(struct patrol *patrol, const struct children *all)
{
	while (patrol->program < all->image->program_count && !patrol_has_copy(patrol, all)) {
		patrol_pass(patrol);
		if (patrol->index < RTOS_IMAGE_SEGMENTS_MAX)
			continue;
		patrol->program++;
		patrol->index = 0;
	}
	if (patrol->program >= all->image->program_count &&
	    patrol->index >= all->image->part_count) {
		*patrol = (struct patrol){.program = 0};
		patrol_seek(patrol, all);
	}
}

static struct patrol_piece patrol_piece(const struct patrol *patrol, const struct rtos_part *part,
                                        rtos_handle_t region)
{
	const uint64_t left = part->size - patrol->offset;

	return (struct patrol_piece){.part = part,
	                             .region = region,
	                             .offset = patrol->offset,
	                             .size = left < PATROL_PIECE ? left : PATROL_PIECE};
}

struct patrol_piece patrol_next(struct patrol *patrol, const struct children *all)
{
	const struct rtos_part *parts = rtosimage_parts(all->image);
	const struct child *child;

	patrol_seek(patrol, all);
	if (patrol->program >= all->image->program_count)
		return patrol_piece(patrol, &parts[patrol->index], 0);
	child = &all->child[patrol->program];
	if (child->starts != patrol->starts)
		patrol_restart(patrol);
	patrol->starts = child->starts;
	return patrol_piece(
	    patrol,
	    &parts[rtosimage_programs(all->image)[patrol->program].segment[patrol->index].part],
	    child->its.text[patrol->index]);
}

enum patrol_found patrol_looked(struct patrol *patrol, const struct patrol_piece *piece,
                                uint32_t crc)
{
	patrol->offset += piece->size;
	patrol->crc = crc;
	if (patrol->offset < piece->part->size)
		return PATROL_GOES_ON;
	patrol_pass(patrol);
	return crc == piece->part->crc ? PATROL_SOUND : PATROL_DAMAGED;
}

static uint64_t patrol_pieces(uint64_t size)
{
	return size / PATROL_PIECE + 1;
}

static uint64_t patrol_pieces_of(const struct children *all, uint32_t number)
{
	const struct rtos_program *program = &rtosimage_programs(all->image)[number];
	const struct child *child = &all->child[number];
	const uint64_t pages = child->version.store != 0 ? child->version.pages : child->pages;
	uint64_t pieces = 0;

	for (uint32_t i = 0; i < RTOS_IMAGE_SEGMENTS_MAX; i++)
		if (child->its.text[i] != 0)
			pieces += patrol_pieces(
			    rtosimage_parts(all->image)[program->segment[i].part].size);
	if (pages != 0)
		pieces += RTOS_IMAGE_SEGMENTS_MAX + patrol_pieces(pages * RTOS_PAGE_SIZE);
	return pieces;
}

uint64_t patrol_pause(const struct children *all)
{
	const struct rtos_part *parts = rtosimage_parts(all->image);
	uint64_t pieces = 1; /* one to spare */

	for (uint32_t i = 0; i < all->image->part_count; i++)
		pieces += patrol_pieces(parts[i].size);
	for (uint32_t i = 0; i < all->image->program_count; i++)
		pieces += patrol_pieces_of(all, i);
	return pieces < PATROL_ROUND_MS ? PATROL_ROUND_MS / pieces : 1;
}
