/* What the room `run` keeps of a vCPU: its promises, how urgent it is, and where it waits. */
#ifndef STATE_VCPU_RUN_H
#define STATE_VCPU_RUN_H

#include <frame/types.h>
#include <kumiki/account.h>
#include <pure/budget.h>
#include <pure/deadline.h>
#include <state/stolen.h>

struct vcpu;

/* In vcpu->run.promised; what it has, and of which kind. */
enum promise {
	PROMISE_BUDGET = 1u << 0,
	PROMISE_GUARANTEE = 1u << 1,
	PROMISE_DEADLINE = 1u << 2,
	PROMISE_TELL = 1u << 3, /* its managers, if it misses one */
	PROMISE_RESTART = 1u << 4,
};

struct vcpu_run {
	/* ---- derived ---- */
	struct vcpu_account *account; /* in shared memory */
	struct stolen_record *stolen; /* one of its partition's; 0: the guest hasn't asked */

	/* ---- kept (keep.h) ---- */
	uint64_t hidden; /* CNTVOFF_EL2: of its partition, since it went on last */
	struct budget budget;
	struct deadline deadline;
	uint8_t promised; /* enum promise */
	uint8_t lowered;  /* it has used up what was guaranteed to it, and goes on at the end */
	uint8_t priority; /* as described, or as the guest told; its context's is 0 if lowered */
	uint8_t described, low, high; /* as described; what the guest may tell */
	uint8_t rouses;               /* how urgent its timers are: `high`, or 0 if lowered */
	uint16_t waits;               /* blocked until something is pending for it */
	uint16_t below;               /* less urgent than it can be, as it told: promise.h */

	/* ---- derived ---- */
	struct vcpu *next_here; /* on its core, among core.vcpus */
	struct vcpu *next_due;  /* in core.sleepers */
	uint64_t due;           /* in core.sleepers: when a timer of it is over; else TIMER_NEVER */
	uint64_t moved;         /* counter: when it came to its core */
	uint64_t window;        /* counter: since then it is judged what the vCPU lacks: move.c */
	uint64_t turned;        /* counter: when it last went to a core for turns there */
	uint64_t stolen_before; /* of all time, as the window began */
	uint32_t roams; /* where the balance may have it, a bit for each core; 0: it stays */
	uint32_t stuck; /* looks in a row that found it in its vectors: stuck.h */
	uint8_t lack;   /* of its last window, how much was stolen from it: move.c */
};

#endif
