/* Ready queues and deadlines: see kernel/sched.h. */
#include <kernel/switch.h>
#include <kernel/timer.h>
#include <machine/cpu.h>

struct cpu cpus[RTOS_CPUS_MAX];
uint32_t cpu_count;

#define NEVER (~0ULL)

void sched_begin(struct cpu *cpu, uint32_t index)
{
	cpu->index = index;
	cpu->bit = 1u << index;
	cpu->programmed = NEVER;
}

void sched_choose_on(struct cpu *cpu)
{
	cpu->choose = true;
	if (cpu != machine_cpu())
		machine_kick(cpu->index);
}

/* Into the ring of its priority, before its first one: so it is the last one. */
static void enqueue(struct cpu *cpu, struct thread *thread)
{
	uint32_t priority = thread->priority;
	struct thread *first = cpu->ready[priority];

	thread->state = THREAD_READY;
	if (first == NULL) {
		thread->next = thread;
		thread->prev = thread;
		cpu->ready[priority] = thread;
		cpu->ready_bits[priority / 64] |= 1ULL << priority % 64;
		cpu->ready_words |= 1u << priority / 64;
		return;
	}
	thread->next = first;
	thread->prev = first->prev;
	first->prev->next = thread;
	first->prev = thread;
}

void sched_ready_first(struct thread *thread)
{
	enqueue(thread->cpu, thread);
	thread->cpu->ready[thread->priority] = thread;
}

void sched_unready(struct thread *thread)
{
	struct cpu *cpu = thread->cpu;
	uint32_t priority = thread->priority;

	if (thread->next == thread) {
		cpu->ready[priority] = NULL;
		cpu->ready_bits[priority / 64] &= ~(1ULL << priority % 64);
		if (cpu->ready_bits[priority / 64] == 0)
			cpu->ready_words &= ~(1u << priority / 64);
		return;
	}
	thread->next->prev = thread->prev;
	thread->prev->next = thread->next;
	if (cpu->ready[priority] == thread)
		cpu->ready[priority] = thread->next;
}

void sched_exchange_fp(struct cpu *cpu, struct thread *next)
{
	bool has_fp = (next->flags & RTOS_THREAD_FP) != 0;

	if (has_fp != cpu->fp_is_open) {
		machine_fp_open(has_fp);
		cpu->fp_is_open = has_fp;
	}
	if (!has_fp || cpu->fp == next)
		return;
	if (cpu->fp != NULL)
		machine_fp_save(&cpu->fp->fp);
	machine_fp_load(&next->fp);
	cpu->fp = next;
}

static void switch_to(struct cpu *cpu, struct thread *next)
{
	sched_switch(cpu, cpu->current, next);
	if (sched_needs_fp(cpu, next))
		sched_exchange_fp(cpu, next);
}

/* What is to be beaten on this CPU by who wants to run at once: -1: nothing. */
static int running_priority(const struct cpu *cpu)
{
	const struct thread *current = cpu->current;

	return current != NULL && current->state == THREAD_RUNS ? current->priority : -1;
}

/* The most urgent one here takes the CPU without having been in any queue. */
static void take_over(struct cpu *cpu, struct thread *thread)
{
	struct thread *current = cpu->current;

	if (current != NULL && current->state == THREAD_RUNS)
		sched_ready_first(current);
	cpu->choose = false;
	switch_to(cpu, thread);
}

void sched_ready(struct thread *thread)
{
	struct cpu *cpu = thread->cpu;
	int priority = thread->priority, running = running_priority(cpu);

	if (priority <= running || priority <= sched_top(cpu) || cpu != machine_cpu() ||
	    thread->process->state != RTOS_PROCESS_ALIVE) {
		enqueue(cpu, thread);
		if (priority > running)
			sched_choose_on(cpu);
		return;
	}
	take_over(cpu, thread);
}

/* Nobody's address space: who ends can be reaped. */
static void leave_space(struct cpu *cpu)
{
	sched_charge(cpu, cpu->current);
	cpu->current = NULL;
	if (cpu->used != NULL) {
		cpu->used = NULL;
		machine_space(machine_no_space);
	}
}

/* False: its process ended, and so does it now. */
static bool stays(struct thread *thread)
{
	if (LIKELY(thread->process->state == RTOS_PROCESS_ALIVE))
		return true;
	thread_stop(thread);
	return false;
}

#define INTERRUPTED (-2)

/* The highest priority that is ready, once those are gone whose process ended; or INTERRUPTED. */
static int next_top(struct cpu *cpu)
{
	int top;

	while ((top = sched_top(cpu)) >= 0 && !stays(cpu->ready[top]))
		if (machine_interrupt_pending())
			return INTERRUPTED;
	return top;
}

struct thread *sched_choose(struct cpu *cpu)
{
	struct thread *current = cpu->current;
	bool runs = current != NULL && stays(current) && current->state == THREAD_RUNS;
	int top = next_top(cpu);

	cpu->choose = top == INTERRUPTED;
	if (runs && !cpu->choose && (int)current->priority >= top)
		return current;
	if (runs)
		sched_ready_first(current);
	if (top < 0) {
		leave_space(cpu);
		return NULL;
	}
	current = cpu->ready[top];
	sched_unready(current);
	switch_to(cpu, current);
	return current;
}

uint64_t sched_time(const struct thread *thread)
{
	uint64_t runs = 0;

	if (thread->cpu->current == thread)
		runs = machine_time() - thread->cpu->since;
	return thread->time + runs;
}

/* ---- deadlines ---- */

void sched_program(struct cpu *cpu)
{
	uint64_t first = NEVER;

	if (cpu->waits.first != NULL)
		first = cpu->waits.first->key;
	if (cpu->timers.first != NULL && cpu->timers.first->key < first)
		first = cpu->timers.first->key;
	if (first == cpu->programmed)
		return;
	cpu->programmed = first;
	machine_timer(cpu->index, first);
}

void sched_deadline(struct thread *thread, uint64_t deadline)
{
	thread->timed = true;
	heap_insert(&thread->cpu->waits, &thread->deadline, deadline);
	sched_program(thread->cpu);
}

void sched_no_deadline(struct thread *thread)
{
	thread->timed = false;
	heap_remove(&thread->cpu->waits, &thread->deadline);
}

/* How many deadlines one interrupt handles. */
#define DUE_AT_ONCE 4

void sched_due(struct cpu *cpu)
{
	uint64_t now = machine_time();

	for (uint32_t i = 0; i < DUE_AT_ONCE; i++) {
		if (cpu->waits.first != NULL && cpu->waits.first->key <= now)
			thread_time_out(container_of(cpu->waits.first, struct thread, deadline));
		else if (cpu->timers.first != NULL && cpu->timers.first->key <= now)
			timer_fire(cpu, container_of(cpu->timers.first, struct timer, node));
		else
			break;
		if (machine_interrupt_pending())
			break;
	}
	cpu->programmed = 0;
	sched_program(cpu);
}
