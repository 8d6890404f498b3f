/*
 * Locks. A lock is one thread's at a time, and is handed over by priority. A waiting thread lends
 * its priority to the owner. An owner that ends leaves its locks to the next threads, which are
 * told (docs/inside/rtos-kernel.md).
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
	struct heap_node held; /* in the owner's locks, by the urgency of the first waiting
	                        * thread */
	bool abandoned;        /* an owner ended with it, and no other thread was told yet */
};
_Static_assert(sizeof(struct lock) <= OBJECT_SMALL, "it is cut from a page");

/* The priority that this thread's locks lend it; 0: no thread waits for any of them. */
uint8_t lock_lent(const struct thread *owner);

/* lock_leave_queue(): the thread waits no more. lock_queue_again(): its priority has changed, and
 * its place in the queue follows. */
void lock_leave_queue(struct thread *waiter);
void lock_queue_again(struct thread *waiter);

/* Hands one lock of an ending thread to the next thread. False: the thread has no lock. */
bool lock_abandon_one(struct thread *owner);

/* Does one bounded step of a lock's end. False: all that is left is to free the lock. */
bool lock_end_step(struct lock *lock);

int lock_call_create(struct thread *self);
int lock_call_lock(struct thread *self);
int lock_call_unlock(struct thread *self);

#endif
