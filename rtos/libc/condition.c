/* Condition variables (pthread.h). */
#include "sync.h"
#include <errno.h>

/* The thread enters the list before it lets the mutex go: so a signal after that finds the thread.
 */
static int condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline)
{
	int error, mutex_error;

	sync_enter();
	sync_wait_begin(&condition->waiters);
	sync_leave();
	error = pthread_mutex_unlock(mutex);
	if (error != 0) {
		(void)sync_wait_end(1);
		return error;
	}
	error = sync_wait_end(deadline);
	mutex_error = pthread_mutex_lock(mutex);
	return mutex_error != 0 ? mutex_error : error;
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	return condition_wait(condition, mutex, 0);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *time)
{
	uint64_t deadline;

	return sync_deadline(time, &deadline) ? condition_wait(condition, mutex, deadline) : EINVAL;
}

int pthread_cond_signal(pthread_cond_t *condition)
{
	sync_enter();
	(void)sync_wake(&condition->waiters);
	sync_leave();
	return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
	sync_enter();
	while (sync_wake(&condition->waiters))
		;
	sync_leave();
	return 0;
}

int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
	(void)attributes; /* there is one clock */
	*condition = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
	return condition->waiters.first == NULL ? 0 : EBUSY;
}

int pthread_condattr_init(pthread_condattr_t *attributes)
{
	attributes->clock = CLOCK_MONOTONIC;
	return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attributes)
{
	(void)attributes;
	return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
	if (clock != CLOCK_MONOTONIC)
		return EINVAL;
	attributes->clock = clock;
	return 0;
}
