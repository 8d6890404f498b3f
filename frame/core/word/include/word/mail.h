/*
 * Messages between cores: a bit and an interrupt. What a message is about lies in memory that both
 * cores map, or the receiver finds it out. Posting never waits, and posting twice is posting once.
 * A message waits while its receiver runs a context of a higher class. turn/mail_take.h takes
 * messages out of the box.
 */
#ifndef WORD_MAIL_H
#define WORD_MAIL_H

#include <state/shared.h>

/* Posts a message to a core. False: the same message is on its way already. */
bool mail_post(uint32_t to_core, enum mail_kind kind, uint32_t subject);

/*
 * Puts the bit back of a doorbell that was taken from this core's box, and that its partition can't
 * have now: so further rings interrupt no core. The caller notes the ring elsewhere after this, as
 * further rings count as one with that note.
 */
void mail_leave(uint32_t doorbell);

/* Has a core hear doorbells again that were left. The caller has taken their note, and the guest
 * can't see yet what comes of it. */
void mail_listen(uint32_t at_core, uint64_t doorbells);

#endif
