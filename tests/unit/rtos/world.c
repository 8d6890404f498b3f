/* See world.h. */
#include "world.h"

#include <kernel/interrupt.h>
#include <kernel/trace.h>
#include <stdlib.h>
#include <string.h>

struct object *world_machine;
static uint64_t world_state;

void world_seed(uint64_t seed)
{
	world_state = seed * 2862933555777941757ULL + 3037000493ULL;
}

uint32_t world_random(uint32_t limit)
{
	world_state = world_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)((world_state >> 33) % limit);
}

/* No process owns the first pages. One has the first process and the machine's object, the others
 * are zeros, as in the kernel's image on the target. */
struct thread *world_begin(uint32_t pages, uint32_t count, uint8_t priority)
{
	struct thread *thread;

	fake_begin(pages, count);
	memset(memory.at, 0, PAGE_SIZE);
	process_first = (struct process *)(void *)memory.at;
	process_first->object.kind = RTOS_KIND_PROCESS;
	world_machine = (struct object *)(void *)(memory.at + OBJECT_LARGE);
	world_machine->kind = RTOS_KIND_MACHINE;
	process_begin(process_first, NULL, RTOS_HANDLE_PAGES_MAX, RTOS_PRIORITIES - 1);
	space_make_zeros(memory_at(WORLD_ZEROS), memory_at(WORLD_ZEROS + 1));
	pool_add(&process_first->pool, 3, pages - 3);
	if (!process_make_place(process_first) || !space_begin(&process_first->space))
		abort();
	handle_make(&process_first->handles, RTOS_HANDLE_PROCESS, &process_first->object,
	            RTOS_RIGHTS_ALL, 0);
	handle_make(&process_first->handles, RTOS_HANDLE_MACHINE, world_machine, RTOS_RIGHTS_ALL,
	            0);
	thread = thread_create(process_first, 0x400000, 0x500000, 0);
	handle_make(&process_first->handles, RTOS_HANDLE_THREAD, &thread->object, RTOS_RIGHTS_ALL,
	            0);
	thread_begin(thread, &cpus[0], priority, 0);
	return thread;
}

/* The first process gets all memory back, and the ASIDs, too. */
void world_end(void)
{
	while (space_end_step(&process_first->space, &process_first->pool))
		fake.each[0].ttbr = 0;
	fake_end();
}

static void leave(struct cpu *cpu)
{
	/* A choice that was interrupted goes on. */
	while (cpu->choose)
		sched_choose(cpu);
}

void world_svc(struct cpu *cpu)
{
	struct thread *self = cpu->current;

	fake.cpu = cpu;
	self->registers.pc += 4;
	if (trace_is_on()) {
		trace_svc(self);
		call_handle(self);
	} else if (!cpu->choose && call_go_short(cpu, self)) {
		if (sched_needs_fp(cpu, cpu->current))
			sched_exchange_fp(cpu, cpu->current);
	} else {
		call_handle(self);
	}
	leave(cpu);
	if (trace_is_on() && cpu->current != self)
		trace_goes_on(cpu->current);
}

void world_interrupts(struct cpu *cpu)
{
	struct fake_cpu *own = &fake.each[cpu->index];

	fake.cpu = cpu;
	if (own->kicks > 0) {
		own->kicks = 0;
		interrupt_deactivate_done(cpu);
	}
	if (own->deadline <= fake.now)
		sched_handle_due(cpu);
	leave(cpu);
}

void world_ask(enum rtos_call number, uint64_t handle, uint64_t x0, uint64_t x1, uint64_t x2,
               uint64_t x3, uint64_t x4)
{
	uint64_t *x = cpus[0].current->registers.x;

	memset(x, 0, 14 * sizeof(*x));
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
	x[4] = x4;
	x[8] = number;
	x[9] = handle;
}

uint64_t world_call(enum rtos_call number, uint64_t handle, uint64_t x0, uint64_t x1, uint64_t x2,
                    uint64_t x3, uint64_t x4)
{
	struct thread *self = cpus[0].current;
	uint64_t pc = self->registers.pc;

	world_ask(number, handle, x0, x1, x2, x3, x4);
	/* A call that is interrupted is made again. */
	do
		world_svc(&cpus[0]);
	while (cpus[0].current == self && self->registers.pc == pc);
	return self->registers.x[8];
}
