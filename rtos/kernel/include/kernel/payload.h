/*
 * Payloads, which go along with messages (docs/reference/rtos-messages.md). The sender's x11 says
 * what is sent, the taker's x11 the payloads that it accepts. A message is only delivered with its
 * payload.
 */
#ifndef KERNEL_PAYLOAD_H
#define KERNEL_PAYLOAD_H

#include <kernel/thread.h>

/* A message's way. It decides which payloads may go along, and where the taker says what it
 * accepts. */
enum payload_way { PAYLOAD_CALL, PAYLOAD_SEND, PAYLOAD_ANSWER };

/* RTOS_OK, or what is wrong on the sender's side. */
enum rtos_status payload_wrong(const struct thread *from, enum payload_way way);

/* Checks the payload likewise, and makes room for it if the taker accepts it. CALL_LATER: the
 * taker's table has grown, which was a step of its own, and the next step goes on. */
int payload_make_room(const struct thread *from, const struct thread *to, enum payload_way way);

/* The region whose pages a call lends, if nothing is wrong with its payload. */
struct region *payload_region(const struct thread *from);

/* Whether the payload lends pages, which are delivered in further steps. */
static inline bool payload_lends(const struct thread *from)
{
	return RTOS_PAYLOAD_KIND(from->registers.x[X_PAYLOAD]) == RTOS_PAYLOAD_LENDS;
}

/* Whether the payload is a window that is offered for the answer (kernel/show.h). */
static inline bool payload_offers(uint64_t payload)
{
	return RTOS_PAYLOAD_KIND(payload) == RTOS_PAYLOAD_NONE &&
	       (payload & RTOS_ANSWER_PAGES(0)) != 0;
}

/* Does a step before a region can be given: in the end no other handle leads to it, and nothing
 * maps it. False: nothing is left to do. */
bool payload_prepare_step(const struct thread *from);

/* Passes a payload for which there is room; returns what the taker's x11 gets. */
uint64_t payload_pass(const struct thread *from, const struct thread *to);

#endif
