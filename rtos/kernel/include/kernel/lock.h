/*
 * Locks: one thread's at a time, handed over by priority. Who waits lends its priority to the
 * owner; an owner that ends leaves its locks to the next, who is told (docs/rtos/processes.md).
 */
#ifndef KERNEL_LOCK_H
#define KERNEL_LOCK_H

#include <kernel/heap.h>
#include <kernel/object.h>

struct thread;

struct lock {
	struct object object;
	struct thread *owner;  /* NULL: it is free */
	struct heap queue;     /* threads that wait, by thread.queued: urgency, then order */
	struct heap_node held; /* in the owner's locks: the urgency of who waits first */
	bool abandoned;        /* an owner ended with it, and nobody was told */
};
_Static_assert(sizeof(struct lock) <= OBJECT_SMALL, "it is cut from a page");

/* What the locks of this thread lend it; 0: nobody waits for any. */
uint8_t lock_lent(const struct thread *owner);

/* It waits no more for its lock, or its priority has changed: the lock's queue follows. */
void lock_leave_queue(struct thread *waiter);
void lock_queue_again(struct thread *waiter);

/* One of the locks of a thread that ends goes to the next; false: it has none. */
bool lock_abandon_one(struct thread *owner);

/* One bounded step of its end; false: there was nothing left to do but to free it. */
bool lock_end_step(struct lock *lock);

int lock_call_create(struct thread *self);
int lock_call_lock(struct thread *self);
int lock_call_unlock(struct thread *self);

#endif
