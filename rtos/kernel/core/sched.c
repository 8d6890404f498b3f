/* Ready queues and deadlines: see kernel/sched.h. */
#include <kernel/first.h>
#include <kernel/lend.h>
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
	cpu->looks.cpu = cpu;
}

void sched_choose_on(struct cpu *cpu)
{
	cpu->choose = true;
	if (cpu != machine_cpu())
		machine_kick(cpu->index);
}

/* Puts the thread at the end of this priority's ring, that is, before the ring's first thread. */
static void ring_add(struct cpu *cpu, struct thread *thread, uint32_t priority)
{
	struct thread *first = cpu->ready[priority];

	if (first == NULL) {
		thread->next = thread;
		thread->prev = thread;
		cpu->ready[priority] = thread;
		cpu->ready_bits[priority / WORD_BITS] |= 1ULL << priority % WORD_BITS;
		cpu->ready_words |= 1u << priority / WORD_BITS;
		return;
	}
	thread->next = first;
	thread->prev = first->prev;
	first->prev->next = thread;
	first->prev = thread;
}

static void ring_remove(struct cpu *cpu, struct thread *thread, uint32_t priority)
{
	if (thread->next == thread) {
		cpu->ready[priority] = NULL;
		cpu->ready_bits[priority / WORD_BITS] &= ~(1ULL << priority % WORD_BITS);
		if (cpu->ready_bits[priority / WORD_BITS] == 0)
			cpu->ready_words &= ~(1u << priority / WORD_BITS);
		return;
	}
	thread->next->prev = thread->prev;
	thread->prev->next = thread->next;
	if (cpu->ready[priority] == thread)
		cpu->ready[priority] = thread->next;
}

static void sched_enqueue(struct cpu *cpu, struct thread *thread)
{
	thread->state = THREAD_READY;
	ring_add(cpu, thread, thread->priority);
}

void sched_ready_first(struct thread *thread)
{
	sched_enqueue(thread->cpu, thread);
	thread->cpu->ready[thread->priority] = thread;
}

void sched_unready(struct thread *thread)
{
	ring_remove(thread->cpu, thread, thread->priority);
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

bool sched_bring_fp_home(struct thread *thread)
{
	struct cpu *cpu = thread->cpu;

	if (cpu->fp != thread)
		return true;
	if (cpu != machine_cpu())
		return false;
	machine_fp_save(&thread->fp);
	cpu->fp = NULL;
	return true;
}

static void switch_to(struct cpu *cpu, struct thread *next)
{
	sched_switch(cpu, cpu->current, next);
	if (sched_needs_fp(cpu, next))
		sched_exchange_fp(cpu, next);
}

/* The priority of the running thread; -1: none runs. Only a more urgent thread runs at once. */
static int running_priority(const struct cpu *cpu)
{
	const struct thread *current = cpu->current;

	return current != NULL && current->state == THREAD_RUNS ? current->priority : -1;
}

/* Gives the CPU to this thread, the most urgent of the CPU, without the ready queue. */
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
		sched_enqueue(cpu, thread);
		if (priority > running)
			sched_choose_on(cpu);
		return;
	}
	take_over(cpu, thread);
}

/* Has the CPU choose again if this priority is more urgent than the running thread. */
static void ask_to_choose(struct cpu *cpu, int priority)
{
	if (priority > running_priority(cpu))
		sched_choose_on(cpu);
}

void sched_ready_again(struct thread *thread, uint8_t priority)
{
	sched_unready(thread);
	thread->priority = priority;
	sched_enqueue(thread->cpu, thread);
	ask_to_choose(thread->cpu, priority);
}

void sched_add_lender(struct thread *thread, uint8_t at)
{
	thread->lends_at = at;
	ring_add(thread->cpu, thread, at);
	ask_to_choose(thread->cpu, at);
}

void sched_remove_lender(struct thread *thread)
{
	ring_remove(thread->cpu, thread, thread->lends_at);
}

void sched_leave_space(struct cpu *cpu)
{
	sched_charge(cpu, cpu->current);
	cpu->current = NULL;
	if (cpu->used != NULL) {
		cpu->used = NULL;
		machine_use_space(machine_no_space);
	}
}

/* Stops holding deadlines back. */
static void release_held(struct cpu *cpu)
{
	sched_unready(&cpu->looks);
	cpu->held = 0;
	sched_program(cpu);
}

