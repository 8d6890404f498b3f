/*
 * Lists of waiting threads, on which everything but mutexes is built. One lock of the process
 * guards all lists, for some dozens of instructions at a time; it lends priorities.
 */
#ifndef LIBC_SYNC_H
#define LIBC_SYNC_H

#include "thread.h"

/* Before the second thread begins: makes the lock. */
enum rtos_status sync_begin(void);

void sync_enter(void);
void sync_leave(void);
/* For the end of a thread, which needs no stack. */
_Noreturn void sync_leave_and_end(void);

/* Between sync_enter() and sync_leave(): waits in the list, and goes on without the lock.
 * ETIMEDOUT: the deadline (0: none) came first. */
int sync_wait(struct sync_waiters *waiters, uint64_t deadline);
/* The two halves of sync_wait(): goes into the list; then, without the lock, waits. */
void sync_wait_begin(struct sync_waiters *waiters);
int sync_wait_end(uint64_t deadline);

/* With the lock: wakes the most urgent waiter. False: there is none. */
bool sync_wake(struct sync_waiters *waiters);

/* A deadline of POSIX in ticks. False: it isn't a time. */
bool sync_deadline(const struct timespec *time, uint64_t *deadline);

#endif
