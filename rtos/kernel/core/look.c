/* See kernel/look.h. */
#include <kernel/look.h>
#include <kernel/port.h>

void look_break(struct thread *self, uint64_t number, int status)
{
	const uint64_t why[4] = {self->number, (uint64_t)status, number,
	                         self->registers.pc - THREAD_INSTRUCTION};

	process_end(self->process, RTOS_PROCESS_BROKE, why);
}

/* ---- the oldest call ---- */

/* The most calls of each kind that are looked at, to keep the call short. */
#define LOOK_MOST 40

static void keep_older(const struct thread **oldest, const struct thread *caller)
{
	if (*oldest == NULL || caller->identity < (*oldest)->identity)
		*oldest = caller;
}

/* The oldest of the calls that the process took: calls that its threads serve, and parked ones.
 * A thread that itself waits for an answer doesn't count: the server that it waits for is late
 * then. */
static const struct thread *oldest_taken(const struct process *process)
{
	const struct thread *thread = process->threads;
	const struct thread *caller = process->parked;
	const struct thread *oldest = NULL;

	for (uint32_t i = 0; i < LOOK_MOST && thread != NULL; i++) {
		if (thread->serving != NULL && thread->state != THREAD_CALLS &&
		    thread->state != THREAD_TAKEN)
			keep_older(&oldest, thread->serving);
		thread = thread->next_of_process;
	}
	for (uint32_t i = 0; i < LOOK_MOST && caller != NULL; i++) {
		keep_older(&oldest, caller);
		caller = caller->next;
	}
	return oldest;
}

/* The first waiting call: calls behind it may wait because they are less urgent. */
static const struct thread *oldest_waiting(const struct port *port)
{
	if (port->queue.first == NULL)
		return NULL;
	return container_of(port->queue.first, struct thread, queued);
}

/* Tells the call's identity, and its caller by the name that the process was made with. */
static void look_tell(uint64_t x[4], const struct thread *caller)
{
	x[0] = caller != NULL ? caller->identity : 0;
	x[1] = port_identities + 1;
	x[2] = caller != NULL ? caller->process->name[0] : 0;
	x[3] = caller != NULL ? caller->process->name[1] : 0;
}

int look_call_oldest(struct thread *self)
{
	uint64_t *x = self->registers.x;
	const struct handle *handle = handle_at(&self->process->handles, x[X_HANDLE]);

	if (handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_MANAGE))
		look_tell(x, oldest_waiting((const struct port *)handle->object));
	else if (handle_is(handle, RTOS_KIND_PROCESS, RTOS_RIGHT_MANAGE))
		look_tell(x, oldest_taken((const struct process *)(const void *)handle->object));
	else if (handle != NULL && handle->object != NULL &&
	         handle->object->kind == RTOS_KIND_PROCESS)
		return (int)handle_wrong(handle, RTOS_KIND_PROCESS);
	else
		return (int)handle_wrong(handle, RTOS_KIND_PORT);
	return RTOS_OK;
}
