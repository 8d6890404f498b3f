/*
 * The order in which the supervisor looks at the memory that nobody writes. First come the running
 * programs' copies of text and constants, one behind the other, then the parts of the boot image,
 * then all again. A copy or part is looked at in pieces. If a process is replaced meanwhile, the
 * sum of its copy begins again. Pure.
 */
#ifndef SUPERVISOR_PATROL_H
#define SUPERVISOR_PATROL_H

#include "child.h"

#define PATROL_PIECE    16384u /* bytes: a multiple of a page */
#define PATROL_ROUND_MS 4000u  /* a round's pauses: two rounds fit into ten seconds */

/* All 0: a round begins. */
struct patrol {
	uint32_t program; /* whose copies; behind the last program: the image's parts */
	uint32_t index;   /* of the segment, or of the part */
	uint32_t starts;  /* of the program, when its sum began */
	uint32_t crc;
	uint64_t offset; /* bytes of the part that the sum has so far */
};

struct patrol_piece {
	const struct rtos_part *part;
	rtos_handle_t region; /* of the copy; 0: the part itself */
	uint64_t offset, size;
};

enum patrol_found {
	PATROL_GOES_ON,
	PATROL_SOUND,   /* this was the part's last piece */
	PATROL_DAMAGED, /* the same, and the part's sum is wrong */
};

/* The piece that is next. */
struct patrol_piece patrol_next(struct patrol *patrol, const struct children *all);
/* Goes on behind the piece; crc: the sum so far, from patrol->crc on. */
enum patrol_found patrol_looked(struct patrol *patrol, const struct patrol_piece *piece,
                                uint32_t crc);
/* Milliseconds between two pieces. A piece of text from files (match.h) is looked at together with
 * one of these, and has its time, too. */
uint64_t patrol_pause(const struct children *all);

#endif
