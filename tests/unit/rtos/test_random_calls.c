/*
 * Threads of several processes on several CPUs that make random calls with random, often sensible
 * arguments, end, fault and are killed, while time passes and long calls are interrupted: after
 * each step everything has to fit together (world_check()). At last everything but the first
 * process is killed and reaped, and all memory is there again.
 *
 * Shows: kernel.hostile.
 */
#include "world.h"

#include <kernel/window.h>
#include <stdlib.h>
#include <unit.h>

#define PAGES 600
#define CPUS  3

static uint64_t handle_of(const struct thread *self)
{
	const struct handles *handles = &self->process->handles;

	/* Mostly one that is in use, mostly a low one. */
	for (uint32_t i = 0; i < 6; i++) {
		uint32_t number = world_random(world_random(4) == 0 ? 130 : 24);
		const struct handle *handle = handle_at(handles, number);

		if (handle != NULL && handle->object != NULL)
			return number;
	}
	return world_random(200);
}

/* One of this kind, if the first ones that are looked at have any. */
static uint64_t handle_on(const struct thread *self, uint32_t kind)
{
	uint32_t first = world_random(40);

	for (uint32_t i = 0; i < 40; i++) {
		const struct handle *handle = handle_at(&self->process->handles, (first + i) % 40);

		if (handle != NULL && handle->object != NULL && handle->object->kind == kind)
			return handle->number;
	}
	return handle_of(self);
}

static uint64_t deadline(void)
{
	switch (world_random(4)) {
	case 0:
		return 1;
	case 1:
		return fake.now + world_random(40);
	default:
		return 0;
	}
}

static const enum rtos_call usual[] = {
    RTOS_CALL,          RTOS_CALL,          RTOS_CALL,           RTOS_REPLY_WAIT,
    RTOS_REPLY_WAIT,    RTOS_RECEIVE,       RTOS_RECEIVE,        RTOS_REPLY,
    RTOS_SEND,          RTOS_SIGNAL,        RTOS_WAIT,           RTOS_YIELD,
    RTOS_HANDLE_GIVE,   RTOS_HANDLE_GIVE,   RTOS_PORT_CREATE,    RTOS_NOTIFICATION_CREATE,
    RTOS_TIMER_SET,     RTOS_THREAD_CREATE, RTOS_THREAD_BIND,    RTOS_THREAD_SET,
    RTOS_PROCESS_RESET, RTOS_PROCESS_RESET, RTOS_PROCESS_CREATE, RTOS_LOCK_CREATE,
    RTOS_LOCK,          RTOS_LOCK,          RTOS_LOCK,           RTOS_UNLOCK,
    RTOS_WINDOW_CREATE, RTOS_REGION_CREATE, RTOS_PROCESS_PAGES,  RTOS_TRACE,
    RTOS_AGAIN,         RTOS_PORT_EPOCH,    RTOS_PORT_BAR,       RTOS_BLAMED,
    RTOS_SHOW,          RTOS_SHOW,          RTOS_HIDE,           RTOS_RESUME,
};

static uint64_t number(void)
{
	return world_random(3) != 0 ? usual[world_random(sizeof(usual) / sizeof(usual[0]))]
	                            : world_random(64);
}

/* What goes along, what is taken, or both, as the registers have it. */
static uint64_t payload(const struct thread *self)
{
	uint64_t takes = (uint64_t)world_random(16) << 60 | handle_on(self, RTOS_KIND_WINDOW);

	switch (world_random(8)) {
	case 0:
		return 0;
	case 6:
	case 7:
		return RTOS_ANSWER_PAGES(handle_on(self, RTOS_KIND_WINDOW));
	case 1:
		return takes;
	case 2:
		return world_random(50) == 0 ? 1 : RTOS_ACCEPT_HANDLE;
	case 3:
		return RTOS_ACCEPT_PAGES(handle_on(self, RTOS_KIND_WINDOW));
	case 4:
		return RTOS_PAYLOAD_LEND(handle_on(self, RTOS_KIND_REGION), world_random(3),
		                         1 + world_random(world_random(4) == 0 ? 80 : 10));
	default:
		return RTOS_PAYLOAD_HANDLE_AS(handle_of(self), RTOS_RIGHTS_ALL & ~world_random(4),
		                              world_random(3)) |
		       (world_random(2) == 0 ? RTOS_ANSWER_HANDLE : 0);
	}
}

