/*
 * Threads, and the calls that they make. The state of a call lies in its caller's thread object,
 * from the svc until the caller goes on (docs/reference/rtos-messages.md).
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
	X_STATUS = 8, /* set when the call is over */
	X_HANDLE = 9,
	X_BADGE = 9, /* of a received message; X_DELIVERIES, too */
	X_DEADLINE = 10,
	X_DELIVERIES = 10,
	X_PAYLOAD = 11,
	X_IDENTITY = 12, /* this and X_CALLER name the call that is answered */
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
	THREAD_RUNS,     /* it is its CPU's current thread */
	THREAD_READY,    /* in its CPU's ready queue */
	THREAD_CALLS,    /* its call or send waits in the port's queue */
	THREAD_TAKEN,    /* its call was taken */
	THREAD_RECEIVES, /* in the port's list of receivers */
	THREAD_WAITS,    /* for a notification, or for its deadline alone */
	THREAD_LOCKS,    /* for a lock, in its queue */
	THREAD_NOWHERE,  /* while the kernel takes it from one of these states to the next */
	THREAD_ENDED,    /* its process ended, or the thread did */
};

#define THREAD_OUTCOME_BITS 5

enum thread_parked {
	THREAD_PARKED = 1,
	THREAD_PARKED_BLAMED = 2, /* its taker ended while it served this call */
};

struct thread {
	struct object object;
	struct registers registers; /* registers of EL0, while the thread isn't running */
	uint64_t tpidr;             /* TPIDR_EL0 */
	uint64_t time;              /* how long it has run, up to its last switch */
	struct process *process;
	struct cpu *cpu;            /* where it runs */
	struct thread *next, *prev; /* in one of these: a ready queue (also while it lends), a
	                             * port's receivers, a process's parked calls */
	struct thread *next_of_process;
	uint32_t number;  /* in its process */
	uint8_t base;     /* its own priority, or what its locks lend it */
	uint8_t priority; /* base, or what calls lend it */
	uint8_t flags;    /* RTOS_THREAD_… */
	bool timed : 1;   /* `deadline` is in its CPU's heap */
	bool lent : 1;    /* its call lends pages, which `window` shows or will show. True until
	                   * they are back: the call may be over before */
	bool filling : 1; /* it shows the lent pages of the call that it is about to receive */
	/* Not RTOS_OK: the thread's call has ended with this status, but the lent pages aren't back
	 * yet. */
	uint8_t outcome : THREAD_OUTCOME_BITS;

	/* The call that the thread makes. Fields that stand together are written together. */
	uint32_t deliveries;
	uint8_t state;  /* enum thread_state */
	uint8_t blame;  /* how many processes ended while they served it */
	bool sends;     /* it is a send: no answer comes */
	uint8_t parked; /* enum thread_parked: whether it is in its taker's list of parked calls */
	uint32_t badge;
	uint32_t took;     /* lower half of the identity of the last call that it took */
	struct port *port; /* where it called, or receives. If that port is younger than the
	                    * call, the call's own port is gone */
	uint64_t identity; /* 0: there is no call */
	union {
		struct thread *server; /* THREAD_TAKEN, not parked: the thread that serves it */
		struct process *taker; /* THREAD_TAKEN, parked: the process that took it */
		struct notification *waiting; /* THREAD_WAITS: its bits are waited for; NULL: the
		                               * deadline alone */
		struct lock *lock;            /* THREAD_LOCKS: the thread waits for it */
	};
	union {
		struct heap_node
		    queued; /* THREAD_CALLS: in the port's queue; THREAD_LOCKS: in the lock's */
		struct window *window; /* lent: where the pages are, or will be */
	};

	/* The call that the thread serves: the last one that it took, until it is answered or
	 * parked. */
	struct thread *serving;
	struct port *from; /* the port for which it is the servant */

