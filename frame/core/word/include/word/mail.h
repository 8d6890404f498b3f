/*
 * Messages between cores: each is a bit and an interrupt. Its content lies in memory that both
 * cores map, or the receiver finds out by itself what has changed. Posting never waits, and posting
 * twice is posting once. A message waits while its receiver runs a context of a higher class.
 * turn/mail_take.h takes messages out of the box.
 */
#ifndef WORD_MAIL_H
#define WORD_MAIL_H

#include <state/shared.h>

/* Posts a message to a core. False: the same message is on its way already. */
bool mail_post(uint32_t to_core, enum mail_kind kind, uint32_t subject);

/*
 * A doorbell's bit was taken from this core's box, but its partition can't have the ring now. Puts
 * the bit back, so that further rings interrupt no core. After this the caller notes the ring
 * elsewhere; further rings and that note are one ring.
 */
void mail_leave(uint32_t doorbell);

/* Has a core hear doorbells again that were left. The caller has taken their notes, and the guest
 * doesn't see the rings before this. */
void mail_listen(uint32_t at_core, uint64_t doorbells);

#endif
