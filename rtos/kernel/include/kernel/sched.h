/*
 * Who runs: on each CPU the ready thread of the highest priority, of equal ones the one that has
 * been ready longest. And each CPU's deadlines, by its one-shot timer and by urgency
 * (docs/rtos/processes.md).
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/thread.h>

#define SCHED_WORDS (RTOS_PRIORITIES / WORD_BITS)

/* Deadlines are told apart by so many classes of urgency, which the timer's interrupt looks at one
 * by one. */
#define SCHED_CLASSES     16
#define SCHED_CLASS_SHIFT 4
_Static_assert(SCHED_CLASSES << SCHED_CLASS_SHIFT == RTOS_PRIORITIES, "each has its class");

static inline uint8_t sched_class(uint8_t priority)
{
	return priority >> SCHED_CLASS_SHIFT;
}

struct cpu {
	/* This CPU's alone; the assembler knows the places of the first two. */
	void *stack;            /* its top, empty whenever a program runs */
	struct thread *current; /* NULL: nobody */
	uint64_t since;         /* when it began to run; what was before counts already */
	uint32_t index;
	uint32_t bit; /* 1 << index */
	bool choose;  /* somebody else may have to run */
	bool paused;  /* interrupts were taken before a step of who lends: it is next */

	/* Everybody's, under the lock. */
	struct process *used; /* whose address space is in TTBR0; NULL: none */
	struct thread *fp;    /* whose values the FP registers have; NULL: nobody's */
	bool fp_is_open;      /* programs may touch them */
	bool online;
	uint32_t ready_words; /* a bit for each word that has any */
	uint64_t ready_bits[SCHED_WORDS];
	struct thread *ready[RTOS_PRIORITIES]; /* the first of a ring */
	struct deadlines {
		struct heap waits; /* threads with deadlines */
		struct heap timers;
	} deadlines[SCHED_CLASSES];
	uint32_t classes;    /* a bit for each class that has any */
	uint32_t held;       /* those below this class are held back; then `looks` is ready */
	uint64_t programmed; /* what the CPU's timer was set to; HEAP's nothing: ~0 */
	uint32_t urged;      /* a bit for each class that has any of */
	uint16_t urgings[SCHED_CLASSES]; /* threads that wait, timed, and are lent this class */
	uint32_t done; /* interrupts to deactivate for others: struct interrupt.next_done */
	struct interrupt *dones;
	/* No thread: ready when deadlines are held back, above all who are less urgent than that.
	 * When its turn comes, nothing is held back any more. */
	struct thread looks;
};

extern struct cpu cpus[RTOS_CPUS_MAX];
extern uint32_t cpu_count;

void sched_begin(struct cpu *cpu, uint32_t index);

/*
 * Behind, or (who was interrupted) before the others of its priority. The first one has it run at
 * once, if it is more urgent than everybody else on this CPU: then it is the current one already.
 */
void sched_ready(struct thread *thread);
void sched_ready_first(struct thread *thread);
void sched_unready(struct thread *thread);

/* One that is ready gets another priority. It doesn't run at once: its CPU chooses again. */
void sched_ready_again(struct thread *thread, uint8_t priority);

/* One that isn't ready stands in the ready queue at this priority, for lend_step(); or no more. */
void sched_add_lender(struct thread *thread, uint8_t at);
void sched_remove_lender(struct thread *thread);

/* Its CPU has to choose again: that CPU is told, if it is another one. */
void sched_choose_on(struct cpu *cpu);

/* The highest priority that is ready; -1: nobody is. */
static inline int sched_top(const struct cpu *cpu)
{
	uint32_t word;

	if (cpu->ready_words == 0)
		return -1;
	word = 31 - (uint32_t)__builtin_clz(cpu->ready_words);
	return (int)(word * WORD_BITS + (WORD_BITS - 1) -
	             (uint32_t)__builtin_clzll(cpu->ready_bits[word]));
}

/* Who runs on this CPU now; NULL: nobody is ready, or, if cpu->choose is still set, that isn't
 * known yet, for an interrupt came meanwhile. */
struct thread *sched_choose(struct cpu *cpu);

/* What this thread ran until now. */
uint64_t sched_time(const struct thread *thread);

/* The FP registers of a thread that doesn't run are in its object now. False: another CPU's have
 * them still. */
bool sched_bring_fp_home(struct thread *thread);

/* ---- deadlines ---- */

void sched_set_deadline(struct thread *thread, uint64_t deadline);
void sched_clear_deadline(struct thread *thread);

struct timer;
/* `timer->urgency` is its class. */
void sched_set_timer(struct cpu *cpu, struct timer *timer, uint64_t deadline);
void sched_clear_timer(struct timer *timer);

/* Sets the CPU's timer to the first deadline that isn't held back. */
void sched_program(struct cpu *cpu);

/* The CPU's timer: the most urgent of what is due, or, if that is less urgent than who runs, it is
 * held back. For others the timer fires again. */
void sched_handle_due(struct cpu *cpu);

/* If it waits for its deadline, or for a notification, which a timer may signal: while it is lent
 * more urgency than these have, they aren't held back by who is between the two. It is called when
 * it begins to wait and when its priority changes. */
void sched_urge(struct thread *thread);

#endif
