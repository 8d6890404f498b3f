/*
 * Priorities that are lent. A caller lends its priority to the thread that serves its call. A
 * caller that waits in a port lends it to the thread that took the port's last message or bits. A
 * thread that waits for a lock lends it to the lock's owner. A thread that lends to another thread
 * changes its priority in a step of its own (docs/reference/rtos-messages.md). Until its turn
 * comes, it stands in its CPU's ready queue.
 */
#ifndef KERNEL_LEND_H
#define KERNEL_LEND_H

#include <kernel/thread.h>

/* The thread's own priority, or what it is lent, may have changed. A thread that lends to nobody
 * gets its new priority at once. Any other thread gets it in its step, and so on along the chain.
 */
void lend_priority(struct thread *thread);

/* A receiver goes on with bits instead of a message. From now on the port's callers wait for it,
 * unless another thread took the last message there. */
void lend_to_signalled(struct port *port, struct thread *receiver);

/* Does the step of a thread whose turn has come. */
void lend_step(struct thread *thread);

/* Cancels the thread's step. The thread goes to another CPU, and lend_priority() comes next. */
void lend_forget(struct thread *thread);

/* The thread lends to nobody any more, so its priority changes without a step. */
void lend_end_now(struct thread *thread);
static inline void lend_end(struct thread *thread)
{
	if (thread->lends != 0)
		lend_end_now(thread);
}

#endif
