/* See kernel/look.h. */
#include <kernel/look.h>
#include <kernel/port.h>

RARELY void look_break(struct thread *self, uint64_t number, int status)
{
	const uint64_t why[4] = {self->number, (uint64_t)status, number, self->registers.pc - 4};

	process_end(self->process, RTOS_PROCESS_BROKE, why);
}

/* ---- the oldest call ---- */

/* So many of each kind are looked at, that it stays short. */
#define LOOK_MOST 40

static void older(uint64_t *oldest, const struct thread *caller)
{
	if (*oldest == 0 || caller->identity < *oldest)
		*oldest = caller->identity;
}

/* The calls that its threads serve, unless they wait for somebody's answer themselves: then that
 * one is late; and those that none serves any more. */
static uint64_t oldest_taken(const struct process *process)
{
	const struct thread *thread = process->threads;
	const struct thread *caller = process->parked;
	uint64_t oldest = 0;

	for (uint32_t i = 0; i < LOOK_MOST && thread != NULL; i++) {
		if (thread->serving != NULL && thread->state != THREAD_CALLS &&
		    thread->state != THREAD_TAKEN)
			older(&oldest, thread->serving);
		thread = thread->next_of_process;
	}
	for (uint32_t i = 0; i < LOOK_MOST && caller != NULL; i++) {
		older(&oldest, caller);
		caller = caller->next;
	}
	return oldest;
}

/* The first one that waits: behind it, others wait for being less urgent. */
static uint64_t oldest_waiting(const struct port *port)
{
	if (port->queue.first == NULL)
		return 0;
	return container_of(port->queue.first, struct thread, queued)->identity;
}

int look_call_oldest(struct thread *self)
{
	uint64_t *x = self->registers.x;
	const struct handle *handle = handle_at(&self->process->handles, x[9]);

	if (handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_MANAGE))
		x[0] = oldest_waiting((const struct port *)handle->object);
	else if (handle_is(handle, RTOS_KIND_PROCESS, RTOS_RIGHT_MANAGE))
		x[0] = oldest_taken((const struct process *)(const void *)handle->object);
	else if (handle != NULL && handle->object != NULL &&
	         handle->object->kind == RTOS_KIND_PROCESS)
		return (int)handle_wrong(handle, RTOS_KIND_PROCESS);
	else
		return (int)handle_wrong(handle, RTOS_KIND_PORT);
	x[1] = port_identities + 1;
	return RTOS_OK;
}
