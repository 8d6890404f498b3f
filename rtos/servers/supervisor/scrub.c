/* See scrub.h. */
#include "scrub.h"
#include "match.h"
#include "patrol.h"
#include <lib/crc32c.h>
#include <lib/rtosimage.h>
#include <rtos/spawn.h>
#include <rtos/sys.h>

#define SCRUB_PRIORITY 1u
#define SCRUB_STACK    1024
#define SCRUB_PARTS    (RTOS_IMAGE_PROGRAMS_MAX * RTOS_IMAGE_SEGMENTS_MAX + RTOS_WINDOWS_MAX + 1)

static struct patrol scrub_patrol;
static struct match scrub_match;
static bool scrub_told[SCRUB_PARTS]; /* whether this part of the image was told to be damaged */
static rtos_handle_t scrub_port;
static uint8_t scrub_stack[SCRUB_STACK] __attribute__((aligned(16)));

static _Noreturn void scrub_main(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	for (;;) {
		(void)sys_call(scrub_port, word, 0);
		(void)sys_wait(0, sys_now() + sys_ticks(word[0]));
	}
}

enum rtos_status scrub_begin(const struct children *all)
{
	uint64_t made = 0;
	enum rtos_status status = sys_do(RTOS_HANDLE_GIVE, 0, all->objects.port, RTOS_RIGHT_CALL,
	                                 SCRUB_BADGE, 0, 0, &made);

	scrub_port = (rtos_handle_t)made;
	if (status == RTOS_OK)
		status = sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)scrub_main,
		                (uint64_t)(scrub_stack + sizeof(scrub_stack)), 0,
		                RTOS_THREAD(SCRUB_PRIORITY, 0, 0), 0, &made);
	if (status == RTOS_OK)
		status = sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)made, 0, 0, 0, 0, 0, NULL);
	return status;
}

/* Adds the piece to the sum. False: nothing could be read, so nothing is known. */
static bool scrub_sum(const struct children *all, const struct patrol_piece *piece, uint32_t *crc)
{
	if (piece->region != 0)
		return spawn_sum(piece->region, piece->offset, piece->size, crc);
	*crc = crc32c(*crc, (const uint8_t *)all->image + piece->part->offset + piece->offset,
	              piece->size);
	return true;
}

static bool scrub_is_news(const struct children *all, const struct rtos_part *part)
{
	const size_t index = (size_t)(part - rtosimage_parts(all->image));
	const bool known = index >= SCRUB_PARTS || scrub_told[index];

	if (!known)
		scrub_told[index] = true;
	return !known;
}

struct scrub_found scrub_step(const struct children *all)
{
	struct scrub_found found = {.program = 0, .pause = patrol_pause(all)};
	const struct patrol_piece piece = patrol_next(&scrub_patrol, all);
	const uint32_t program = scrub_patrol.program;
	uint32_t crc = scrub_patrol.crc;

	found.from_file = match_step(&scrub_match, all);
	if (!scrub_sum(all, &piece, &crc) ||
	    patrol_looked(&scrub_patrol, &piece, crc) != PATROL_DAMAGED)
		return found;
	if (piece.region != 0)
		found.program = program;
	else if (scrub_is_news(all, piece.part))
		found.part = piece.part;
	return found;
}
