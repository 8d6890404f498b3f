/* The start's part in cores that go off and come back; not mapped while guests run. */
#ifndef START_POWER_H
#define START_POWER_H

#include <frame/types.h>

/* Does the work of power_in_start() (word/power.h). */
int64_t power_change(uint64_t index, uint64_t what);

/* For core_main(). power_was_off(): the core was off, and comes back. power_back(): sets what the
 * hardware forgot. */
bool power_was_off(void);
void power_back(void);

/* This core crashed: it is on, and takes part in the recovery, even if it was about to go off or
 * had just come on. */
void power_crashed(void);

#endif
