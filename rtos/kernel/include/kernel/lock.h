/*
 * Locks: one thread's at a time, handed over by priority. A waiting thread lends its priority to
 * the owner. An owner that ends leaves its locks to the next threads, which are told
 * (docs/rtos/kernel.md).
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
	bool abandoned;        /* an owner ended with it, and no thread was told yet */
};
_Static_assert(sizeof(struct lock) <= OBJECT_SMALL, "it is cut from a page");

/* The priority that this thread's locks lend it; 0: no thread waits for any of them. */
uint8_t lock_lent(const struct thread *owner);

/* The lock's queue follows: the thread waits no more, or has another priority. */
void lock_leave_queue(struct thread *waiter);
void lock_queue_again(struct thread *waiter);

/* Hands one lock of an ending thread to the next thread; false: it has no lock. */
bool lock_abandon_one(struct thread *owner);

/* One bounded step of a lock's end; false: nothing was left to do but to free it. */
bool lock_end_step(struct lock *lock);

int lock_call_create(struct thread *self);
int lock_call_lock(struct thread *self);
int lock_call_unlock(struct thread *self);

#endif
