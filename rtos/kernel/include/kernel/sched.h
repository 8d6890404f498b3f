/*
 * Scheduling. On each CPU the most urgent ready thread runs; of equally urgent ones, the thread
 * that has been ready longest. Each CPU also has its deadlines, by urgency, and a one-shot timer
 * for them (docs/inside/rtos-kernel.md).
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/thread.h>

#define SCHED_WORDS (RTOS_PRIORITIES / WORD_BITS)

/* Classes of urgency, into which deadlines are divided. The timer's interrupt looks at one class
 * after the other. */
#define SCHED_CLASSES     16
#define SCHED_CLASS_SHIFT 4
_Static_assert(SCHED_CLASSES << SCHED_CLASS_SHIFT == RTOS_PRIORITIES, "each has its class");

static inline uint8_t sched_class(uint8_t priority)
{
	return priority >> SCHED_CLASS_SHIFT;
}

struct cpu {
	/* This CPU's alone. The assembler knows the places of `stack` and `index`. */
	void *stack;            /* the stack's top; the stack is empty whenever a program runs */
	struct thread *current; /* NULL: nobody */
	uint64_t since;         /* when `current` began to run; the time before is charged
	                         * already */
	uint32_t index;
	uint32_t bit; /* 1 << index */
	bool choose;  /* another thread may have to run */
	bool paused;  /* interrupts came in before a lending thread's step: the step is next */

	/* Any CPU may touch these, under the lock. */
	struct process *used; /* the process whose address space is in TTBR0; NULL: none */
	struct thread *fp;    /* the thread whose values the FP registers have; NULL: none */
	bool fp_is_open;      /* programs may touch them */
	bool online;
	uint32_t ready_words; /* a bit for each word of ready_bits that isn't 0 */
	uint64_t ready_bits[SCHED_WORDS];
	struct thread *ready[RTOS_PRIORITIES]; /* the first thread of each ring */
	struct deadlines {
		struct heap waits; /* threads with deadlines */
		struct heap timers;
	} deadlines[SCHED_CLASSES];
	uint32_t classes;    /* a bit for each class that has deadlines */
	uint32_t held;       /* the classes below this one are held back; not 0: `looks` is ready */
	uint64_t programmed; /* what the CPU's timer was set to; ~0: nothing */
	uint32_t urged;      /* a bit for each class that is counted in `urgings` */
	uint16_t urgings[SCHED_CLASSES]; /* threads that wait for time and are lent this class */
	uint32_t done;                   /* not used */
	struct interrupt *dones;
	/* No real thread. It is ready while deadlines are held back, at the priority right below
	 * `held`. When its turn comes, nothing is held back any more. */
	struct thread looks;
};

extern struct cpu cpus[RTOS_CPUS_MAX];
extern uint32_t cpu_count;

void sched_begin(struct cpu *cpu, uint32_t index);

/*
 * Makes a thread ready: sched_ready() behind the threads of its priority, sched_ready_first()
 * before them, for a thread that was interrupted. With sched_ready(), the most urgent thread of
 * this CPU runs at once: it is cpu->current then.
 */
void sched_ready(struct thread *thread);
void sched_ready_first(struct thread *thread);
void sched_unready(struct thread *thread);

/* Gives a ready thread another priority. It doesn't run at once: its CPU chooses again. */
void sched_ready_again(struct thread *thread, uint8_t priority);

/* Puts a thread that isn't ready into the ready queue at this priority, for lend_step() or
 * first_step(). sched_remove_lender() takes it out. */
void sched_add_lender(struct thread *thread, uint8_t at);
void sched_remove_lender(struct thread *thread);

/* Has the CPU choose again. An interrupt tells another CPU. */
void sched_choose_on(struct cpu *cpu);

/* The highest priority in the ready queue; -1: the queue is empty. */
static inline int sched_top(const struct cpu *cpu)
{
	uint32_t word;

	if (cpu->ready_words == 0)
		return -1;
	word = 31 - (uint32_t)__builtin_clz(cpu->ready_words);
	return (int)(word * WORD_BITS + (WORD_BITS - 1) -
	             (uint32_t)__builtin_clzll(cpu->ready_bits[word]));
}

/* Chooses the thread that runs on this CPU now. NULL: none is ready; or, if cpu->choose is still
 * set, an interrupt came before the choice was made. */
struct thread *sched_choose(struct cpu *cpu);

/* The CPU leaves its address space, so that the process, if it ended, can be emptied or reaped. */
void sched_leave_space(struct cpu *cpu);

/* How long this thread has run until now. */
uint64_t sched_time(const struct thread *thread);

/* Brings the FP registers of a thread that doesn't run into its object. False: another CPU's
 * registers still have them. */
bool sched_bring_fp_home(struct thread *thread);

/* ---- deadlines ---- */

void sched_set_deadline(struct thread *thread, uint64_t deadline);
void sched_clear_deadline(struct thread *thread);

struct timer;
/* Sets a timer of the class `timer->urgency`. */
void sched_set_timer(struct cpu *cpu, struct timer *timer, uint64_t deadline);
void sched_clear_timer(struct timer *timer);

/* Sets the CPU's timer to the first deadline that isn't held back. */
void sched_program(struct cpu *cpu);

/* The CPU's timer fired. Handles the most urgent deadline that is due. If the running thread is
 * more urgent, deadlines are held back instead. The timer fires again for the others. */
void sched_handle_due(struct cpu *cpu);

/* Called when a thread begins to wait and when its priority changes. The thread may wait for its
 * deadline, or for a notification, which a timer may signal. While the thread is lent a higher
 * class than its own, threads between the two classes don't hold these deadlines back. */
void sched_urge(struct thread *thread);

#endif
