/*
 * Priorities that are lent. A caller lends its priority to the thread that serves its call; a
 * waiting caller, to the thread that took the port's last message or bits; a thread that waits for
 * a lock, to its owner. A thread that lends to another one changes its priority in a step of its
 * own (docs/rtos/messages.md): it stands in its CPU's ready queue until its turn comes there.
 */
#ifndef KERNEL_LEND_H
#define KERNEL_LEND_H

#include <kernel/thread.h>

/* The thread's own priority, or what it is lent, may have changed. A thread that lends to nobody
 * gets its new priority at once; another one in its step, and so on along the chain. */
void lend_priority(struct thread *thread);

/* A receiver goes on with bits instead of a message: the port's callers wait for it now, unless
 * another thread took the last message there. */
void lend_to_signalled(struct port *port, struct thread *receiver);

/* The step of a thread whose turn has come. */
void lend_step(struct thread *thread);

/* The thread's step is off: it goes to another CPU, and lend_priority() is next. */
void lend_forget(struct thread *thread);

/* The thread lends to nobody any more; no step is needed for its priority. */
void lend_end_now(struct thread *thread);
static inline void lend_end(struct thread *thread)
{
	if (thread->lends != 0)
		lend_end_now(thread);
}

#endif
