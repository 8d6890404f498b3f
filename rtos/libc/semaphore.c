/* Semaphores (semaphore.h). sem_post() gives its unit to the thread that it wakes, so no other
 * thread can take the unit. */
#include "errors.h"
#include "sync.h"
#include <errno.h>
#include <rtos/sys.h>
#include <semaphore.h>

static int semaphore_take(sem_t *semaphore, bool wait, uint64_t deadline)
{
	sync_enter();
	if (semaphore->value == 0 && wait)
		return sync_wait(&semaphore->waiters, deadline);
	if (semaphore->value == 0) {
		sync_leave();
		return EAGAIN;
	}
	semaphore->value--;
	sync_leave();
	return 0;
}

int sem_wait(sem_t *semaphore)
{
	return errors_set(semaphore_take(semaphore, true, 0));
}

int sem_trywait(sem_t *semaphore)
{
	return errors_set(semaphore_take(semaphore, false, 0));
}

int sem_timedwait(sem_t *semaphore, const struct timespec *time)
{
	uint64_t deadline;

	if (!sync_deadline(time, &deadline))
		return errors_set(EINVAL);
	return errors_set(semaphore_take(semaphore, true, deadline));
}

int sem_post(sem_t *semaphore)
{
	int error = 0;

	sync_enter();
	if (semaphore->value == SEM_VALUE_MAX)
		error = EOVERFLOW;
	else if (!sync_wake(&semaphore->waiters))
		semaphore->value++;
	sync_leave();
	return errors_set(error);
}

int sem_getvalue(sem_t *semaphore, int *value)
{
	sync_enter();
	*value = (int)semaphore->value;
	sync_leave();
	return 0;
}

int sem_init(sem_t *semaphore, int shared, unsigned value)
{
	if (shared != 0)
		return errors_set(ENOSYS);
	if (value > SEM_VALUE_MAX)
		return errors_set(EINVAL);
	*semaphore = (sem_t){.value = value};
	return 0;
}

int sem_destroy(sem_t *semaphore)
{
	return errors_set(semaphore->waiters.first == NULL ? 0 : EBUSY);
}
