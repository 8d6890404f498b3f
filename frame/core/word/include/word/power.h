/*
 * Cores that go off and come back (docs/power.md). The console service decides; here is what it
 * takes to carry that out. Going off and coming back themselves are the start's code
 * (start_power.c), which isn't mapped while guests run: power_in_start() goes there for a moment.
 */
#ifndef WORD_POWER_H
#define WORD_POWER_H

#include <kumiki/service.h>
#include <state/shared.h>

/* A message was posted to a core that is dark: the console service hears of it. True. */
bool power_wanted(uint32_t index);

/* The balance brings nobody to this core, and it asks for nobody. */
static inline bool power_closed(uint32_t index)
{
	return RELAXED(shared_memory->box[index].told) != SERVICE_POWER_OPEN;
}

/* This core has nothing to run: if it was told to go off, and may, it does, and never returns. */
static inline bool power_is_to_go(uint32_t index)
{
	return RELAXED(shared_memory->box[index].told) == SERVICE_POWER_OFF;
}

/*
 * In the tables of this core's way in, with interrupts masked: what the console service asked of a
 * core (SERVICE_POWER), and its answer; or POWER_GO for this core, which returns only if it mayn't
 * go off after all.
 */
#define POWER_GO 0x100u
int64_t power_in_start(uint64_t index, uint64_t what);

#endif
