/* Threads: see kernel/thread.h. */
#include <kernel/fault.h>
#include <kernel/lend.h>
#include <kernel/lock.h>
#include <kernel/port.h>
#include <kernel/switch.h>
#include <kernel/trace.h>
#include <lib/string.h>
#include <machine/cpu.h>

struct thread *thread_create(struct process *process, uint64_t entry, uint64_t sp,
                             uint64_t argument)
{
	struct thread *thread =
	    object_new(&process->pool, &process->objects, RTOS_KIND_THREAD, OBJECT_LARGE);

	if (thread == NULL)
		return NULL;
	thread->registers.pc = entry;
	thread->registers.sp = sp;
	thread->registers.x[0] = argument;
	thread->process = process;
	thread->number = process->threads_made++;
	thread->next_of_process = process->threads;
	process->threads = thread;
	process->thread_count++;
	thread->state = THREAD_ENDED;
	return thread;
}

void thread_begin(struct thread *thread, struct cpu *cpu, uint8_t priority, uint8_t flags)
{
	thread->cpu = cpu;
	thread->own = priority;
	thread->base = priority;
	thread->priority = priority;
	thread->flags = flags;
	trace_thread(RTOS_EVENT_THREAD, thread, priority, 0);
	sched_ready(thread);
}

/* ---- waiting, and its end ---- */

void thread_wait(struct thread *thread, enum thread_state state, uint64_t deadline)
{
	thread->state = (uint8_t)state;
	thread->cpu->choose = true;
	if (deadline != 0)
		sched_set_deadline(thread, deadline);
	if (thread->priority != thread->own)
		sched_urge(thread);
}

/* Only called for a thread that is known to call, so that other waits don't pay for it. */
static void trace_over(const struct thread *thread, enum rtos_status status)
{
	if (trace_is_on() && status != RTOS_OK)
		trace_thread(RTOS_EVENT_OVER, thread, status, thread->identity);
}

void thread_unwait(struct thread *thread, enum rtos_status status)
{
	enum thread_state state = thread->state;

	/* Priorities are lent on below, perhaps in a circle, so the thread must be out of its old
	 * place. */
	thread->state = THREAD_NOWHERE;
	switch (state) {
	case THREAD_READY:
		sched_unready(thread);
		break;
	case THREAD_CALLS:
		trace_over(thread, status);
		lend_end(thread);
		port_leave_queue(thread);
		break;
	case THREAD_TAKEN:
		trace_over(thread, status);
		lend_end(thread);
		port_detach(thread);
		break;
	case THREAD_RECEIVES:
		port_leave_receivers(thread);
		break;
	case THREAD_WAITS:
		if (thread->waiting != NULL)
			thread->waiting->waiter = NULL;
		break;
	case THREAD_LOCKS:
		lend_end(thread);
		lock_leave_queue(thread);
		break;
	default:
		break;
	}
	if (thread->timed)
		sched_clear_deadline(thread);
}

void thread_wake(struct thread *thread, enum rtos_status status)
{
	thread_unwait(thread, status);
	thread_set_status(thread, status);
	sched_ready(thread);
}

void thread_end_call(struct thread *thread, enum rtos_status status)
{
	if (!thread->lent) {
		thread_wake(thread, status);
		return;
	}
	thread_unwait(thread, status);
	thread->outcome = status & ((1 << THREAD_OUTCOME_BITS) - 1);
	thread_repeat(thread);
	sched_ready(thread);
}

void thread_time_out(struct thread *thread)
{
	thread_end_call(thread, RTOS_TIMED_OUT);
}

bool thread_is_to_blame(const struct thread *thread)
{
	const struct process *process = thread->process;

	if (process->state == RTOS_PROCESS_ALIVE)
		return false;
	return process->blame_all || process->why[0] == thread->number;
}

void thread_stop(struct thread *thread)
{
	struct thread *caller;
	uint8_t parked = THREAD_PARKED;

	thread_unwait(thread, RTOS_OK);
	caller = thread->serving;
	if (caller != NULL && thread_is_to_blame(thread)) {
		caller->blame++;
		parked = THREAD_PARKED_BLAMED;
	}
	port_park(thread);
	if (caller != NULL)
		caller->parked = parked;
	port_drop_servant(thread);
	if (thread->bound != NULL)
		thread->bound->bound = NULL;
	thread->bound = NULL;
	thread->state = THREAD_ENDED;
}