/* Of several classes. */
static uint64_t urgency(void)
{
	return world_random(40);
}

static uint64_t small(void)
{
	return world_random(6);
}

/* ---- what fits the call often enough ---- */

static void fit_memory(struct thread *self)
{
	uint64_t *x = self->registers.x;

	switch (x[8]) {
	case RTOS_PROCESS_PAGES:
		x[0] = world_random(20);
		x[9] = handle_on(self, RTOS_KIND_PROCESS);
		break;
	case RTOS_MAP:
		x[0] = 0x10000 + 0x1000 * world_random(30);
		x[1] = world_random(3);
		x[2] = 1 + world_random(3);
		x[3] = RTOS_RIGHT_READ << world_random(2) | RTOS_RIGHT_READ;
		x[3] |= world_random(3) == 0 ? RTOS_MAP_UNCACHED : 0;
		x[4] = world_random(2) == 0 ? 0 : handle_on(self, RTOS_KIND_PROCESS);
		x[9] = handle_on(self, RTOS_KIND_REGION);
		break;
	case RTOS_UNMAP:
		x[0] = 0x10000 + 0x1000 * world_random(30);
		x[4] = 0;
		break;
	case RTOS_REGION_CREATE:
		x[0] = world_random(world_random(4) == 0 ? 90 : 12);
		x[1] = world_random(10) == 0;
		x[4] = 0;
		x[9] = world_random(5) == 0 ? x[9] : 0;
		break;
	case RTOS_WINDOW_CREATE:
		x[0] = world_random(2) == 0 ? 0x10000 + 0x1000 * world_random(30)
		                            : 0x1ff000 + 0x1000 * world_random(2);
		x[1] = 1 + world_random(world_random(2) == 0 ? 8 : 100);
		x[2] = world_random(2) * 0x400000;
		x[9] = world_random(5) == 0 ? x[9] : 0;
		break;
	case RTOS_SHOW:
		for (uint32_t i = 0; i < RTOS_WORDS; i++)
			x[i] = world_random(4) == 0 ? RTOS_SHOW_ZEROS : world_random(6) << 16;
		x[9] = handle_on(self, RTOS_KIND_REGION);
		x[10] = RTOS_SHOW_AT(world_random(5), 1 + world_random(4));
		break;
	case RTOS_HIDE:
		x[0] = world_random(4) == 0 ? RTOS_HIDE_ALL : world_random(4);
		x[1] = world_random(6);
		x[9] = handle_on(self, RTOS_KIND_REGION);
		break;
	default:
		break;
	}
}

static void fit_process(struct thread *self)
{
	uint64_t *x = self->registers.x;

	switch (x[8]) {
	case RTOS_PROCESS_WATCH:
	case RTOS_PROCESS_KILL:
	case RTOS_PROCESS_REAP:
		x[0] = x[8] == RTOS_PROCESS_WATCH ? handle_on(self, RTOS_KIND_NOTIFICATION)
		                                  : world_random(2);
		x[9] = handle_on(self, RTOS_KIND_PROCESS);
		break;
	case RTOS_PROCESS_RESET:
		/* A process that isn't killed can't be reset. */
		x[8] = world_random(2) == 0 ? RTOS_PROCESS_KILL : RTOS_PROCESS_RESET;
		x[9] = handle_on(self, RTOS_KIND_PROCESS);
		break;
	case RTOS_THREAD_CREATE:
		x[0] = 0x400000;
		x[3] = RTOS_THREAD(urgency(), world_random(CPUS), world_random(2));
		x[9] = world_random(2) == 0 ? 0 : handle_on(self, RTOS_KIND_PROCESS);
		break;
	case RTOS_THREAD_SET:
		x[0] = RTOS_THREAD(urgency(), world_random(CPUS), 0);
		x[9] = world_random(4) == 0 ? x[9] : handle_on(self, RTOS_KIND_THREAD);
		break;
	case RTOS_PROCESS_CREATE:
		x[0] = 1 + world_random(2);
		x[1] = urgency();
		x[9] = RTOS_HANDLE_MACHINE;
		break;
	default:
		break;
	}
}

