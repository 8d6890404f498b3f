/* See kernel/look.h. */
#include <kernel/look.h>
#include <kernel/port.h>
#include <kernel/sched.h>

void look_break(struct thread *self, uint64_t number, int status)
{
	const uint64_t why[4] = {self->number, (uint64_t)status, number,
	                         self->registers.pc - THREAD_INSTRUCTION};

	process_end(self->process, RTOS_PROCESS_BROKE, why);
}

/* ---- the oldest call ---- */

/* How many threads, and how many parked calls, are looked at: this keeps the call short. */
#define LOOK_MOST 40

static void keep_older(const struct thread **oldest, const struct thread *caller)
{
	if (*oldest == NULL || caller->identity < (*oldest)->identity)
		*oldest = caller;
}

/* The oldest of the calls that the process took: calls that its threads serve, and parked ones. A
 * thread that itself waits for an answer doesn't count: then the server that it waits for is late.
 */
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

/* The oldest call that the process computes on: the call's thread runs, or could run. */
static const struct thread *oldest_computed(const struct process *process)
{
	const struct thread *thread = process->threads;
	const struct thread *oldest = NULL;

	for (uint32_t i = 0; i < LOOK_MOST && thread != NULL; i++) {
		if (thread->serving != NULL &&
		    (thread->state == THREAD_RUNS || thread->state == THREAD_READY))
			keep_older(&oldest, thread->serving);
		thread = thread->next_of_process;
	}
	return oldest;
}

/* The call whose answer the process's first thread waits for. */
static const struct thread *awaited(const struct process *process)
{
	const struct thread *thread = process->threads;

	for (uint32_t i = 0; i < LOOK_MOST && thread != NULL; i++) {
		if (thread->number == 0 &&
		    (thread->state == THREAD_CALLS || thread->state == THREAD_TAKEN))
			return thread;
		thread = thread->next_of_process;
	}
	return NULL;
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

/* The highest identity of a call that the process took. If a call is 2^32 calls old or older, it is
 * taken for a younger one. */
static uint64_t last_taken(const struct process *process)
{
	const struct thread *thread = process->threads;
	uint32_t ago = UINT32_MAX;

	for (uint32_t i = 0; i < LOOK_MOST && thread != NULL; i++) {
		const uint32_t its = (uint32_t)port_identities - thread->took;

		ago = its < ago ? its : ago;
		thread = thread->next_of_process;
	}
	return ago < port_identities ? port_identities - ago : 0;
}

/* Tells the call that the process computes on, the time that the serving thread ran, and the last
 * call that the process took. */
static void look_tell_computed(uint64_t *x, const struct process *process)
{
	const struct thread *caller = oldest_computed(process);

	look_tell(x, caller);
	x[4] = caller != NULL ? sched_time(caller->server) : 0;
	x[5] = last_taken(process);
}

static void look_process(uint64_t *x, const struct process *process)
{
	if (x[0] == RTOS_OLDEST_COMPUTED)
		look_tell_computed(x, process);
	else if (x[0] == RTOS_OLDEST_AWAITED)
		look_tell(x, awaited(process));
	else
		look_tell(x, oldest_taken(process));
}

int look_call_oldest(struct thread *self)
{
	uint64_t *x = self->registers.x;
	const struct handle *handle = handle_at(&self->process->handles, x[X_HANDLE]);

	if (handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_MANAGE))
		look_tell(x, oldest_waiting((const struct port *)handle->object));
	else if (handle_is(handle, RTOS_KIND_PROCESS, RTOS_RIGHT_MANAGE))
		look_process(x, (const struct process *)(const void *)handle->object);
	else if (handle != NULL && handle->object != NULL &&
	         handle->object->kind == RTOS_KIND_PROCESS)
		return (int)handle_wrong(handle, RTOS_KIND_PROCESS);
	else
		return (int)handle_wrong(handle, RTOS_KIND_PORT);
	return RTOS_OK;
}

/* ---- blame ---- */

/* A search for the first call of a port behind an identity, and for its blame. */
struct look_blamed {
	const struct port *port;
	uint64_t behind;
	const struct thread *first;
	uint32_t blame;
};

static void look_blame(struct look_blamed *look, const struct thread *caller, uint32_t blame)
{
	if (caller->port != look->port || caller->identity <= look->behind ||
	    (look->first != NULL && look->first->identity < caller->identity))
		return;
	look->first = caller;
	look->blame = blame;
}

/* Looks at served calls and at parked ones. A thread that is stopped already has parked its call,
 * with the blame, at the front of the list. */
static void look_blame_all(struct look_blamed *look, const struct process *process)
{
	const struct thread *thread = process->threads;
	const struct thread *caller = process->parked;

	for (uint32_t i = 0; i < LOOK_MOST && thread != NULL; i++) {
		if (thread->serving != NULL && thread_is_to_blame(thread))
			look_blame(look, thread->serving, thread->serving->blame + 1U);
		thread = thread->next_of_process;
	}
	for (uint32_t i = 0; i < LOOK_MOST && caller != NULL; i++) {
		if (caller->parked == THREAD_PARKED_BLAMED)
			look_blame(look, caller, caller->blame);
		caller = caller->next;
	}
}

int look_call_blamed(struct thread *self)
{
	uint64_t *x = self->registers.x;
	const struct handle *handle = handle_at(&self->process->handles, x[X_HANDLE]);
	enum rtos_status status = RTOS_OK;
	struct look_blamed look = {.first = NULL};
	const struct process *process;

	if (!handle_is(handle, RTOS_KIND_PORT, RTOS_RIGHT_MANAGE))
		return (int)handle_wrong(handle, RTOS_KIND_PORT);
	process = process_argument(self, 0, &status);
	if (process == NULL)
		return (int)status;
	if (process->state == RTOS_PROCESS_ALIVE)
		return RTOS_BUSY;
	look.port = (const struct port *)handle->object;
	look.behind = x[1];
	look_blame_all(&look, process);
	x[0] = look.first != NULL ? look.first->identity : 0;
	x[1] = look.first != NULL ? look.first->badge : 0;
	x[2] = look.first != NULL ? look.first->registers.x[0] : 0;
	x[3] = look.blame;
	x[4] = look.port->blame_limit;
	return RTOS_OK;
}