/* Stops a thread whose process ended. True: the thread goes on. */
static bool keep_or_stop(struct thread *thread)
{
	if (thread->process->state == RTOS_PROCESS_ALIVE)
		return true;
	thread_stop(thread);
	return false;
}

#define INTERRUPTED (-2)

/* Deals with the first entry of the ready queue if it isn't to run. False: it is to run. */
static bool settle_first(struct cpu *cpu, struct thread *first)
{
	if (first->lends != 0)
		lend_step(first);
	else if (first == &cpu->looks)
		release_held(cpu);
	else
		return first_step(first) || !keep_or_stop(first);
	return true;
}

/* Lets interrupts in before a lending thread's step, as the way here may have been long itself.
 * This happens once; then the step is done. */
static bool pause_once(struct cpu *cpu)
{
	int top = sched_top(cpu);

	cpu->paused =
	    top >= 0 && cpu->ready[top]->lends != 0 && !cpu->paused && machine_must_leave(true);
	return cpu->paused;
}

/* The highest priority that is ready, or INTERRUPTED. First, entries of the queue that are above
 * the running thread and aren't to run are dealt with. */
static int next_top(struct cpu *cpu)
{
	int top;

	if (pause_once(cpu))
		return INTERRUPTED;
	while ((top = sched_top(cpu)) > running_priority(cpu) && settle_first(cpu, cpu->ready[top]))
		if (machine_must_leave(true))
			return INTERRUPTED;
	return top;
}

struct thread *sched_choose(struct cpu *cpu)
{
	struct thread *current = cpu->current;
	bool runs = current != NULL && keep_or_stop(current) && current->state == THREAD_RUNS;
	int top = next_top(cpu);

