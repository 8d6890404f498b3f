/*
 * Clients and servers on several CPUs that lend pages, send handles along and answer with them,
 * give regions to each other, in little time, while threads fault, processes are reaped step by
 * step and made anew, regions and windows are destroyed, and what is long is interrupted: after
 * each step everything has to fit together. Memory is enough for pages of 2 MiB. At last all of it
 * is there again.
 *
 * Shows: kernel.hostile, kernel.tlb, kernel.lent-pages.
 */
#include "world.h"

#include <kernel/sched.h>
#include <stdlib.h>
#include <unit.h>

#define PAGES       8192
#define CHILD_PAGES 1500
#define CPUS        3
#define CHILDREN    4 /* the first half of them serve */
#define THREADS     3
#define PORTS       2
#define PLACES      64 /* of a handle table that are looked at */

static struct process *children[CHILDREN];
static struct object *ports[PORTS];

static bool serves(const struct process *process)
{
	return process == children[0] || process == children[1];
}

/* ---- making the world ---- */

/* A call of this thread that doesn't wait, whoever runs; its status. */
static uint64_t call_as(struct thread *self, enum rtos_call number, uint64_t x0, uint64_t x1)
{
	struct registers kept = self->registers;
	uint64_t *x = self->registers.x, status;

	for (uint32_t i = 0; i < 14; i++)
		x[i] = 0;
	x[0] = x0;
	x[1] = x1;
	x[8] = number;
	call_handle(self);
	status = x[8];
	self->registers = kept;
	return status;
}

static uint32_t count_of(const struct process *process, uint32_t kind)
{
	uint32_t count = 0;

	for (uint32_t i = 1; i < PLACES; i++)
		count += handle_is(handle_at(&process->handles, i), kind, 0);
	return count;
}

/* What it has too few of; where it doesn't fit any more, there is one already. */
static void equip(struct process *process)
{
	static const uint64_t windows[][2] = {{0x10000, 30}, {0x400000, 1100}, {0x9fc000, 12}};
	static const uint64_t regions[] = {1, 7, 70, 600, 512};
	uint32_t preempt = fake.preempt;
	struct thread *thread = process->threads;

	if (thread == NULL)
		return;
	fake.preempt = 0;
	if (serves(process) && count_of(process, RTOS_KIND_WINDOW) < 3)
		for (uint32_t i = 0; i < 3; i++)
			call_as(thread, RTOS_WINDOW_CREATE, windows[i][0], windows[i][1]);
	for (uint32_t i = count_of(process, RTOS_KIND_REGION); i < (serves(process) ? 1 : 5); i++)
		call_as(thread, RTOS_REGION_CREATE, regions[i], 0);
	fake.preempt = preempt;
}

static void begin_threads(struct process *process)
{
	for (uint32_t i = 0; i < THREADS; i++) {
		struct thread *thread = thread_create(process, 0x400000, 0x500000, 0);

		if (thread != NULL)
			thread_begin(thread, &cpus[world_random(CPUS)],
			             (uint8_t)(1 + world_random(6)), 0);
	}
}

static void new_child(uint32_t index)
{
	struct process *first = process_first;
	struct process *made =
	    object_new(&first->pool, &first->objects, RTOS_KIND_PROCESS, OBJECT_LARGE);

	process_begin(made, first, 3, 7);
	while (made->pool.pages < CHILD_PAGES &&
	       pool_move(&made->pool, &first->pool, CHILD_PAGES - made->pool.pages) != 0)
		;
	assert_true(space_begin(&made->space) && process_make_place(made));
	for (uint32_t i = 0; i < PORTS; i++)
		handle_make(&made->handles, 0, ports[i], RTOS_RIGHTS_ALL & ~RTOS_RIGHT_MANAGE, 0);
	begin_threads(made);
	children[index] = made;
	equip(made);
	/* Its table is nearly full, and grows. */
	while (made->handles.used < RTOS_HANDLES_A_PAGE - 6 && world_random(200) != 0)
		handle_make(&made->handles, 0, world_machine, RTOS_RIGHT_USE, 0);
}

