/* Read-write locks (pthread.h). The thread that frees a lock gives it to the thread that it wakes.
 */
#include "sync.h"
#include <errno.h>

/* A reader that comes now waits while a writer has the lock or waits for it. */
static bool rwlock_readable(const pthread_rwlock_t *lock)
{
	return !lock->written && lock->writing.first == NULL;
}

static bool rwlock_writable(const pthread_rwlock_t *lock)
{
	return !lock->written && lock->readers == 0;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	sync_enter();
	if (!rwlock_readable(lock))
		return sync_wait(&lock->reading, 0);
	lock->readers++;
	sync_leave();
	return 0;
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
	bool taken;

	sync_enter();
	taken = rwlock_readable(lock);
	lock->readers += taken;
	sync_leave();
	return taken ? 0 : EBUSY;
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	sync_enter();
	if (!rwlock_writable(lock))
		return sync_wait(&lock->writing, 0);
	lock->written = 1;
	sync_leave();
	return 0;
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
	bool taken;

	sync_enter();
	taken = rwlock_writable(lock);
	lock->written |= taken;
	sync_leave();
	return taken ? 0 : EBUSY;
}

/* A writer that ends lets in all readers that wait. The last of these readers lets in the next
 * writer. So no thread starves. */
int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
	const int was_written = lock->written;

	sync_enter();
	if (lock->written)
		lock->written = 0;
	else
		lock->readers--;
	if (was_written)
		while (sync_wake(&lock->reading))
			lock->readers++;
	if (lock->readers == 0 && sync_wake(&lock->writing))
		lock->written = 1;
	sync_leave();
	return 0;
}

int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes)
{
	(void)attributes;
	*lock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
	return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
	return rwlock_writable(lock) ? 0 : EBUSY;
}
