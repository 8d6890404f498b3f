/* Takes messages out of this core's mailbox, and carries them out. */
#ifndef TURN_MAIL_TAKE_H
#define TURN_MAIL_TAKE_H

#include <state/shared.h>

/*
 * Carries out a message of this class or a more urgent one. The core has taken the class's
 * interrupt. A shared core carries out one message, a core with one vCPU up to one of each kind;
 * all events for the services count as one. For the rest another interrupt is pending, or this
 * makes it pending.
 */
void mail_take(uint64_t rank);

/* The messages that this core has taken and not carried out yet, for a recovery. Messages of other
 * kinds may be posted again, or tell nothing that recovery doesn't find out. */
extern struct mail_in_hand {
	uint64_t ring, life;
} mail_in_hand;

#endif