/* The first process has the ports. */
static void begin(void)
{
	for (uint32_t i = 0; i < PORTS; i++) {
		struct thread *main = process_first->threads;

		assert_int_equal(call_as(main, RTOS_PORT_CREATE, 0, 0), RTOS_OK);
	}
	for (uint32_t i = 0, found = 0; found < PORTS; i++) {
		const struct handle *handle = handle_at(&process_first->handles, i);

		if (handle_is(handle, RTOS_KIND_PORT, 0))
			ports[found++] = handle->object;
	}
	for (uint32_t i = 0; i < CHILDREN; i++)
		new_child(i);
}

/* ---- reaping, with a look between its steps ---- */

static void everybody_interrupted(void)
{
	for (uint32_t i = 0; i < cpu_count; i++)
		world_interrupts(&cpus[i]);
}

static void reap(uint32_t index)
{
	const uint64_t nobody[4] = {~0ULL};

	fake.cpu = &cpus[0];
	process_end(children[index], RTOS_PROCESS_KILLED, nobody);
	while (process_evict_cpus(children[index])) {
		everybody_interrupted();
		fake.cpu = &cpus[0];
	}
	while (process_reap_step(children[index], NULL) != END_DONE)
		world_check();
	everybody_interrupted();
}

/* Its handles and objects stay, and new threads begin in it. */
static void reset(uint32_t index)
{
	struct process *process = children[index];
	struct thread *main = process_first->threads;
	const uint64_t nobody[4] = {~0ULL};
	struct handle *handle;
	uint64_t status = RTOS_BUSY;

	fake.cpu = &cpus[0];
	handle = handle_make(&process_first->handles, 0, &process->object, RTOS_RIGHTS_ALL, 0);
	process_end(process, RTOS_PROCESS_KILLED, nobody);
	while (status != RTOS_OK) {
		struct registers kept = main->registers;

		main->registers.x[8] = RTOS_PROCESS_RESET;
		main->registers.x[9] = handle->number;
		call_handle(main);
		if (main->registers.pc == kept.pc)
			status = main->registers.x[8];
		main->registers = kept;
		world_check();
		everybody_interrupted();
		fake.cpu = &cpus[0];
	}
	handle_close(&process_first->handles, handle);
	begin_threads(process);
	equip(process);
}

/* ---- calls ---- */

/* One of this kind; 0: it has none. */
static uint64_t handle_on(const struct thread *self, uint32_t kind)
{
	uint32_t first = world_random(PLACES);

	for (uint32_t i = 0; i < PLACES; i++) {
		const struct handle *handle =
		    handle_at(&self->process->handles, (first + i) % PLACES);

		if (handle_is(handle, kind, 0))
			return handle->number;
	}
	return 0;
}

static uint64_t deadline(void)
{
	return world_random(3) == 0 ? fake.now + 1 + world_random(60) : 0;
}

static uint64_t pages(void)
{
	static const uint64_t some[] = {1, 1, 2, 7, 30, 70, 512, 600};

	return some[world_random(8)];
}

static uint64_t along(const struct thread *self, uint64_t number)
{
	const uint64_t answer = (uint64_t)world_random(2) * RTOS_ANSWER_HANDLE |
	                        (uint64_t)world_random(2) * RTOS_ANSWER_REGION;

	if (number != RTOS_CALL && world_random(3) == 0)
		return RTOS_PAYLOAD_GIVE(handle_on(self, RTOS_KIND_REGION));
	switch (world_random(number == RTOS_CALL ? 4 : 2)) {
	case 0:
		return number == RTOS_CALL ? answer : 0;
	case 1:
		return RTOS_PAYLOAD_HANDLE(handle_on(self, RTOS_KIND_REGION)) |
		       (number == RTOS_CALL ? answer : 0);
	default:
		return RTOS_PAYLOAD_LEND(handle_on(self, RTOS_KIND_REGION),
		                         world_random(3) == 0 ? world_random(5) : 0, pages());
	}
}

static uint64_t taken(const struct thread *self)
{
	if (world_random(8) == 0)
		return 0;
	return RTOS_ACCEPT_HANDLE | RTOS_ACCEPT_REGION |
	       RTOS_ACCEPT_PAGES(handle_on(self, RTOS_KIND_WINDOW));
}

