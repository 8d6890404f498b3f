/*
 * Processes: see kernel/process.h. Reaping is a sequence of bounded steps, in an order in which
 * nothing leads to what is gone: threads, calls, handles, objects, tables, pages.
 */
#include <kernel/end.h>
#include <kernel/first.h>
#include <kernel/lock.h>
#include <kernel/mapping.h>
#include <kernel/port.h>
#include <kernel/sched.h>
#include <kernel/trace.h>
#include <kernel/window.h>
#include <lib/string.h>
#include <machine/cpu.h>
#include <machine/memory.h>

struct process *process_argument(struct thread *self, uint32_t number, enum rtos_status *status)
{
	uint64_t value = self->registers.x[number];
	struct handle *handle = handle_at(&self->process->handles, value);

	if (value == 0)
		return self->process;
	if (handle_is(handle, RTOS_KIND_PROCESS, RTOS_RIGHT_MANAGE))
		return (struct process *)(void *)handle->object;
	*status = handle_wrong(handle, RTOS_KIND_PROCESS);
	return NULL;
}

/* The process, if the caller made it; NULL: `status` says why. A process's end is told to its
 * maker, and its memory goes back there, so a right to manage the process isn't enough. */
static struct process *made_argument(struct thread *self, enum rtos_status *status)
{
	struct process *process = process_argument(self, X_HANDLE, status);

	if (process == NULL || process->maker == self->process)
		return process;
	*status = RTOS_DENIED;
	return NULL;
}

/* ---- begin ---- */

void process_begin(struct process *process, struct process *maker, uint32_t handle_pages,
                   uint8_t priority_max)
{
	process->handles.pages_max = handle_pages;
	pool_begin(&process->pool, memory_reference(process));
	objects_begin(&process->objects);
	process->maker = maker;
	process->priority_max = priority_max;
	process->why[0] = ~0ULL;
}

bool process_make_place(struct process *process)
{
	struct handles *handles = &process->handles;
	uint32_t number;

	if (!handles_are_full(handles))
		return true;
	if (handles->count >= (uint64_t)handles->pages_max * RTOS_HANDLES_A_PAGE)
		return false;
	number = pool_take(&process->pool, 0);
	if (number == FRAME_NONE)
		return false;
	machine_zero(memory_at(number), PAGE_SIZE);
	memory.frames[number].kind = FRAME_HANDLES;
	memory.frames[number].owner = process->pool.owner;
	handles_grow(handles, memory_at(number));
	return true;
}

/* Pages that a process gets from its maker at first: for its first handles and its root table,
 * which are made when they are needed. */
#define PAGES_AT_FIRST 2

static bool begin_with_pages(struct process *process)
{
	struct pool *pool = &process->pool;

	while (pool->free < PAGES_AT_FIRST)
		if (pool_move(pool, &process->maker->pool, PAGES_AT_FIRST - pool->free) == 0)
			return false;
	return space_begin(&process->space);
}

/* Takes a process back to which no handle leads yet. */
static void process_give_up(struct process *process)
{
	process->state = RTOS_PROCESS_KILLED;
	while (process_reap_step(process, NULL) != END_DONE)
		;
}

int process_call_create(struct thread *self)
{
	uint64_t *x = self->registers.x;
	struct process *maker = self->process;
	struct handle *handle = handle_at(&maker->handles, x[X_HANDLE]);
	struct process *made;

	if (!handle_is(handle, RTOS_KIND_MACHINE, RTOS_RIGHT_USE))
		return (int)handle_wrong(handle, RTOS_KIND_MACHINE);
	if (x[0] == 0 || x[0] > RTOS_HANDLE_PAGES_MAX ||
	    (x[1] & ~RTOS_PROCESS(0, RTOS_PROCESS_STRICT)) > maker->priority_max)
		return RTOS_BAD_ARGUMENT;
	if (!process_make_place(maker))
		return RTOS_NO_HANDLE;
	made = object_new(&maker->pool, &maker->objects, RTOS_KIND_PROCESS, OBJECT_LARGE);
	if (made == NULL)
		return RTOS_NO_MEMORY;
	process_begin(made, maker, (uint32_t)x[0], (uint8_t)x[1]);
	made->strict = (x[1] & RTOS_PROCESS(0, RTOS_PROCESS_STRICT)) != 0;
	if (!begin_with_pages(made)) {
		process_give_up(made);
		return RTOS_NO_MEMORY;
	}
	made->name[0] = x[2];
	made->name[1] = x[3];
	trace_made(made);
	x[0] = handle_make(&maker->handles, 0, &made->object, RTOS_RIGHTS_ALL, 0)->number;
	return RTOS_OK;
}