static void fit_object(struct thread *self)
{
	uint64_t *x = self->registers.x;

	switch (x[8]) {
	case RTOS_HANDLE_GIVE:
		x[0] = handle_of(self);
		x[1] = world_random(1024) | RTOS_RIGHT_GIVE | RTOS_RIGHT_CALL | RTOS_RIGHT_RECEIVE;
		x[2] = 0;
		x[3] = world_random(8) == 0 ? world_random(30) : 0;
		x[9] = world_random(3) == 0 ? 0 : handle_on(self, RTOS_KIND_PROCESS);
		break;
	case RTOS_CALL:
	case RTOS_REPLY_WAIT:
	case RTOS_RECEIVE:
	case RTOS_SEND:
		x[9] = handle_on(self, RTOS_KIND_PORT);
		break;
	case RTOS_PORT_BAR:
		x[2] = fake.now + world_random(100);
		x[9] = handle_on(self, RTOS_KIND_PORT);
		break;
	case RTOS_PORT_EPOCH:
	case RTOS_BLAMED:
		x[0] = x[8] == RTOS_BLAMED ? handle_on(self, RTOS_KIND_PROCESS) : 1;
		x[9] = handle_on(self, RTOS_KIND_PORT);
		break;
	case RTOS_SIGNAL:
	case RTOS_WAIT:
		x[9] = handle_on(self, RTOS_KIND_NOTIFICATION);
		break;
	case RTOS_LOCK:
	case RTOS_UNLOCK:
		x[9] = handle_on(self, RTOS_KIND_LOCK);
		break;
	case RTOS_TIMER_SET:
		x[0] = world_random(2) * (15 + world_random(100));
		break;
	default:
		break;
	}
}

/* Calls about the machine and its trace. */
static void fit_machine(struct thread *self)
{
	uint64_t *x = self->registers.x;

	switch (x[8]) {
	case RTOS_INTERRUPT_CREATE:
		x[0] = 30 + world_random(20);
		x[1] = handle_of(self);
		x[3] = 0;
		x[4] = world_random(CPUS);
		x[9] = RTOS_HANDLE_MACHINE;
		break;
	case RTOS_POWER:
		x[9] = 0;
		break;
	case RTOS_TRACE:
		x[0] = handle_on(self, RTOS_KIND_REGION);
		x[1] = world_random(8) != 0 ? RTOS_TRACE_BEGIN : RTOS_TRACE_END;
		x[9] = RTOS_HANDLE_MACHINE;
		break;
	case RTOS_TRACE_STATE:
	case RTOS_TRACE_NAME:
		x[0] = world_random(20);
		x[1] = handle_on(self, RTOS_KIND_REGION);
		x[9] = RTOS_HANDLE_MACHINE;
		break;
	default:
		break;
	}
}

/* x12 and x13 stay what was received. */
static void make_up(struct thread *self)
{
	uint64_t *x = self->registers.x;

	x[8] = self->serving != NULL && world_random(3) == 0 ? (uint64_t)RTOS_SHOW : number();
	x[9] = handle_of(self);
	x[10] = deadline();
	x[11] = payload(self);
	for (uint32_t i = 0; i < 8; i++)
		x[i] = small();
	fit_memory(self);
	fit_process(self);
	fit_object(self);
	fit_machine(self);
}

/* The thread that the test began with never ends, nor is moved, so that somebody can reap. */
static bool is_harmless(const struct thread *self)
{
	const uint64_t *x = self->registers.x;
	const struct handle *handle = handle_at(&self->process->handles, x[9]);
	const uint64_t call = x[8];

	if (self->process != process_first)
		return true;
	if (call == RTOS_EXIT || call == RTOS_THREAD_END || (call == RTOS_RESUME && x[0] != 0))
		return false;
	return call != RTOS_PROCESS_KILL ||
	       (x[9] != 0 && handle != NULL && handle->object != &process_first->object);
}