static enum rtos_call number(const struct thread *self)
{
	static const enum rtos_call server[] = {RTOS_RECEIVE,    RTOS_RECEIVE,    RTOS_RECEIVE,
	                                        RTOS_REPLY_WAIT, RTOS_REPLY_WAIT, RTOS_REPLY_WAIT,
	                                        RTOS_REPLY,      RTOS_AGAIN};
	static const enum rtos_call client[] = {RTOS_CALL, RTOS_CALL, RTOS_CALL, RTOS_CALL,
	                                        RTOS_CALL, RTOS_SEND, RTOS_MAP,  RTOS_UNMAP};

	if (world_random(60) == 0)
		return world_random(2) == 0 ? RTOS_DESTROY : RTOS_HANDLE_CLOSE;
	return serves(self->process) ? server[world_random(8)] : client[world_random(8)];
}

/* x12 and x13 stay what was received. */
static void make_up(struct thread *self)
{
	uint64_t *x = self->registers.x;

	x[8] = number(self);
	x[9] = handle_on(self, RTOS_KIND_PORT);
	x[10] = deadline();
	x[11] = 0;
	for (uint32_t i = 0; i < 8; i++)
		x[i] = world_random(3);
	switch (x[8]) {
	case RTOS_CALL:
	case RTOS_SEND:
	case RTOS_REPLY:
		x[11] = along(self, x[8]);
		break;
	case RTOS_RECEIVE:
	case RTOS_REPLY_WAIT:
		x[11] = taken(self);
		break;
	case RTOS_MAP:
		x[0] = 0x10000 + 0x200000 * world_random(3);
		x[1] = 0;
		x[2] = pages();
		x[3] = RTOS_RIGHT_READ;
		x[4] = 0;
		x[9] = handle_on(self, RTOS_KIND_REGION);
		break;
	case RTOS_UNMAP:
		x[0] = 0x10000 + 0x200000 * world_random(3);
		x[4] = 0;
		break;
	default:
		x[9] = handle_on(self, world_random(2) == 0 ? RTOS_KIND_WINDOW : RTOS_KIND_REGION);
		break;
	}
}

/* As test_random_calls.c has it: a call that was interrupted is done again as it is, mostly. */
static void step(struct cpu *cpu)
{
	struct thread *self = cpu->current;
	uint64_t pc = self->registers.pc;

	if (self->process == process_first) {
		self->registers.x[8] = RTOS_WAIT;
		self->registers.x[9] = 0;
		self->registers.x[10] = fake.now + 100000;
	} else if (self->tpidr != pc || world_random(10) == 0) {
		make_up(self);
	}
	self->tpidr = pc;
	world_svc(cpu);
}

static void disturb(void)
{
	uint32_t index = world_random(CHILDREN);

	switch (world_random(4)) {
	case 0:
		reap(index);
		new_child(index);
		break;
	case 1:
		reset(index);
		break;
	case 2:
		equip(children[index]);
		break;
	default:
		break;
	}
}

static void run_seed(uint64_t seed, uint32_t steps)
{
	world_seed(seed);
	world_begin(PAGES, CPUS, 7);
	begin();
	fake.preempt = 1 + world_random(6);
	fake.wanted = world_random(2) == 0;
	for (uint32_t i = 0; i < steps; i++) {
		struct cpu *cpu = &cpus[world_random(CPUS)];

		fake.now += world_random(2);
		if (world_random(150) == 0)
			disturb();
		else if (cpu->current == NULL || cpu->choose || fake.each[cpu->index].kicks != 0 ||
		         world_random(4) == 0)
			world_interrupts(cpu);
		else
			step(cpu);
		world_check();
	}
	for (uint32_t i = 0; i < CHILDREN; i++)
		reap(i);
	world_check();
	world_end();
}

TEST(test_seeds)
{
	const char *count = getenv("RTOS_SEEDS");
	const uint64_t seeds = count != NULL ? strtoull(count, NULL, 10) : 3;

	for (uint64_t seed = 1; seed <= seeds; seed++)
		run_seed(seed, 2000);
}
