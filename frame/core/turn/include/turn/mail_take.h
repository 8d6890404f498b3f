/* Takes messages out of this core's mailbox, and carries them out. */
#ifndef TURN_MAIL_TAKE_H
#define TURN_MAIL_TAKE_H

#include <state/shared.h>

/*
 * Carries out one message of this class or a more urgent one, or all of the console's events. The
 * core has taken the class's interrupt. The interrupts of the other messages are pending, or are
 * made pending.
 */
void mail_take(uint64_t rank);

#endif
