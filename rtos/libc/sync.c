/* See sync.h. */
#include "sync.h"
#include "clock.h"
#include "lock.h"
#include <errno.h>
#include <rtos/sys.h>
#include <stdlib.h>

static rtos_handle_t sync_lock;

enum rtos_status sync_begin(void)
{
	return lock_make(&sync_lock);
}

/* As long as the program has one thread, no lock is needed. */
void sync_enter(void)
{
	enum rtos_status status = RTOS_OK;

	if (lock_several_threads)
		status = sys_do(RTOS_LOCK, sync_lock, 0, 0, 0, 0, 0, NULL);
	if (status != RTOS_OK)
		abort(); /* a thread ended with the lock, or the list of waiters is broken */
}

void sync_leave(void)
{
	if (lock_several_threads)
		(void)sys_do(RTOS_UNLOCK, sync_lock, 0, 0, 0, 0, 0, NULL);
}

/* As soon as the lock is free, another thread may free this thread's stack, so this function uses
 * no stack. */
_Noreturn void sync_leave_and_end(void)
{
	register uint64_t handle __asm__("x9") = sync_lock;
	register uint64_t number __asm__("x8") = RTOS_UNLOCK;

	__asm__ volatile("svc #0\n\t"
	                 "mov x8, %2\n\t"
	                 "svc #0"
	                 : "+r"(number)
	                 : "r"(handle), "i"(RTOS_THREAD_END)
	                 : "memory");
	__builtin_unreachable();
}

/* The thread goes behind all threads of the same priority. */
void sync_wait_begin(struct sync_waiters *waiters)
{
	struct thread *self = pthread_self(), **place = &waiters->first;

	while (*place != NULL && (*place)->priority >= self->priority)
		place = &(*place)->next;
	self->next = *place;
	*place = self;
	self->waits = waiters;
}

static void sync_take_out(struct thread *thread)
{
	struct thread **place = &thread->waits->first;

	while (*place != thread)
		place = &(*place)->next;
	*place = thread->next;
	thread->waits = NULL;
}

/* A thread that is woken just when its time is over counts as woken: its bit is set then. */
int sync_wait_end(uint64_t deadline)
{
	struct thread *self = pthread_self();
	bool waits;

	if (sys_wait(self->wake, deadline) != 0)
		return 0;
	sync_enter();
	waits = self->waits != NULL;
	if (waits)
		sync_take_out(self);
	sync_leave();
	if (!waits)
		(void)sys_wait(self->wake, SYS_AT_ONCE);
	return waits ? ETIMEDOUT : 0;
}

int sync_wait(struct sync_waiters *waiters, uint64_t deadline)
{
	sync_wait_begin(waiters);
	sync_leave();
	return sync_wait_end(deadline);
}

bool sync_wake(struct sync_waiters *waiters)
{
	struct thread *first = waiters->first;

	if (first == NULL)
		return false;
	sync_take_out(first);
	(void)sys_signal(first->wake);
	return true;
}

/* A deadline of 0 would mean that the thread waits without a limit. */
bool sync_deadline(const struct timespec *time, uint64_t *deadline)
{
	if (!clock_ticks(time, deadline))
		return false;
	if (*deadline == 0)
		*deadline = SYS_AT_ONCE;
	return true;
}
