/*
 * Messages between cores: a bit and an interrupt. What a message is about lies in memory that both
 * map, or is asked for again by the receiver. Posting never waits, and posting twice is posting
 * once. One for somebody less urgent than what the receiver runs waits there. What is taken from
 * the box: turn/mail_take.h.
 */
#ifndef WORD_MAIL_H
#define WORD_MAIL_H

#include <state/shared.h>

/* False: that message is on its way already. */
bool mail_post(uint32_t to_core, enum mail_kind kind, uint32_t subject);

/*
 * A doorbell was taken from this core's box, and its partition can't or won't have it now: its bit
 * goes back, so that ringing it again interrupts nobody. Before it is noted elsewhere that it was
 * rung: what is rung from here on counts as one with that.
 */
void mail_leave(uint32_t doorbell);

/* Doorbells of a core that were left are to be heard again. After their note was taken, and before
 * the guest can see what comes of it. */
void mail_listen(uint32_t at_core, uint64_t doorbells);

#endif
