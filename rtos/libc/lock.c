/* See lock.h. */
#include "lock.h"
#include <rtos/sys.h>
#include <stdlib.h>
#include <sys/lock.h>

bool lock_several_threads;

/* picolibc's own lock. */
struct __lock __lock___libc_recursive_mutex;

/* If two threads make a lock at once, the second thread uses the lock of the first. */
enum rtos_status lock_make(rtos_handle_t *handle)
{
	uint64_t made = 0;
	rtos_handle_t none = 0;
	enum rtos_status status;

	if (__atomic_load_n(handle, __ATOMIC_ACQUIRE) != 0)
		return RTOS_OK;
	status = sys_do(RTOS_LOCK_CREATE, 0, 0, 0, 0, 0, 0, &made);
	if (status == RTOS_OK &&
	    !__atomic_compare_exchange_n(handle, &none, (rtos_handle_t)made, false,
	                                 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		(void)sys_do(RTOS_DESTROY, (rtos_handle_t)made, 0, 0, 0, 0, 0, NULL);
	return status;
}

/* picolibc doesn't check whether it got a lock, and can't go on without one: so the program ends.
 */
static void lock_must(enum rtos_status status)
{
	if (status != RTOS_OK)
		abort();
}

void __retarget_lock_init(_LOCK_T *lock)
{
	*lock = calloc(1, sizeof(**lock));
	lock_must(*lock != NULL ? RTOS_OK : RTOS_NO_MEMORY);
}

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
	__retarget_lock_init(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
	if (lock->handle != 0)
		(void)sys_do(RTOS_DESTROY, lock->handle, 0, 0, 0, 0, 0, NULL);
	free(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
	__retarget_lock_close(lock);
}

static enum rtos_status lock_take(_LOCK_T lock, uint64_t deadline)
{
	struct sys_registers call = {.x = {[8] = RTOS_LOCK, [10] = deadline}};

	lock_must(lock_make(&lock->handle));
	call.x[9] = lock->handle;
	sys_svc(&call);
	return call.x[8] == RTOS_OWNER_ENDED ? RTOS_OK : (enum rtos_status)call.x[8];
}

void __retarget_lock_acquire(_LOCK_T lock)
{
	if (lock_several_threads)
		lock_must(lock_take(lock, 0));
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
	enum rtos_status status;

	if (!lock_several_threads)
		return;
	status = lock_take(lock, 0);
	if (status == RTOS_BUSY)
		lock->depth++;
	else
		lock_must(status);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
	return !lock_several_threads || lock_take(lock, SYS_AT_ONCE) == RTOS_OK;
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
	enum rtos_status status;

	if (!lock_several_threads)
		return 1;
	status = lock_take(lock, SYS_AT_ONCE);
	if (status == RTOS_BUSY)
		lock->depth++;
	return status == RTOS_OK || status == RTOS_BUSY;
}

void __retarget_lock_release(_LOCK_T lock)
{
	if (lock_several_threads)
		(void)sys_do(RTOS_UNLOCK, lock->handle, 0, 0, 0, 0, 0, NULL);
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
	if (lock_several_threads && lock->depth > 0)
		lock->depth--;
	else
		__retarget_lock_release(lock);
}
