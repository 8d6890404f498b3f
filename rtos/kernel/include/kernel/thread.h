/*
 * Threads, and the calls that they make: a call is the state of its caller's thread object, from
 * the svc until the caller goes on (docs/rtos/messages.md).
 */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include <kernel/heap.h>
#include <kernel/process.h>
#include <kumiki/rtos/call.h>

struct cpu;
struct lock;
struct port;
struct window;

/* The registers of a call beside its words (kumiki/rtos/call.h). */
enum thread_register {
	X_NUMBER = 8,
	X_STATUS = 8, /* when it goes on */
	X_HANDLE = 9,
	X_BADGE = 9, /* of a received message, as X_DELIVERIES is */
	X_DEADLINE = 10,
	X_DELIVERIES = 10,
	X_PAYLOAD = 11,
	X_IDENTITY = 12, /* both name the call that is answered */
	X_CALLER = 13,
};

struct registers {
	uint64_t x[31];
	uint64_t sp, pc, pstate;
};

struct fp_registers {
	uint64_t v[64];
	uint32_t fpcr, fpsr;
};

enum thread_state {
	THREAD_RUNS,     /* its CPU's current one */
	THREAD_READY,    /* in its CPU's ready queue */
	THREAD_CALLS,    /* its call or send waits in the port's queue */
	THREAD_TAKEN,    /* its call was taken */
	THREAD_RECEIVES, /* in the port's list of receivers */
	THREAD_WAITS,    /* for a notification, or for its deadline alone */
	THREAD_LOCKS,    /* for a lock, in its queue */
	THREAD_NOWHERE,  /* between two of these, inside of the kernel */
	THREAD_ENDED,    /* its process ended, or it did */
};

#define THREAD_OUTCOME_BITS 5

struct thread {
	struct object object;
	struct registers registers; /* of EL0, while it isn't running */
	uint64_t tpidr;             /* TPIDR_EL0 */
	uint64_t time;              /* that it ran until its last switch */
	struct process *process;
	struct cpu *cpu;            /* where it runs */
	struct thread *next, *prev; /* in a ready queue (also one that lends), a port's receivers, a
	                             * process's parked calls */
	struct thread *next_of_process;
	uint32_t number;  /* in its process */
	uint8_t base;     /* its own priority, with what its locks lend it */
	uint8_t priority; /* with what calls lend it, too */
	uint8_t flags;    /* RTOS_THREAD_… */
	bool timed : 1;   /* `deadline` is in its CPU's heap */
	bool lent : 1;    /* what its call lends is in `window`, or will be; the call may be over */
	bool filling : 1; /* a window, for the call that it serves: it hasn't been told of it yet */
	/* Not RTOS_OK: the status of its call, which is over but for the lent pages. */
	uint8_t outcome : THREAD_OUTCOME_BITS;

	/* The call that it makes. What stands together here is written together. */
	uint32_t deliveries;
	uint8_t state; /* enum thread_state */
	uint8_t blame; /* how many processes ended serving it */
	bool sends;    /* what waits is a send: no answer comes */
	bool parked;   /* in its taker's list of parked calls */
	uint32_t badge;
	struct port *port; /* where it called, or receives; gone if what is there is younger */
	uint64_t identity; /* 0: there is no call */
	union {
		struct thread *server; /* THREAD_TAKEN, not parked: the thread that serves it */
		struct process *taker; /* THREAD_TAKEN, parked: the process that took it */
		struct notification
		    *waiting;      /* THREAD_WAITS: for this one; NULL: for its deadline alone */
		struct lock *lock; /* THREAD_LOCKS: for this one */
	};
	union {
		struct heap_node
		    queued; /* THREAD_CALLS: in the port's queue; THREAD_LOCKS: in the lock's */
		struct window *window; /* lent: where the pages are, or will be */
	};

	/* The call that it serves: the last one that it took, until answered or parked. */
	struct thread *serving;
	struct port *from; /* the port whose servant it is */

	struct notification *bound; /* ends its receiving */
	struct heap locks;          /* those that it owns, by who waits for them */
	struct heap_node deadline;
	struct fp_registers fp __attribute__((aligned(16)));
	uint8_t own;     /* its priority without what its locks lend it */
	uint8_t urgency; /* timed: the class that its deadline is in */
	uint8_t urges;   /* the class that it is counted in, sched_urge(); 0: in none */
	/* Its priority is to change, and then those of so many with it (kernel/lend.h): meanwhile
	 * it is in its CPU's ready queue, at lends_at. 0: it isn't. */
	uint8_t lends;
	uint8_t lends_at;
};
_Static_assert(sizeof(struct thread) <= OBJECT_LARGE, "it is cut from a page of four");

_Static_assert(RTOS_NOT_BUILT < 1 << THREAD_OUTCOME_BITS, "any status is an outcome");

#define THREAD_INSTRUCTION 4 /* bytes, of the svc as of any other */

/*
 * Queues by priority: the more urgent a thread, the smaller its key. Of equal ones the smaller
 * order is first.
 */
#define THREAD_ORDER_BITS   56
#define THREAD_ORDER_MASK   ((1ULL << THREAD_ORDER_BITS) - 1)
#define THREAD_PRIORITY_TOP (RTOS_PRIORITIES - 1)

static inline uint64_t thread_queue_key(const struct thread *thread, uint64_t order)
{
	return (uint64_t)(THREAD_PRIORITY_TOP - thread->priority) << THREAD_ORDER_BITS |
	       (order & THREAD_ORDER_MASK);
}

/* A call's answer when x8 isn't to be touched: its thread waits, or does the call again. */
#define CALL_LATER (-1)

static inline void thread_set_status(struct thread *thread, enum rtos_status status)
{
	thread->registers.x[X_STATUS] = status;
}

/* What is left of its call is done when it does the call again, with the same registers: it goes
 * back to the svc, before which interrupts are taken. */
static inline int thread_repeat(struct thread *thread)
{
	thread->registers.pc -= THREAD_INSTRUCTION;
	return CALL_LATER;
}

/* A thread of the process, which thread_begin() makes ready. NULL: its quota is used up. */
struct thread *thread_create(struct process *process, uint64_t entry, uint64_t sp,
                             uint64_t argument);
void thread_begin(struct thread *thread, struct cpu *cpu, uint8_t priority, uint8_t flags);

/* It runs no more and waits for nothing; a call that it took is parked. It stays a thread of its
 * process, ended. */
void thread_stop(struct thread *thread);

/* One that was stopped and whose handles are closed is no more. */
void thread_free(struct thread *thread);

/* It is taken out of whatever it is in: THREAD_NOWHERE. A call of its ends with this status;
 * RTOS_OK: it was answered, or is nobody's any more. */
void thread_unwait(struct thread *thread, enum rtos_status status);

/* It goes on with this status, whatever it waited for, which is no call that lends pages. */
void thread_wake(struct thread *thread, enum rtos_status status);

/* Waits with this deadline (0: none). */
void thread_wait(struct thread *thread, enum thread_state state, uint64_t deadline);

/* Its call is over. If it lent pages, it does the call once more, which takes them out of the
 * window before it goes on with this status. */
void thread_end_call(struct thread *thread, enum rtos_status status);

/* Its deadline has passed. */
void thread_time_out(struct thread *thread);

int thread_call_create(struct thread *self);
int thread_call_set(struct thread *self);
int thread_call_end(struct thread *self);
int thread_call_read(struct thread *self);
int thread_call_yield(struct thread *self);
int thread_call_time(struct thread *self);

#endif
