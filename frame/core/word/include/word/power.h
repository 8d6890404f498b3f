/*
 * Cores that go off and come back (docs/power.md). The warden decides which ones. The code for that
 * belongs to the start (start_power.c), which isn't mapped while guests run: power_in_start() goes
 * there for a moment.
 */
#ifndef WORD_POWER_H
#define WORD_POWER_H

#include <kumiki/service.h>
#include <state/shared.h>

/* Tells the warden that a message was posted to a dark core. Returns true. */
bool power_wanted(uint32_t index);

/* True: the core is off, or nearly: it takes no messages. */
static inline bool power_is_dark(uint32_t index)
{
	return __atomic_load_n(&shared_memory->box[index].dark, __ATOMIC_SEQ_CST) != 0;
}

/* True: the balancer brings no vCPUs to this core. */
static inline bool power_closed(uint32_t index)
{
	return RELAXED(shared_memory->box[index].told) != SERVICE_POWER_OPEN;
}

/* True: the core was told to go off as soon as it has nothing to run. */
static inline bool power_is_to_go(uint32_t index)
{
	return RELAXED(shared_memory->box[index].told) == SERVICE_POWER_OFF;
}

/*
 * Does `what` the warden asked for (SERVICE_POWER), and returns the answer. POWER_GO: this core
 * goes off; if it mayn't or the firmware refuses, this returns. Runs in the tables of this core's
 * way in, with interrupts masked.
 */
#define POWER_GO 0x100u
int64_t power_in_start(uint64_t index, uint64_t what);

#endif
