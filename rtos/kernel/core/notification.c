/* Notifications: see kernel/notification.h. */
#include <kernel/lend.h>
#include <kernel/notification.h>
#include <kernel/port.h>
#include <kernel/sched.h>

/* Gives the bits to a thread that waits for them, and wakes it. */
static void notification_deliver(struct notification *notification, struct thread *thread,
                                 enum rtos_status status)
{
	thread->registers.x[0] = notification->bits;
	notification->bits = 0;
	thread_wake(thread, status);
}

/* A function of its own, so that it costs nothing where threads wait for bits alone. */
static void signal_bound(struct notification *notification)
{
	struct thread *bound = notification->bound;

	if (bound->state != THREAD_RECEIVES)
		return;
	lend_to_signalled(bound->port, bound);
	notification_deliver(notification, bound, RTOS_SIGNALLED);
}

void notification_signal(struct notification *notification, uint64_t bits)
{
	notification->bits |= bits;
	if (notification->bits == 0)
		return;
	if (notification->waiter != NULL)
		notification_deliver(notification, notification->waiter, RTOS_OK);
	else if (notification->bound != NULL)
		signal_bound(notification);
}

/* ---- sources ---- */

void source_set(struct source *source, struct notification *to, uint64_t bits)
{
	source->to = to;
	source->bits = bits;
	source->prev = NULL;
	source->next = to->sources;
	if (source->next != NULL)
		source->next->prev = source;
	to->sources = source;
}

void source_clear(struct source *source)
{
	if (source->to == NULL)
		return;
	if (source->next != NULL)
		source->next->prev = source->prev;
	if (source->prev != NULL)
		source->prev->next = source->next;
	else
		source->to->sources = source->next;
	source->to = NULL;
}

bool notification_end_step(struct notification *notification)
{
	if (notification->waiter != NULL)
		thread_wake(notification->waiter, RTOS_GONE);
	if (notification->bound != NULL)
		notification->bound->bound = NULL;
	notification->bound = NULL;
	if (notification->sources == NULL)
		return false;
	source_clear(notification->sources);
	return true;
}

/* ---- calls ---- */

enum rtos_status notification_argument(struct thread *self, uint32_t number,
                                       struct notification **found)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[number]);

	if (!handle_is(handle, RTOS_KIND_NOTIFICATION, RTOS_RIGHT_SIGNAL))
		return handle_wrong(handle, RTOS_KIND_NOTIFICATION);
	*found = (struct notification *)handle->object;
	return RTOS_OK;
}

int notification_call_create(struct thread *self)
{
	struct process *process = self->process;
	struct notification *made;

	if (!process_make_place(process))
		return RTOS_NO_HANDLE;
	made = object_new(&process->pool, &process->objects, RTOS_KIND_NOTIFICATION, OBJECT_SMALL);
	if (made == NULL)
		return RTOS_NO_MEMORY;
	self->registers.x[0] =
	    handle_make(&process->handles, 0, &made->object, RTOS_RIGHTS_ALL, ~0u)->number;
	return RTOS_OK;
}

int notification_call_signal(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);

	if (!handle_is(handle, RTOS_KIND_NOTIFICATION, RTOS_RIGHT_SIGNAL))
		return (int)handle_wrong(handle, RTOS_KIND_NOTIFICATION);
	thread_set_status(self, RTOS_OK);
	notification_signal((struct notification *)handle->object, handle->badge);
	return RTOS_OK;
}

/* Waits for this notification's bits, or (NULL) for the deadline alone. */
static int notification_wait_for(struct thread *self, struct notification *notification)
{
	uint64_t deadline = self->registers.x[X_DEADLINE];

	if (deadline == 0 && notification == NULL)
		return RTOS_BAD_ARGUMENT;
	self->waiting = notification;
	if (notification != NULL)
		notification->waiter = self;
	thread_wait(self, THREAD_WAITS, deadline);
	return CALL_LATER;
}

int notification_call_wait(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	struct notification *notification;

	if (self->registers.x[X_HANDLE] == 0)
		return notification_wait_for(self, NULL);
	if (!handle_is(handle, RTOS_KIND_NOTIFICATION, RTOS_RIGHT_WAIT))
		return (int)handle_wrong(handle, RTOS_KIND_NOTIFICATION);
	notification = (struct notification *)handle->object;
	if (notification->waiter != NULL ||
	    (notification->bound != NULL && notification->bound != self))
		return RTOS_BUSY;
	if (notification->bits == 0)
		return notification_wait_for(self, notification);
	self->registers.x[0] = notification->bits;
	notification->bits = 0;
	return RTOS_OK;
}

int notification_call_bind(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	struct notification *notification = NULL;

	if (self->registers.x[X_HANDLE] != 0) {
		if (!handle_is(handle, RTOS_KIND_NOTIFICATION, RTOS_RIGHT_WAIT))
			return (int)handle_wrong(handle, RTOS_KIND_NOTIFICATION);
		notification = (struct notification *)handle->object;
		if (notification->bound != NULL || notification->waiter != NULL)
			return RTOS_BUSY;
		notification->bound = self;
	}
	if (self->bound != NULL)
		self->bound->bound = NULL;
	self->bound = notification;
	return RTOS_OK;
}
