/*
 * Threads. Each thread has a region of its own for its stack and, above the stack, its thread-local
 * variables and its struct thread. The pages right below and above the region are never mapped. One
 * lock guards the making and freeing of threads.
 */
#include "thread.h"
#include "errors.h"
#include "lock.h"
#include "specific.h"
#include "sync.h"
#include <errno.h>
#include <kumiki/rtos/program.h>
#include <rtos/sys.h>
#include <string.h>

#define STACKS_FIRST 0x20000000ULL
#define STACKS_END   (STACKS_FIRST + THREAD_STACKS)
#define VARIABLES    16 /* from the thread pointer to them: AArch64's ABI */

extern char sys_tls_from[], sys_tls_set[], sys_tls_size[]; /* of program.ld */

static struct thread thread_first;
static _Thread_local struct thread *thread_own; /* NULL: the first thread */

static rtos_handle_t thread_lock;
static struct thread *threads; /* in the order of their stacks' addresses */

pthread_t pthread_self(void)
{
	return thread_own != NULL ? thread_own : &thread_first;
}

int pthread_equal(pthread_t left, pthread_t right)
{
	return left == right;
}

/* ---- making and freeing ---- */

static uint64_t thread_round(uint64_t size, uint64_t unit)
{
	return (size + unit - 1) / unit * unit;
}

/* How many bytes lie above the stack: the thread pointer's block, the variables and the struct. */
static uint64_t thread_above_stack(void)
{
	return thread_round(VARIABLES + (uint64_t)sys_tls_size, 16) +
	       thread_round(sizeof(struct thread), 16);
}

/* Finds a gap between two stacks, with a page free on either side. */
static struct thread **thread_gap(uint64_t size, uint64_t *address)
{
	struct thread **place = &threads;

	*address = STACKS_FIRST;
	while (*place != NULL && (*place)->stack < *address + size + RTOS_PAGE_SIZE) {
		*address = (*place)->stack + (*place)->size + RTOS_PAGE_SIZE;
		place = &(*place)->above;
	}
	return *address + size <= STACKS_END ? place : NULL;
}

static bool thread_map(uint64_t address, uint64_t size, rtos_handle_t *region)
{
	const uint64_t pages = size / RTOS_PAGE_SIZE;
	uint64_t made = 0;

	if (sys_do(RTOS_REGION_CREATE, 0, pages, 0, 0, 0, 0, &made) != RTOS_OK)
		return false;
	*region = (rtos_handle_t)made;
	if (sys_do(RTOS_MAP, *region, address, 0, pages, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0,
	           NULL) == RTOS_OK)
		return true;
	(void)sys_do(RTOS_DESTROY, *region, 0, 0, 0, 0, 0, NULL);
	return false;
}

/* Makes a thread's stack, with the struct filled in and zeros elsewhere. NULL: there is no memory,
 * or no room in the address space. */
static struct thread *thread_make_stack(uint64_t size)
{
	uint64_t address;
	struct thread **place = thread_gap(size, &address), *thread;
	rtos_handle_t region = 0;

	if (place == NULL || !thread_map(address, size, &region))
		return NULL;
	thread = (struct thread *)(address + size - thread_round(sizeof(struct thread), 16));
	thread->region = region;
	thread->stack = address;
	thread->size = size;
	thread->above = *place;
	*place = thread;
	return thread;
}

static void thread_take_out(const struct thread *thread)
{
	struct thread **place = &threads;

	while (*place != thread)
		place = &(*place)->above;
	*place = thread->above;
}

/* The thread has ended, or it never began. When its region goes, the mapping goes, too. */
static void thread_free(struct thread *thread)
{
	thread_take_out(thread);
	if (thread->wake != 0)
		(void)sys_do(RTOS_DESTROY, thread->wake, 0, 0, 0, 0, 0, NULL);
	(void)sys_do(RTOS_DESTROY, thread->region, 0, 0, 0, 0, 0, NULL);
}

/* Frees the detached threads that have ended. */
static void thread_free_detached(void)
{
	struct thread *next;

	for (struct thread *thread = threads; thread != NULL; thread = next) {
		bool over;

		next = thread->above;
		sync_enter();
		over = thread->ended && thread->detached;
		sync_leave();
		if (over)
			thread_free(thread);
	}
}

static bool thread_make_wake(struct thread *thread)
{
	uint64_t made = 0;

	if (thread->wake == 0 &&
	    sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &made) == RTOS_OK)
		thread->wake = (rtos_handle_t)made;
	return thread->wake != 0;
}

/* Before the program has a second thread: makes the things that both threads need. */
static bool thread_prepare(void)
{
	if (lock_several_threads)
		return true;
	if (sync_begin() != RTOS_OK || lock_make(&thread_lock) != RTOS_OK ||
	    !thread_make_wake(&thread_first))
		return false;
	thread_first.priority = sys_program->priority;
	thread_first.cpu = sys_program->cpu;
	lock_several_threads = true;
	return true;
}

static struct thread *thread_make(const pthread_attr_t *attributes)
{
	const uint64_t size = attributes->stack + thread_above_stack();
	struct thread *thread;

