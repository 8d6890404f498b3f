/* Locks: see kernel/lock.h. */
#include <kernel/lend.h>
#include <kernel/lock.h>
#include <kernel/sched.h>
#include <machine/cpu.h>

/* Counts the waits: of equally urgent threads the thread that has waited longest comes first. */
static uint64_t lock_turns;

#define NOBODY_WAITS RTOS_PRIORITIES

/* The urgency of the first waiting thread: the smaller, the more urgent. NOBODY_WAITS is larger
 * than any urgency. */
static uint64_t first_urgency(const struct lock *lock)
{
	return lock->queue.first != NULL ? lock->queue.first->key >> THREAD_ORDER_BITS
	                                 : NOBODY_WAITS;
}

uint8_t lock_lent(const struct thread *owner)
{
	const struct heap_node *first = owner->locks.first;

	return first != NULL && first->key < NOBODY_WAITS
	           ? (uint8_t)(THREAD_PRIORITY_TOP - first->key)
	           : 0;
}

/* ---- owners ---- */

static void lock_own(struct lock *lock, struct thread *owner)
{
	lock->owner = owner;
	heap_insert(&owner->locks, &lock->held, first_urgency(lock));
}

static void lock_disown(struct lock *lock)
{
	heap_remove(&lock->owner->locks, &lock->held);
	lock->owner = NULL;
}

/* Lends anew to the owner, because a thread came to wait, or went. */
static void lock_lend_owner(struct lock *lock)
{
	struct thread *owner = lock->owner;

	if (owner == NULL || lock->held.key == first_urgency(lock))
		return;
	heap_change(&owner->locks, &lock->held, first_urgency(lock));
	lend_priority(owner);
}

static enum rtos_status lock_tell(struct lock *lock)
{
	enum rtos_status status = lock->abandoned ? RTOS_OWNER_ENDED : RTOS_OK;

	lock->abandoned = false;
	return status;
}

/* Hands the lock to the first waiting thread, if there is one. */
static void lock_hand_over(struct lock *lock)
{
	struct thread *next;

	if (lock->queue.first == NULL)
		return;
	next = container_of(lock->queue.first, struct thread, queued);
	/* The lock has no owner now, so a thread that leaves the queue lends nothing. */
	thread_unwait(next, RTOS_OK);
	lock_own(lock, next);
	thread_set_status(next, lock_tell(lock));
	lend_priority(next);
	sched_ready(next);
}

bool lock_abandon_one(struct thread *owner)
{
	struct lock *lock;

	if (owner->locks.first == NULL)
		return false;
	lock = container_of(owner->locks.first, struct lock, held);
	lock_disown(lock);
	lock->abandoned = true;
	lock_hand_over(lock);
	lend_priority(owner);
	return true;
}

/* ---- waiting threads ---- */

static void lock_wait_for(struct thread *self, struct lock *lock, uint64_t deadline)
{
	self->lock = lock;
	heap_insert(&lock->queue, &self->queued, thread_queue_key(self, ++lock_turns));
	thread_wait(self, THREAD_LOCKS, deadline);
	lock_lend_owner(lock);
}

void lock_leave_queue(struct thread *waiter)
{
	heap_remove(&waiter->lock->queue, &waiter->queued);
	lock_lend_owner(waiter->lock);
}

void lock_queue_again(struct thread *waiter)
{
	struct lock *lock = waiter->lock;

	heap_change(&lock->queue, &waiter->queued, thread_queue_key(waiter, waiter->queued.key));
	heap_change(&lock->owner->locks, &lock->held, first_urgency(lock));
}

bool lock_end_step(struct lock *lock)
{
	if (lock->queue.first != NULL) {
		thread_wake(container_of(lock->queue.first, struct thread, queued), RTOS_GONE);
		return true;
	}
	if (lock->owner != NULL)
		lock_disown(lock);
	return false;
}

/* ---- calls ---- */

int lock_call_create(struct thread *self)
{
	struct process *process = self->process;
	struct lock *made;

	if (!process_make_place(process))
		return RTOS_NO_HANDLE;
	made = object_new(&process->pool, &process->objects, RTOS_KIND_LOCK, OBJECT_SMALL);
	if (made == NULL)
		return RTOS_NO_MEMORY;
	self->registers.x[0] =
	    handle_make(&process->handles, 0, &made->object, RTOS_RIGHTS_ALL, 0)->number;
	return RTOS_OK;
}

/* The lock that the call names; NULL: `wrong` says why. */
static struct lock *lock_argument(struct thread *self, int *wrong)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);

	if (handle_is(handle, RTOS_KIND_LOCK, RTOS_RIGHT_USE))
		return (struct lock *)handle->object;
	*wrong = (int)handle_wrong(handle, RTOS_KIND_LOCK);
	return NULL;
}

int lock_call_lock(struct thread *self)
{
	uint64_t deadline = self->registers.x[X_DEADLINE];
	int wrong = RTOS_OK;
	struct lock *lock = lock_argument(self, &wrong);

	if (lock == NULL)
		return wrong;
	if (lock->owner == self)
		return RTOS_BUSY;
	if (lock->owner == NULL) {
		lock_own(lock, self);
		return (int)lock_tell(lock);
	}
	if (deadline != 0 && deadline <= machine_time())
		return RTOS_TIMED_OUT;
	lock_wait_for(self, lock, deadline);
	return CALL_LATER;
}

int lock_call_unlock(struct thread *self)
{
	int wrong = RTOS_OK;
	struct lock *lock = lock_argument(self, &wrong);

	if (lock == NULL)
		return wrong;
	if (lock->owner != self)
		return RTOS_BUSY;
	thread_set_status(self, RTOS_OK);
	lock_disown(lock);
	/* The next owner gets ready first; only then this thread loses its lent priority. */
	lock_hand_over(lock);
	lend_priority(self);
	return CALL_LATER;
}
