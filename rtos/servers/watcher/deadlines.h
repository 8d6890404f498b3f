/*
 * The rule `deadlines`: no vCPU of the watched partition misses a deadline of the system
 * description. The frame counts misses, so one is sure at once. A finding lasts until there was
 * none for a while.
 */
#ifndef WATCHER_DEADLINES_H
#define WATCHER_DEADLINES_H

#include "findings.h"

#define DEADLINES_LOOKS 1u   /* until a finding counts */
#define DEADLINES_QUIET 100u /* looks without a miss that end a finding */

struct deadlines {
	uint64_t misses; /* ever, at the last look */
	uint64_t before; /* when the finding began */
	uint32_t left;   /* looks until the finding ends; 0: there is none */
};

/* From here on misses count. */
void deadlines_begin(struct deadlines *deadlines, uint64_t misses);

void deadlines_look(struct deadlines *deadlines, uint64_t misses, struct findings *findings);

#endif
