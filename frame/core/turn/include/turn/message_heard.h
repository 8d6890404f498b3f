/* Takes a message of a PCI function: an LPI, whose number says which partition's it is. */
#ifndef TURN_MESSAGE_HEARD_H
#define TURN_MESSAGE_HEARD_H

#include <frame/types.h>

/* This core took the LPI and dropped its priority: the partition gets its interrupt. A partition
 * that doesn't run gets nothing. */
void message_heard(uint32_t intid);

/* The LPI that this core has taken, and that isn't the partition's yet, for a recovery; or 0. */
extern uint32_t message_in_hand;

#endif
