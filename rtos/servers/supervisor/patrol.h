/*
 * The order in which the supervisor looks at what nobody writes: the running programs' copies of
 * text and constants, one behind the other, then the parts of the boot image, then again from the
 * first. A part is looked at in pieces; the sum of a copy whose process is replaced meanwhile
 * begins again. Pure.
 */
#ifndef SUPERVISOR_PATROL_H
#define SUPERVISOR_PATROL_H

#include "child.h"

#define PATROL_PIECE    16384u /* bytes: a multiple of a page */
#define PATROL_ROUND_MS 4000u  /* so that two rounds look at each byte within ten seconds */

/* All 0: at the beginning of a round. */
struct patrol {
	uint32_t program; /* whose copies; behind the last program: the image's parts */
	uint32_t index;   /* of the segment, or of the part */
	uint32_t starts;  /* of the program, when its sum began */
	uint32_t crc;
	uint64_t offset; /* so far */
};

struct patrol_piece {
	const struct rtos_part *part;
	rtos_handle_t region; /* of the copy; 0: the part itself */
	uint64_t offset, size;
};

enum patrol_found {
	PATROL_GOES_ON,
	PATROL_SOUND,   /* this was the part's last piece */
	PATROL_DAMAGED, /* likewise */
};

/* The piece that is next. */
struct patrol_piece patrol_next(struct patrol *patrol, const struct children *all);
/* Goes on behind the piece; crc: the sum so far, from patrol->crc on. */
enum patrol_found patrol_looked(struct patrol *patrol, const struct patrol_piece *piece,
                                uint32_t crc);
/* Milliseconds between two pieces. */
uint64_t patrol_pause(const struct children *all);

#endif
