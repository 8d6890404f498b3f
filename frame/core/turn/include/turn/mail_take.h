/* What is carried out of the messages in this core's box. */
#ifndef TURN_MAIL_TAKE_H
#define TURN_MAIL_TAKE_H

#include <state/shared.h>

/* The most urgent one of these messages; equals have turns, as one may come without end. */
uint64_t mail_first(enum mail_kind kind, uint64_t messages);

/*
 * Carries out what of this core's box is of this class or a more urgent one, whose interrupt it has
 * taken: one message, or the console's. The others' interrupts are pending, or become so.
 */
void mail_take(uint64_t rank);

#endif