	struct notification *bound; /* its bits also end a wait for a message */
	struct heap locks; /* locks that it owns; a lock's key is its first waiter's urgency */
	struct heap_node deadline;
	struct fp_registers fp __attribute__((aligned(16)));
	uint8_t own;     /* its priority without anything lent */
	uint8_t urgency; /* timed: the class of its deadline */
	uint8_t urges;   /* sched_urge() counts it in this class; 0: in none */
	/* Not 0: the thread's priority is about to change, and with it the priorities of at most
	 * this many threads of its chain (kernel/lend.h). Until then the thread stands in its CPU's
	 * ready queue, with the priority lends_at. */
	uint8_t lends;
	uint8_t lends_at;
};
_Static_assert(sizeof(struct thread) <= OBJECT_LARGE, "it is cut from a page of four");

_Static_assert(RTOS_NOT_BUILT < 1 << THREAD_OUTCOME_BITS, "any status is an outcome");

#define THREAD_INSTRUCTION 4 /* bytes, of the svc as of any other */

/*
 * Keys of queues by priority: the more urgent a thread, the smaller its key. Of equally urgent
 * threads, the thread with the smaller order is first.
 */
#define THREAD_ORDER_BITS   56
#define THREAD_ORDER_MASK   ((1ULL << THREAD_ORDER_BITS) - 1)
#define THREAD_PRIORITY_TOP (RTOS_PRIORITIES - 1)

static inline uint64_t thread_queue_key(const struct thread *thread, uint64_t order)
{
	return (uint64_t)(THREAD_PRIORITY_TOP - thread->priority) << THREAD_ORDER_BITS |
	       (order & THREAD_ORDER_MASK);
}

/* Returned by a call that leaves x8 alone: its thread waits, or makes the call again. */
#define CALL_LATER (-1)

static inline void thread_set_status(struct thread *thread, enum rtos_status status)
{
	thread->registers.x[X_STATUS] = status;
}

/* The thread makes its call again, with the same registers, and the call goes on from where it is.
 * The thread returns to its svc instruction; waiting interrupts come first. */
static inline int thread_repeat(struct thread *thread)
{
	thread->registers.pc -= THREAD_INSTRUCTION;
	return CALL_LATER;
}

/* Makes a thread of the process, which thread_begin() makes ready. NULL: its quota is used up. */
struct thread *thread_create(struct process *process, uint64_t entry, uint64_t sp,
                             uint64_t argument);
void thread_begin(struct thread *thread, struct cpu *cpu, uint8_t priority, uint8_t flags);

/* Stops the thread. It runs no more and waits for nothing, and a call that it took is parked. It
 * stays a thread of its process, ended. */
void thread_stop(struct thread *thread);

/* Whether the call that the thread serves has ended its process. */
bool thread_is_to_blame(const struct thread *thread);

/* Frees a thread that was stopped and whose handles are closed. */
void thread_free(struct thread *thread);

/* Takes the thread out of any queue that it waits in, to THREAD_NOWHERE. Its call ends with this
 * status. RTOS_OK: the call was answered, or isn't the thread's any more. */
void thread_unwait(struct thread *thread, enum rtos_status status);

/* Ends any wait of the thread, with this status. Not for calls that lend pages. */
void thread_wake(struct thread *thread, enum rtos_status status);

/* Makes the thread wait, with this deadline (0: none). */
void thread_wait(struct thread *thread, enum thread_state state, uint64_t deadline);

/* Ends the thread's call with this status. If the call lent pages, the thread makes it once more,
 * which takes them out of the window. */
void thread_end_call(struct thread *thread, enum rtos_status status);

/* The thread's deadline has passed. */
void thread_time_out(struct thread *thread);

int thread_call_create(struct thread *self);
int thread_call_set(struct thread *self);
int thread_call_end(struct thread *self);
int thread_call_read(struct thread *self);
int thread_call_yield(struct thread *self);
int thread_call_time(struct thread *self);

#endif
