/*
 * Who runs: on each CPU the ready thread of the highest priority, of equal ones the one that has
 * been ready longest. And each CPU's deadlines, by its one-shot timer.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/thread.h>

#define SCHED_WORDS (RTOS_PRIORITIES / 64)

struct cpu {
	/* This CPU's alone; the assembler knows the places of the first two. */
	void *stack;            /* its top, empty whenever a program runs */
	struct thread *current; /* NULL: nobody */
	uint64_t since;         /* when it began to run; what was before counts already */
	uint32_t index;
	uint32_t bit; /* 1 << index */
	bool choose;  /* somebody else may have to run */

	/* Everybody's, under the lock. */
	struct process *used; /* whose address space is in TTBR0; NULL: none */
	struct thread *fp;    /* whose values the FP registers have; NULL: nobody's */
	bool fp_is_open;      /* programs may touch them */
	bool online;
	uint32_t ready_words; /* a bit for each word that has any */
	uint64_t ready_bits[SCHED_WORDS];
	struct thread *ready[RTOS_PRIORITIES]; /* the first of a ring */
	struct heap waits;                     /* threads with deadlines */
	struct heap timers;
	uint64_t programmed; /* what the CPU's timer was set to; HEAP's nothing: ~0 */
	uint32_t done;       /* interrupts to deactivate for others: struct interrupt.next_done */
	struct interrupt *dones;
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

/* Its CPU has to choose again: that CPU is told, if it is another one. */
void sched_choose_on(struct cpu *cpu);

/* The highest priority that is ready; -1: nobody is. */
static inline int sched_top(const struct cpu *cpu)
{
	uint32_t word;

	if (cpu->ready_words == 0)
		return -1;
	word = 31 - (uint32_t)__builtin_clz(cpu->ready_words);
	return (int)(word * 64 + 63 - (uint32_t)__builtin_clzll(cpu->ready_bits[word]));
}

/* Who runs on this CPU now; NULL: nobody is ready, or, if cpu->choose is still set, that isn't
 * known yet, for an interrupt came meanwhile. */
struct thread *sched_choose(struct cpu *cpu);

/* What this thread ran until now. */
uint64_t sched_time(const struct thread *thread);

/* ---- deadlines ---- */

void sched_deadline(struct thread *thread, uint64_t deadline);
void sched_no_deadline(struct thread *thread);
/* Sets the CPU's timer to the first deadline. */
void sched_program(struct cpu *cpu);
/* The CPU's timer: what is due. A bounded number; the rest has the timer fire again. */
void sched_due(struct cpu *cpu);

#endif
