/*
 * The seeds that a test at random plays: a few each time, others and more of them by UNIT_FIRST and
 * UNIT_SEEDS (make soak).
 */
#ifndef UNIT_FRAME_SEEDS_H
#define UNIT_FRAME_SEEDS_H

#include <stdint.h>

struct seeds {
	uint32_t first, end;
};

/* From 1 on, if nobody asked for others. */
struct seeds seeds_asked(uint32_t count);

/* The seed that is played, for as long as it is; a test's teardown tells it if the test failed. */
extern uint32_t seeds_now;
int seeds_tell(void **state);

#endif
