/* The ends of objects: see kernel/end.h. */
#include <kernel/end.h>
#include <kernel/interrupt.h>
#include <kernel/lock.h>
#include <kernel/mapping.h>
#include <kernel/port.h>
#include <kernel/timer.h>
#include <kernel/window.h>
#include <machine/cpu.h>

/* Does one step of the work that the object's kind needs before it is freed. False: none is left.
 */
static bool end_kind(struct object *object)
{
	switch (object->kind) {
	case RTOS_KIND_PORT:
		return port_end_step((struct port *)object, RTOS_GONE);
	case RTOS_KIND_NOTIFICATION:
		return notification_end_step((struct notification *)object);
	case RTOS_KIND_LOCK:
		return lock_end_step((struct lock *)object);
	case RTOS_KIND_REGION:
		return region_end_step((struct region *)object);
	case RTOS_KIND_WINDOW:
		return window_end_step((struct window *)object);
	case RTOS_KIND_TIMER:
		timer_stop((struct timer *)object);
		source_clear(&((struct timer *)object)->source);
		return false;
	case RTOS_KIND_INTERRUPT:
		interrupt_end((struct interrupt *)object);
		return false;
	default:
		return false;
	}
}

enum end_step object_end_step(struct object *object, const struct handle *last)
{
	struct process *owner = object_owner(object);

	if (object->kind == OBJECT_MAPPING) {
		mapping_forget((struct mapping *)(void *)object);
		return END_DONE;
	}
	if (end_kind(object))
		return END_MORE;
	if (object->handles != NULL) {
		handle_close_one(object, last);
		return END_MORE;
	}
	object_free(&owner->pool, &owner->objects, object);
	return END_DONE;
}

int end_call_destroy(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	struct object *object = handle != NULL ? handle->object : NULL;

	if (object == NULL || object->kind == RTOS_KIND_PROCESS ||
	    object->kind == RTOS_KIND_THREAD || object->kind == RTOS_KIND_MACHINE)
		return RTOS_BAD_HANDLE;
	if ((handle_rights(handle) & RTOS_RIGHT_MANAGE) == 0)
		return RTOS_DENIED;
	/* The last handle goes when everything else is gone: a repeated call needs it to find the
	 * object. */
	while (object_end_step(object, handle) != END_DONE)
		if (handle->object != NULL && machine_must_leave(true))
			return thread_repeat(self);
	return RTOS_OK;
}
