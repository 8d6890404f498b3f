/*
 * Lists of waiting threads. Everything in pthread.h and semaphore.h that waits is built on them,
 * except mutexes. One lock of the process guards all lists. A thread keeps it for some dozens of
 * instructions; the lock lends priorities.
 */
#ifndef LIBC_SYNC_H
#define LIBC_SYNC_H

#include "thread.h"

/* Makes the lock, before the second thread begins. */
enum rtos_status sync_begin(void);

void sync_enter(void);
void sync_leave(void);
/* For the end of a thread: needs no stack once the lock is free. */
_Noreturn void sync_leave_and_end(void);

/* Call it between sync_enter() and sync_leave(): the thread waits in the list, and goes on without
 * the lock. ETIMEDOUT: the deadline (0: none) came first. */
int sync_wait(struct sync_waiters *waiters, uint64_t deadline);
/* The two halves of sync_wait(). sync_wait_begin() enters the list, with the lock. sync_wait_end()
 * waits, without the lock. */
void sync_wait_begin(struct sync_waiters *waiters);
int sync_wait_end(uint64_t deadline);

/* Wakes the most urgent thread of the list. The caller has the lock. False: no thread waits. */
bool sync_wake(struct sync_waiters *waiters);

/* Makes ticks from a deadline of POSIX. False: `time` isn't a time. */
bool sync_deadline(const struct timespec *time, uint64_t *deadline);

#endif
