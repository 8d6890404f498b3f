/*
 * Priorities that are lent: from who calls to who serves it, or took the port's last message, or
 * bits; from who waits for a lock to its owner. A thread that lends on what it is lent follows in a
 * step of its own (docs/rtos/messages.md): it stands in its CPU's ready queue until its turn comes
 * there.
 */
#ifndef KERNEL_LEND_H
#define KERNEL_LEND_H

#include <kernel/thread.h>

/* What it is lent, or its own priority, may have changed: it follows, at once if it lends to
 * nobody, else in its step; whom it lends to follows then. */
void lend_priority(struct thread *thread);

/* A receiver goes on with bits instead of a message: who calls at its port waits for it now, unless
 * another thread took the last message there. */
void lend_to_signalled(struct port *port, struct thread *receiver);

/* The step of one whose turn has come. */
void lend_step(struct thread *thread);

/* No step of its own any more: it goes to another CPU, and lend_priority() is next. */
void lend_forget(struct thread *thread);

/* It lends to nobody any more; no step is needed for its priority. */
void lend_end_now(struct thread *thread);
static inline void lend_end(struct thread *thread)
{
	if (thread->lends != 0)
		lend_end_now(thread);
}

#endif