	(void)sys_do(RTOS_LOCK, thread_lock, 0, 0, 0, 0, 0, NULL);
	thread_free_detached();
	thread = thread_make_stack(thread_round(size, RTOS_PAGE_SIZE));
	if (thread != NULL && !thread_make_wake(thread)) {
		thread_free(thread);
		thread = NULL;
	}
	(void)sys_do(RTOS_UNLOCK, thread_lock, 0, 0, 0, 0, 0, NULL);
	return thread;
}

/* ---- their lives ---- */

static _Noreturn void thread_begin(struct thread *thread)
{
	thread_own = thread;
	pthread_exit(thread->start(thread->argument));
}

/* The new thread may end at once: then it waits until its handle is known. */
static enum rtos_status thread_run(struct thread *thread)
{
	const uint64_t pointer =
	    (uint64_t)thread - thread_above_stack() + thread_round(sizeof(struct thread), 16);
	const uint64_t placed =
	    RTOS_THREAD(thread->priority, thread->cpu, sys_program->thread_flags);
	enum rtos_status status;
	uint64_t handle = 0;

	memcpy((char *)pointer + VARIABLES, sys_tls_from, (size_t)sys_tls_set);
	sync_enter();
	status = sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)thread_begin, pointer, (uint64_t)thread,
	                placed, pointer, &handle);
	if (status == RTOS_OK)
		thread->handle = (rtos_handle_t)handle;
	sync_leave();
	return status;
}

int pthread_create(pthread_t *made, const pthread_attr_t *wanted, void *(*start)(void *),
                   void *argument)
{
	const struct thread *self = pthread_self();
	pthread_attr_t attributes;
	struct thread *thread;
	enum rtos_status status;

	(void)pthread_attr_init(&attributes);
	if (wanted != NULL)
		attributes = *wanted;
	thread = thread_prepare() ? thread_make(&attributes) : NULL;
	if (thread == NULL)
		return EAGAIN;
	thread->start = start;
	thread->argument = argument;
	thread->detached = attributes.detached;
	thread->priority = attributes.priority < 0 ? self->priority : (uint8_t)attributes.priority;
	thread->cpu = attributes.cpu < 0 ? self->cpu : (uint8_t)attributes.cpu;
	*made = thread;
	status = thread_run(thread);
	if (status == RTOS_OK)
		return 0;
	(void)sys_do(RTOS_LOCK, thread_lock, 0, 0, 0, 0, 0, NULL);
	thread_free(thread);
	(void)sys_do(RTOS_UNLOCK, thread_lock, 0, 0, 0, 0, 0, NULL);
	return status == RTOS_BAD_ARGUMENT ? EINVAL : EAGAIN;
}

/* The joining thread frees this thread's stack: after the last call below, the ended thread needs
 * no stack. The kernel closes the thread's handle at its end; another object may get the handle's
 * number then. */
_Noreturn void pthread_exit(void *value)
{
	struct thread *self = pthread_self();

	specific_end(self);
	if (!lock_several_threads)
		sys_exit(0);
	sync_enter();
	self->value = value;
	self->ended = true;
	if (self->handle != 0)
		(void)sys_do(RTOS_HANDLE_CLOSE, self->handle, 0, 0, 0, 0, 0, NULL);
	self->handle = 0;
	(void)sync_wake(&self->joiners);
	sync_leave_and_end();
}

int pthread_join(pthread_t thread, void **value)
{
	if (thread == pthread_self())
		return EDEADLK;
	sync_enter();
	if (thread->detached || thread->joiners.first != NULL) {
		sync_leave();
		return EINVAL;
	}
	if (!thread->ended) {
		(void)sync_wait(&thread->joiners, 0);
		/* The ended thread may still have the lock with which it woke this thread. */
		sync_enter();
	}
	sync_leave();
	if (value != NULL)
		*value = thread->value;
	if (thread == &thread_first)
		return 0;
	(void)sys_do(RTOS_LOCK, thread_lock, 0, 0, 0, 0, 0, NULL);
	thread_free(thread);
	(void)sys_do(RTOS_UNLOCK, thread_lock, 0, 0, 0, 0, 0, NULL);
	return 0;
}

int pthread_detach(pthread_t thread)
{
	int error = 0;

	sync_enter();
	if (thread->detached || thread->joiners.first != NULL)
		error = EINVAL;
	thread->detached = true;
	sync_leave();
	return error;
}

/* The first thread has no handle of itself, so its priority stays as the manifest has it. */
int pthread_setschedprio(pthread_t thread, int priority)
{
	enum rtos_status status = RTOS_BAD_ARGUMENT;

	if (priority < 0 || priority >= RTOS_PRIORITIES)
		return EINVAL;
	sync_enter();
	if (thread->handle != 0)
		status = sys_do(RTOS_THREAD_SET, thread->handle,
		                RTOS_THREAD(priority, thread->cpu, 0), 0, 0, 0, 0, NULL);
	else
		status = RTOS_DENIED;
	if (status == RTOS_OK)
		thread->priority = (uint8_t)priority;
	sync_leave();
	return errors_of(status);
}

/* ---- sched.h ---- */

int sched_yield(void)
{
	return errors_set(errors_of(sys_do(RTOS_YIELD, 0, 0, 0, 0, 0, 0, NULL)));
}

int sched_get_priority_min(int policy)
{
	return policy == SCHED_FIFO ? 0 : errors_set(EINVAL);
}

int sched_get_priority_max(int policy)
{
	return policy == SCHED_FIFO ? sys_program->priority_limit : errors_set(EINVAL);
}