/* ---- calls ---- */

/* What RTOS_THREAD() holds. */
#define PLACED_PRIORITY(placed) ((placed)&0xff)
#define PLACED_CPU(placed)      ((placed) >> 8 & 0xff)
#define PLACED_FLAGS(placed)    ((placed) >> 16)

/* Whether the process may have a thread with this priority, on this CPU. */
static bool is_placed(const struct process *process, uint64_t placed)
{
	return PLACED_PRIORITY(placed) <= process->priority_max && PLACED_CPU(placed) < cpu_count;
}

int thread_call_create(struct thread *self)
{
	const uint64_t *x = self->registers.x;
	enum rtos_status status = RTOS_OK;
	struct process *process = process_argument(self, X_HANDLE, &status);
	struct thread *made;

	if (process == NULL)
		return (int)status;
	if (process->state != RTOS_PROCESS_ALIVE)
		return RTOS_GONE;
	if (!is_placed(process, x[3]) || PLACED_FLAGS(x[3]) > RTOS_THREAD_FP ||
	    x[0] % THREAD_INSTRUCTION != 0)
		return RTOS_BAD_ARGUMENT;
	if (process->thread_count == RTOS_THREADS_MAX)
		return RTOS_NO_ROOM;
	if (!process_make_place(self->process))
		return RTOS_NO_HANDLE;
	made = thread_create(process, x[0], x[1], x[2]);
	if (made == NULL)
		return RTOS_NO_MEMORY;
	made->tpidr = x[4];
	thread_begin(made, &cpus[PLACED_CPU(x[3])], (uint8_t)PLACED_PRIORITY(x[3]),
	             (uint8_t)PLACED_FLAGS(x[3]));
	self->registers.x[0] =
	    handle_make(&self->process->handles, 0, &made->object, RTOS_RIGHTS_ALL, 0)->number;
	return RTOS_OK;
}

/* Moves the thread to another CPU. The thread doesn't run: its own CPU would have to be asked. */
static void thread_move(struct thread *thread, struct cpu *cpu)
{
	bool ready = thread->state == THREAD_READY;

	if (thread->cpu->fp == thread) {
		machine_fp_save(&thread->fp);
		thread->cpu->fp = NULL;
	}
	if (ready)
		sched_unready(thread);
	lend_forget(thread);
	thread->cpu = cpu;
	if (ready)
		sched_ready(thread);
}

/* Sets the thread's CPU and own priority. Its deadline follows. */
static void thread_place(struct thread *thread, struct cpu *cpu, uint8_t priority)
{
	bool timed = thread->timed;

	if (timed)
		sched_clear_deadline(thread);
	if (cpu != thread->cpu)
		thread_move(thread, cpu);
	thread->own = priority;
	if (timed)
		sched_set_deadline(thread, thread->deadline.key);
	sched_urge(thread);
}

int thread_call_set(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	uint64_t placed = self->registers.x[0];
	struct thread *thread = self;
	struct cpu *cpu;

	if (self->registers.x[X_HANDLE] != 0) {
		if (!handle_is(handle, RTOS_KIND_THREAD, RTOS_RIGHT_MANAGE))
			return (int)handle_wrong(handle, RTOS_KIND_THREAD);
		thread = (struct thread *)(void *)handle->object;
	}
	if (!is_placed(thread->process, placed) || PLACED_FLAGS(placed) != 0)
		return RTOS_BAD_ARGUMENT;
	if (thread->state == THREAD_ENDED)
		return RTOS_GONE;
	cpu = &cpus[PLACED_CPU(placed)];
	/* A running thread can be moved by its CPU alone, and so can a thread whose FP registers
	 * another CPU has. */
	if (cpu != thread->cpu && thread->cpu != machine_cpu() &&
	    (thread->state == THREAD_RUNS || thread->cpu->fp == thread))
		return RTOS_BUSY;
	/* The CPU is set first, then the priority, as a more urgent thread may run at once. */
	thread_set_status(self, RTOS_OK);
	if (cpu != thread->cpu && thread == self) {
		sched_ready(self);
		self->cpu->choose = true;
	}
	thread_place(thread, cpu, (uint8_t)PLACED_PRIORITY(placed));
	lend_priority(thread);
	return CALL_LATER;
}

