/*
 * What goes along with messages (docs/rtos/messages.md): x11 of who sends says what, x11 of who
 * gets it says what is taken. A message whose payload can't be delivered isn't.
 */
#ifndef KERNEL_PAYLOAD_H
#define KERNEL_PAYLOAD_H

#include <kernel/thread.h>

/* A message's way, which says what may go along with it, and how its taker says that it takes it.
 */
enum payload_way { PAYLOAD_CALL, PAYLOAD_SEND, PAYLOAD_ANSWER };

/* What is wrong with the sender's own side. */
enum rtos_status payload_wrong(const struct thread *from, enum payload_way way);

/* The same, and whether the taker takes it and has room for it. CALL_LATER: its table has grown for
 * that, which was a step of its own; the next one will tell. */
int payload_make_room(const struct thread *from, const struct thread *to, enum payload_way way);

/* The region whose pages a call lends, if nothing is wrong with it. */
struct region *payload_region(const struct thread *from);

/* Whether it is that, which takes longer. */
static inline bool payload_lends(const struct thread *from)
{
	return RTOS_PAYLOAD_KIND(from->registers.x[X_PAYLOAD]) == RTOS_PAYLOAD_LENDS;
}

/* A step of what has to be done before a region can be given: nobody else has a handle on it then,
 * nor maps it. False: nothing is left to do. */
bool payload_prepare_step(const struct thread *from);

/* It goes along, which fits: the taker's x11 then. */
uint64_t payload_pass(const struct thread *from, const struct thread *to);

#endif