int process_call_pages(struct thread *self)
{
	uint64_t *x = self->registers.x;
	enum rtos_status status = RTOS_OK;
	struct process *process = process_argument(self, X_HANDLE, &status);

	if (process == NULL)
		return (int)status;
	if (process == self->process)
		return RTOS_BAD_ARGUMENT;
	if (process->maker != self->process)
		return RTOS_DENIED;
	if (x[0] > self->process->pool.free)
		return RTOS_NO_MEMORY;
	while (x[0] > 0) {
		uint64_t moved = pool_move(&process->pool, &self->process->pool, x[0]);

		if (moved == 0)
			return RTOS_NO_MEMORY;
		x[0] -= moved;
		if (machine_must_leave(true))
			return thread_repeat(self);
	}
	return RTOS_OK;
}

/* ---- end ---- */

void process_end(struct process *process, enum rtos_process_state state, const uint64_t why[4])
{
	if (process->state != RTOS_PROCESS_ALIVE)
		return;
	process->state = (uint8_t)state;
	memcpy(process->why, why, sizeof(process->why));
	trace_ended(process);
	for (uint32_t i = 0; i < cpu_count; i++)
		if (cpus[i].current != NULL && cpus[i].current->process == process)
			sched_choose_on(&cpus[i]);
	source_fire(&process->watch);
	if (process == process_first)
		first_end();
}

bool process_evict_cpus(const struct process *process)
{
	bool used = false;

	for (uint32_t i = 0; i < cpu_count; i++) {
		if (cpus[i].used != process)
			continue;
		sched_choose_on(&cpus[i]);
		used = true;
	}
	return used;
}

/* Does one step for the first of the process's threads. False: there is none. */
static bool reap_thread(struct process *process)
{
	struct thread *thread = process->threads;

	if (thread == NULL)
		return false;
	if (thread->lent && window_withdraw_step(thread))
		return true;
	if (thread->object.handles != NULL) {
		handle_close_one(&thread->object, NULL);
		return true;
	}
	if (thread->state != THREAD_ENDED)
		thread_stop(thread);
	else if (!lock_abandon_one(thread))
		thread_free(thread);
	return true;
}

static bool reap_call(struct process *process)
{
	if (process->parked == NULL)
		return false;
	port_deliver_again(process->parked);
	return true;
}

static bool reap_mapping(struct process *process)
{
	if (process->mappings == NULL)
		return false;
	mapping_forget(process->mappings);
	return true;
}

/* Closes the next handle; at the end gives back the pages of the table. */
static bool reap_handle(struct process *process)
{
	struct handles *handles = &process->handles;
	struct handle *handle;

	if (process->reaped < handles->count) {
		handle = handle_at(handles, process->reaped++);
		if (handle->object != NULL)
			handle_close(handles, handle);
		return true;
	}
	if (handles->count == 0)
		return false;
	handles->count -= RTOS_HANDLES_A_PAGE;
	process->reaped = handles->count;
	pool_put(&process->pool, memory_frame(handles->page[handles->count / RTOS_HANDLES_A_PAGE]),
	         0);
	return true;
}

static bool reap_page(struct process *process)
{
	return pool_move(&process->maker->pool, &process->pool, 1u << BLOCK_ORDER) != 0;
}

/* Does one step of taking what a reset takes, too. False: nothing of that is left. */
static bool empty_step(struct process *process)
{
	return reap_thread(process) || reap_call(process) || reap_mapping(process);
}

/* Does one step of taking everything from the process, which is `reaped` or lies in its quota. A
 * process in its own quota ends, and is reaped first. False: nothing is left. */
static bool reap_all(struct process *process, struct process *reaped)
{
	static const uint64_t nobody[4] = {~0ULL};
	struct object *object;

	if (empty_step(process) || reap_handle(process))
		return true;
	object = object_any(&process->objects);
	if (object == NULL)
		return space_end_step(&process->space, &process->pool) || reap_page(process);
	if (object->kind == RTOS_KIND_PROCESS) {
		reaped->inner = (struct process *)(void *)object;
		process_end(reaped->inner, RTOS_PROCESS_KILLED, nobody);
	} else {
		object_end_step(object, NULL);
	}
	return true;
}

/* Processes lie in each other's quotas to any depth. `inner` is the innermost process; its maker
 * comes after it. */
enum end_step process_reap_step(struct process *reaped, const struct handle *last)
{
	struct process *process = reaped->inner != NULL ? reaped->inner : reaped;

	if (!process->reaping && process_evict_cpus(process))
		return END_LATER;
	if (!process->reaping)
		trace_gone(process);
	process->reaping = true;
	if (reap_all(process, reaped))
		return END_MORE;
	if (process->object.handles != NULL) {
		handle_close_one(&process->object, last);
		return END_MORE;
	}
	reaped->inner = process->maker;
	source_clear(&process->watch);
	object_free(&process->maker->pool, &process->maker->objects, process);
	return process == reaped ? END_DONE : END_MORE;
}