int thread_call_yield(struct thread *self)
{
	thread_set_status(self, RTOS_OK);
	sched_ready(self);
	self->cpu->choose = true;
	return CALL_LATER;
}

void thread_free(struct thread *thread)
{
	struct process *process = thread->process;
	struct thread **at = &process->threads;

	for (uint32_t i = 0; i < cpu_count; i++) {
		if (cpus[i].fp == thread)
			cpus[i].fp = NULL;
		if (cpus[i].current == thread) {
			sched_charge(&cpus[i], thread);
			cpus[i].current = NULL;
		}
	}
	fault_forget(thread);
	process->time += thread->time;
	while (*at != thread)
		at = &(*at)->next_of_process;
	*at = thread->next_of_process;
	process->thread_count--;
	object_free(&process->pool, &process->objects, thread);
}

int thread_call_end(struct thread *self)
{
	static const uint64_t nothing[4];

	if (self->process->thread_count == 1) {
		process_end(self->process, RTOS_PROCESS_EXITED, nothing);
		return CALL_LATER;
	}
	while (self->object.handles != NULL) {
		handle_close_one(&self->object, NULL);
		if (machine_must_leave(true))
			return thread_repeat(self);
	}
	while (lock_abandon_one(self))
		if (machine_must_leave(true))
			return thread_repeat(self);
	trace_thread(RTOS_EVENT_THREAD_END, self, 0, 0);
	thread_stop(self);
	self->cpu->choose = true;
	thread_free(self);
	return CALL_LATER;
}

int thread_call_time(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	const struct thread *thread = self;

	if (self->registers.x[X_HANDLE] != 0) {
		if (!handle_is(handle, RTOS_KIND_THREAD, RTOS_RIGHT_MANAGE))
			return (int)handle_wrong(handle, RTOS_KIND_THREAD);
		thread = (const struct thread *)(const void *)handle->object;
	}
	self->registers.x[0] = sched_time(thread);
	return RTOS_OK;
}

/* TPIDR_EL0 lies behind the registers. */
#define REGISTERS (sizeof(struct registers) / sizeof(uint64_t) + 1)
_Static_assert(offsetof(struct thread, tpidr) ==
                   offsetof(struct thread, registers) + sizeof(struct registers),
               "they are read as one");

_Static_assert(offsetof(struct fp_registers, fpsr) + sizeof(uint32_t) ==
                   RTOS_FP_REGISTERS * sizeof(uint64_t),
               "these, too");

static struct thread *thread_numbered(const struct process *process, uint64_t number)
{
	struct thread *thread = process->threads;

	while (thread != NULL && thread->number != number)
		thread = thread->next_of_process;
	return thread;
}

static void read_words(uint64_t x[RTOS_WORDS], const uint64_t *from, uint64_t first, uint64_t count)
{
	for (uint32_t i = 0; i < RTOS_WORDS; i++)
		x[i] = first + i < count ? from[first + i] : 0;
}

int thread_call_read(struct thread *self)
{
	uint64_t *x = self->registers.x;
	enum rtos_status status = RTOS_OK;
	struct process *process = process_argument(self, X_HANDLE, &status);
	uint64_t first = x[1];
	struct thread *thread;

	if (process == NULL)
		return (int)status;
	if (process->state == RTOS_PROCESS_ALIVE || process_evict_cpus(process))
		return RTOS_BUSY;
	thread = thread_numbered(process, x[0]);
	if (thread == NULL)
		return RTOS_GONE;
	if (first < RTOS_REGISTERS_FP) {
		read_words(x, (const uint64_t *)&thread->registers, first, REGISTERS);
		return RTOS_OK;
	}
	if ((thread->flags & RTOS_THREAD_FP) == 0 || !sched_bring_fp_home(thread))
		return RTOS_GONE;
	read_words(x, thread->fp.v, first - RTOS_REGISTERS_FP, RTOS_FP_REGISTERS);
	return RTOS_OK;
}
