/* Mutexes: the kernel's locks, which lend priorities (pthread.h). */
#include "errors.h"
#include "lock.h"
#include "sync.h"
#include <errno.h>
#include <rtos/sys.h>

/* The calling thread has the lock already: the kernel answered RTOS_BUSY. */
static int mutex_again(pthread_mutex_t *mutex)
{
	if (mutex->type != PTHREAD_MUTEX_RECURSIVE)
		return EDEADLK;
	mutex->depth++;
	return 0;
}

/* `late`: the error for a deadline that has passed. */
static int mutex_take(pthread_mutex_t *mutex, uint64_t deadline, int late)
{
	struct sys_registers call = {.x = {[8] = RTOS_LOCK, [10] = deadline}};
	const enum rtos_status made = lock_make(&mutex->handle);

	if (made != RTOS_OK)
		return EAGAIN;
	call.x[9] = mutex->handle;
	sys_svc(&call);
	switch (call.x[8]) {
	case RTOS_BUSY:
		return mutex_again(mutex);
	case RTOS_TIMED_OUT:
		return late;
	case RTOS_OWNER_ENDED:
		mutex->depth = 0;
		return EOWNERDEAD;
	default:
		return errors_of((enum rtos_status)call.x[8]);
	}
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	return mutex_take(mutex, 0, 0);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	const int error = mutex_take(mutex, SYS_AT_ONCE, EBUSY);

	return error == EDEADLK ? EBUSY : error;
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *time)
{
	uint64_t deadline;

	return sync_deadline(time, &deadline) ? mutex_take(mutex, deadline, ETIMEDOUT) : EINVAL;
}

/* Only the owner may change the depth; the kernel's call fails for any other thread. If the owner
 * has ended, mutex_take() takes the lock instead of naming its owner: then the lock is given
 * back. */
int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	const int error = mutex->depth > 0 ? mutex_take(mutex, SYS_AT_ONCE, EPERM) : 0;
	enum rtos_status status;

	if (error == EOWNERDEAD)
		(void)sys_do(RTOS_UNLOCK, mutex->handle, 0, 0, 0, 0, 0, NULL);
	if (error != 0)
		return EPERM;
	if (mutex->depth > 0) {
		mutex->depth -= 2;
		return 0;
	}
	status = sys_do(RTOS_UNLOCK, mutex->handle, 0, 0, 0, 0, 0, NULL);
	return status == RTOS_OK ? 0 : EPERM;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
	*mutex = (pthread_mutex_t){.type = attributes != NULL ? attributes->type
	                                                      : PTHREAD_MUTEX_DEFAULT};
	return lock_make(&mutex->handle) == RTOS_OK ? 0 : EAGAIN;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	if (mutex->handle != 0)
		(void)sys_do(RTOS_DESTROY, mutex->handle, 0, 0, 0, 0, 0, NULL);
	mutex->handle = 0;
	return 0;
}

/* ---- attributes ---- */

int pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
	attributes->type = PTHREAD_MUTEX_DEFAULT;
	return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
	(void)attributes;
	return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type)
{
	if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_RECURSIVE)
		return EINVAL;
	attributes->type = type;
	return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *attributes, int *type)
{
	*type = attributes->type;
	return 0;
}

/* Every mutex has the same protocol. */
int pthread_mutexattr_setprotocol(pthread_mutexattr_t *attributes, int protocol)
{
	(void)attributes;
	return protocol == PTHREAD_PRIO_INHERIT ? 0 : ENOTSUP;
}

int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *attributes, int *protocol)
{
	(void)attributes;
	*protocol = PTHREAD_PRIO_INHERIT;
	return 0;
}