bool process_empty_step(struct process *process)
{
	return empty_step(process) || space_empty_step(&process->space, &process->pool);
}

void process_revive(struct process *process)
{
	process->state = RTOS_PROCESS_ALIVE;
	process->why[0] = ~0ULL;
	process->blame_all = false;
	process->threads_made = 0;
	trace_process(RTOS_EVENT_RESET, process, 0, 0);
}

/* ---- calls ---- */

/* A process can't watch itself: it could take its watcher's place. */
int process_call_watch(struct thread *self)
{
	enum rtos_status status = RTOS_OK;
	struct process *process = made_argument(self, &status);
	struct notification *notification = NULL;

	if (self->registers.x[X_HANDLE] == 0)
		return RTOS_BAD_HANDLE;
	if (process == NULL)
		return (int)status;
	if (self->registers.x[0] != 0) {
		status = notification_argument(self, 0, &notification);
		if (status != RTOS_OK)
			return (int)status;
	}
	source_clear(&process->watch);
	if (notification == NULL)
		return RTOS_OK;
	source_set(&process->watch, notification, self->registers.x[1]);
	if (process->state != RTOS_PROCESS_ALIVE)
		source_fire(&process->watch);
	return RTOS_OK;
}

int process_call_state(struct thread *self)
{
	uint64_t *x = self->registers.x;
	enum rtos_status status = RTOS_OK;
	const struct process *process = process_argument(self, X_HANDLE, &status);

	if (process == NULL)
		return (int)status;
	x[0] = process->state;
	for (uint32_t i = 0; i < 4; i++)
		x[1 + i] = process->why[i];
	x[5] = process->pool.free;
	x[6] = process->pool.pages;
	x[7] = process->handles.used;
	return RTOS_OK;
}

int process_call_kill(struct thread *self)
{
	static const uint64_t nobody[4] = {~0ULL};
	enum rtos_status status = RTOS_OK;
	struct process *process = process_argument(self, X_HANDLE, &status);

	if (process == NULL)
		return (int)status;
	if (process->state != RTOS_PROCESS_ALIVE)
		return RTOS_OK;
	process->blame_all = self->registers.x[0] != 0;
	thread_set_status(self, RTOS_OK);
	process_end(process, RTOS_PROCESS_KILLED, nobody);
	return RTOS_OK;
}

int process_call_reap(struct thread *self)
{
	const struct handle *handle =
	    handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	enum rtos_status status = RTOS_OK;
	struct process *process = made_argument(self, &status);
	enum end_step step;

	if (process == NULL)
		return (int)status;
	if (process->state == RTOS_PROCESS_ALIVE)
		return RTOS_BUSY;
	/* The last handle goes when everything else is gone: a repeated call needs it to find the
	 * process. */
	while ((step = process_reap_step(process, handle)) != END_DONE)
		if (step == END_LATER || (handle->object != NULL && machine_must_leave(true)))
			return thread_repeat(self);
	return RTOS_OK;
}

/* The time that the process's threads ran. At most one of them runs on each CPU now. */
static uint64_t time_of(const struct process *process)
{
	uint64_t time = process->time;

	for (const struct thread *at = process->threads; at != NULL; at = at->next_of_process)
		time += at->time;
	for (uint32_t i = 0; i < cpu_count; i++)
		if (cpus[i].current != NULL && cpus[i].current->process == process)
			time += machine_time() - cpus[i].since;
	return time;
}

int process_call_time(struct thread *self)
{
	enum rtos_status status = RTOS_OK;
	const struct process *process = process_argument(self, X_HANDLE, &status);

	if (process == NULL)
		return (int)status;
	self->registers.x[0] = time_of(process);
	self->registers.x[1] = process->threads_made;
	return RTOS_OK;
}

/* The process stays ended until the last step, so nobody puts anything into it meanwhile. */
int process_call_reset(struct thread *self)
{
	enum rtos_status status = RTOS_OK;
	struct process *process = made_argument(self, &status);

	if (process == NULL)
		return (int)status;
	if (process->state == RTOS_PROCESS_ALIVE)
		return RTOS_BUSY;
	if (process->reaping)
		return RTOS_GONE;
	if (process_evict_cpus(process))
		return thread_repeat(self);
	while (process_empty_step(process))
		if (machine_must_leave(true))
			return thread_repeat(self);
	process_revive(process);
	return RTOS_OK;
}

int process_call_exit(struct thread *self)
{
	const uint64_t why[4] = {self->number, self->registers.x[0]};

	process_end(self->process, RTOS_PROCESS_EXITED, why);
	return CALL_LATER;
}
