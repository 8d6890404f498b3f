/*
 * Lists of threads that wait, which everything but mutexes is made of. One lock of the process
 * guards all of them, for some dozens of instructions at a time; it lends priorities.
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

/* Within: waits in the list, and is outside of it when it goes on. ETIMEDOUT: nobody woke it before
 * the deadline (0: none). */
int sync_wait(struct sync_waiters *waiters, uint64_t deadline);
/* The two halves of that: it is in the list; it is outside, and waits. */
void sync_wait_begin(struct sync_waiters *waiters);
int sync_wait_end(uint64_t deadline);

/* Within: the most urgent goes on. False: nobody waits. */
bool sync_wake(struct sync_waiters *waiters);

/* Deadlines as POSIX gives them. False: it isn't a time. */
bool sync_deadline(const struct timespec *time, uint64_t *deadline);

#endif