/* Whether the window that was made last has a handler, and nothing at its beginning. */
static bool finds_no_page(const struct thread *self)
{
	const struct mapping *mapping = self->process->mappings;

	return mapping != NULL && mapping->window != NULL && mapping->window->handler != 0 &&
	       !space_has(&self->process->space, mapping->address) && self->process->faults == NULL;
}

/* A call that was interrupted is done again with the registers that it has: TPIDR_EL0, which the
 * kernel doesn't look at, has the program counter for which they were made up. Now and then another
 * one is done instead: its program's code was exchanged. */
static void step(struct cpu *cpu)
{
	struct thread *self = cpu->current;
	uint64_t pc = self->registers.pc;

	if (self->process != process_first && world_random(300) == 0) {
		fake.cpu = cpu;
		call_handle_fault(self, 0x92000007, 0x10000 + 0x1000 * world_random(40));
		while (cpu->choose)
			sched_choose(cpu);
		return;
	}
	if (world_random(10) == 0 && finds_no_page(self)) {
		fake.cpu = cpu;
		call_handle_fault(self, 0x92000007, self->process->mappings->address);
		return;
	}
	if (self->tpidr != pc || world_random(20) == 0)
		make_up(self);
	if (!is_harmless(self))
		return;
	self->tpidr = pc;
	world_svc(cpu);
}

static void everybody_interrupted(void)
{
	for (uint32_t i = 0; i < cpu_count; i++)
		world_interrupts(&cpus[i]);
}

static void end_process(struct process *process, const struct thread *main)
{
	static const uint64_t nobody[4] = {~0ULL};
	enum end_step step;

	process_end(process, RTOS_PROCESS_KILLED, nobody);
	while ((step = process_reap_step(process, NULL)) != END_DONE) {
		if (step == END_LATER)
			everybody_interrupted();
		fake.cpu = main->cpu;
	}
}

/* Everything that the first process's quota has but itself. */
static void end_all(struct thread *main)
{
	struct object *object;

	fake.preempt = 0;
	fake.cpu = main->cpu;
	for (uint32_t rounds = 0; rounds < 100000; rounds++) {
		object = object_any(&process_first->objects);
		if (object == NULL)
			break;
		if (object->kind == RTOS_KIND_THREAD) {
			struct thread *thread = (struct thread *)(void *)object;

			while (object->handles != NULL)
				handle_close_one(object, NULL);
			if (thread->state != THREAD_ENDED)
				thread_stop(thread);
			thread_free(thread);
		} else if (object->kind == RTOS_KIND_PROCESS) {
			end_process((struct process *)(void *)object, main);
		} else {
			object_end_step(object, NULL);
		}
	}
	assert_null(object_any(&process_first->objects));
	for (uint32_t i = 0; i < cpu_count; i++) {
		fake.cpu = &cpus[i];
		sched_choose(&cpus[i]);
		assert_null(cpus[i].current);
	}
}

static void run_seed(uint64_t seed, uint32_t steps)
{
	struct thread *main = world_begin(PAGES, CPUS, 20);

	world_seed(seed);
	fake.preempt = 1 + world_random(5);
	for (uint32_t i = 0; i < steps; i++) {
		struct cpu *cpu = &cpus[world_random(CPUS)];

		fake.now += world_random(3);
		if (cpu->current == NULL || cpu->choose || fake.each[cpu->index].kicks != 0 ||
		    world_random(4) == 0)
			world_interrupts(cpu);
		else
			step(cpu);
		world_check();
	}
	end_all(main);
	world_check();
	world_end();
}

TEST(test_seeds)
{
	const char *count = getenv("RTOS_SEEDS");
	const uint64_t seeds = count != NULL ? strtoull(count, NULL, 10) : 30;

	for (uint64_t seed = 1; seed <= seeds; seed++)
		run_seed(seed, 3000);
}
