/*
 * Cores that go off and come back (docs/power.md). The console service decides which ones. The code
 * of going off and coming back is the start's (start_power.c), which isn't mapped while guests run:
 * power_in_start() goes there for a moment.
 */
#ifndef WORD_POWER_H
#define WORD_POWER_H

#include <kumiki/service.h>
#include <state/shared.h>

/* Tells the console service that a message was posted to a dark core. Returns true. */
bool power_wanted(uint32_t index);

/* The balance brings no vCPUs to this core, and the core asks for none. */
static inline bool power_closed(uint32_t index)
{
	return RELAXED(shared_memory->box[index].told) != SERVICE_POWER_OPEN;
}

/* The core was told to go off as soon as it has nothing to run. */
static inline bool power_is_to_go(uint32_t index)
{
	return RELAXED(shared_memory->box[index].told) == SERVICE_POWER_OFF;
}

/*
 * Does `what` the console service asked of a core (SERVICE_POWER), and returns its answer.
 * POWER_GO: this core goes off; that returns only if it mayn't after all. Runs in the tables of
 * this core's way in, with interrupts masked.
 */
#define POWER_GO 0x100u
int64_t power_in_start(uint64_t index, uint64_t what);

#endif