	cpu->choose = top == INTERRUPTED;
	if (runs && !cpu->choose && current->priority >= top)
		return current;
	if (runs)
		sched_ready_first(current);
	if (top < 0) {
		sched_leave_space(cpu);
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

/* The first deadline of a class; NEVER: the class has none. */
static inline uint64_t first_of(const struct deadlines *class)
{
	const struct heap_node *wait = class->waits.first, *timer = class->timers.first;
	uint64_t first = wait != NULL ? wait->key : NEVER;

	return timer != NULL && timer->key < first ? timer->key : first;
}

/* A bit for each class with deadlines that isn't held back. */
static inline uint32_t classes_now(const struct cpu *cpu)
{
	return cpu->classes >> cpu->held << cpu->held;
}

static inline uint64_t first_to_come(const struct cpu *cpu)
{
	uint64_t first = NEVER;

	for (uint32_t left = classes_now(cpu); left != 0; left &= left - 1) {
		uint64_t other = first_of(&cpu->deadlines[__builtin_ctz(left)]);

		first = other < first ? other : first;
	}
	return first;
}

void sched_program(struct cpu *cpu)
{
	uint64_t first = first_to_come(cpu);

	if (first == cpu->programmed)
		return;
	cpu->programmed = first;
	machine_set_timer(cpu->index, first);
}

/* Notes one more deadline of a class; class_lose() notes one fewer. */
static void class_gain(struct cpu *cpu, uint32_t class, uint64_t deadline)
{
	cpu->classes |= 1u << class;
	if (class < cpu->held || deadline >= cpu->programmed)
		return;
	cpu->programmed = deadline;
	machine_set_timer(cpu->index, deadline);
}

static inline void class_lose(struct cpu *cpu, uint32_t class)
{
	const struct deadlines *deadlines = &cpu->deadlines[class];

	if (deadlines->waits.first == NULL && deadlines->timers.first == NULL)
		cpu->classes &= ~(1u << class);
}

/* Ends the urging: the thread waits no more, or is lent no more than its own class. */
static void stop_urging(struct thread *thread)
{
	struct cpu *cpu = thread->cpu;
	uint32_t class = thread->urges;

	if (class == 0)
		return;
	thread->urges = 0;
	if (--cpu->urgings[class] == 0)
		cpu->urged &= ~(1u << class);
}

void sched_set_deadline(struct thread *thread, uint64_t deadline)
{
	struct cpu *cpu = thread->cpu;

	thread->timed = true;
	thread->urgency = sched_class(thread->own);
	heap_insert(&cpu->deadlines[thread->urgency].waits, &thread->deadline, deadline);
	class_gain(cpu, thread->urgency, deadline);
}

static inline void drop_deadline(struct cpu *cpu, uint32_t class, struct thread *thread)
{
	thread->timed = false;
	heap_remove(&cpu->deadlines[class].waits, &thread->deadline);
	class_lose(cpu, class);
	stop_urging(thread);
}

void sched_clear_deadline(struct thread *thread)
{
	drop_deadline(thread->cpu, thread->urgency, thread);
}

void sched_set_timer(struct cpu *cpu, struct timer *timer, uint64_t deadline)
{
	timer->cpu = cpu;
	heap_insert(&cpu->deadlines[timer->urgency].timers, &timer->node, deadline);
	class_gain(cpu, timer->urgency, deadline);
}

void sched_clear_timer(struct timer *timer)
{
	heap_remove(&timer->cpu->deadlines[timer->urgency].timers, &timer->node);
	class_lose(timer->cpu, timer->urgency);
	timer->cpu = NULL;
}

/* ---- deadlines that are held back ---- */

static bool waits_for_time(const struct thread *thread)
{
	return thread->timed || thread->state == THREAD_WAITS ||
	       (thread->state == THREAD_RECEIVES && thread->bound != NULL);
}

void sched_urge(struct thread *thread)
{
	struct cpu *cpu = thread->cpu;
	uint8_t class = sched_class(thread->priority);

	stop_urging(thread);
	if (class <= sched_class(thread->own) || !waits_for_time(thread))
		return;
	/* The end of the wait clears this deadline, and with it the urging. */
	if (!thread->timed)
		sched_set_deadline(thread, NEVER);
	thread->urges = class;
	cpu->urgings[class]++;
	cpu->urged |= 1u << class;
	if (cpu->held != 0 && class >= cpu->held)
		release_held(cpu);
}

/* Holds back all classes below the running thread's class, until a less urgent thread is to run. */
static void hold_back(struct cpu *cpu, uint8_t running)
{
	if (cpu->held != 0)
		sched_unready(&cpu->looks);
	cpu->held = sched_class(running);
	cpu->looks.priority = (uint8_t)((cpu->held << SCHED_CLASS_SHIFT) - 1);
	sched_enqueue(cpu, &cpu->looks);
}

/* Whether the class can wait: the running thread is more urgent, and no waiting thread is lent its
 * class or a higher one. */
static inline bool is_for_later(const struct cpu *cpu, uint32_t class)
{
	const struct thread *current = cpu->current;

	return current != NULL && class < sched_class(current->priority) &&
	       current->state == THREAD_RUNS && cpu->urged >> sched_class(current->priority) == 0;
}

/* The first deadline of a class that is due; NULL: none is. */
static inline struct heap_node *due_in(const struct deadlines *class, uint64_t now, bool *is_wait)
{
	struct heap_node *wait = class->waits.first, *timer = class->timers.first;

	*is_wait = wait != NULL && wait->key <= now;
	if (*is_wait)
		return wait;
	return timer != NULL && timer->key <= now ? timer : NULL;
}

/* Handles the first due deadline of a class, or holds it back; false: none is due. */
static inline bool handle_due_in(struct cpu *cpu, uint32_t class, uint64_t now)
{
	bool is_wait;
	struct heap_node *node = due_in(&cpu->deadlines[class], now, &is_wait);

	if (node == NULL)
		return false;
	if (is_for_later(cpu, class)) {
		hold_back(cpu, cpu->current->priority);
	} else if (is_wait) {
		struct thread *thread = container_of(node, struct thread, deadline);

		drop_deadline(cpu, class, thread);
		thread_time_out(thread);
	} else {
		timer_fire(cpu, container_of(node, struct timer, node));
	}
	return true;
}

void sched_handle_due(struct cpu *cpu)
{
	uint64_t now = machine_time();
	uint32_t left = classes_now(cpu);

	while (left != 0) {
		uint32_t class = 31 - (uint32_t)__builtin_clz(left);

		if (handle_due_in(cpu, class, now))
			break;
		left &= ~(1u << class);
	}
	cpu->programmed = first_to_come(cpu);
	machine_set_own_timer(cpu->programmed);
}
