/* Takes a message of a PCI function: an LPI, whose number says which partition's it is. */
#ifndef TURN_MESSAGE_HEARD_H
#define TURN_MESSAGE_HEARD_H

#include <state/partition.h>

/* The LPI that this core has taken, and that isn't the partition's yet, for a recovery; or 0. */
extern uint32_t message_in_hand;

/* A partition that doesn't run gets no message. */
static inline bool message_is_heard(const struct partition *partition)
{
	uint32_t state = RELAXED(partition->life.status.state);

	return state - LIFE_RUNNING <= LIFE_SUSPENDED - LIFE_RUNNING;
}

/* A core without `only` took the LPI, and dropped its priority: the partition gets its interrupt.
 */
void message_shared(uint32_t intid);

#endif
