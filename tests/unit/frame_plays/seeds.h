/*
 * The seeds of a random test: by default a few, with UNIT_FIRST and UNIT_SEEDS others and more
 * (make soak).
 */
#ifndef UNIT_FRAME_SEEDS_H
#define UNIT_FRAME_SEEDS_H

#include <stdint.h>

struct seeds {
	uint32_t first, end;
};

/* The seeds to play: `count` of them from 1 on, unless the environment demands others. */
struct seeds seeds_asked(uint32_t count);

/* The seed that is being played. If a test failed, its teardown prints the seed. */
extern uint32_t seeds_now;
void seeds_tell(void);

#endif
