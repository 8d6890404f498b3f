/* What the room `run` keeps of a vCPU: its promises, its priority, and where it waits. */
#ifndef STATE_VCPU_RUN_H
#define STATE_VCPU_RUN_H

#include <frame/types.h>
#include <kumiki/account.h>
#include <pure/budget.h>
#include <pure/deadline.h>
#include <state/stolen.h>

struct vcpu;

/* Bits of vcpu->run.promised: which promises the vCPU has, and of which kind. */
enum promise {
	PROMISE_BUDGET = 1u << 0,
	PROMISE_GUARANTEE = 1u << 1,
	PROMISE_DEADLINE = 1u << 2,
	PROMISE_TELL = 1u << 3,    /* its managers hear of each missed deadline */
	PROMISE_RESTART = 1u << 4, /* a missed deadline ends its partition */
	/* Its budget is a limit, and the vCPU stays on one core: a partition's first vCPU then
	 * limits the partition's brokers, too. */
	PROMISE_LIMIT = 1u << 5,
};

struct vcpu_run {
	/* ---- derived ---- */
	struct vcpu_account *account; /* in shared memory */
	struct stolen_record *stolen; /* 0: the guest hasn't asked for its address */

	/* ---- kept (keep.h) ---- */
	uint64_t hidden; /* CNTVOFF_EL2: life.hidden as the partition went on last */
	struct budget budget;
	struct deadline deadline;
	uint8_t promised; /* enum promise */
	uint8_t lowered;  /* the guarantee is used up: the vCPU goes on at priority 0 */
	uint8_t priority; /* as described, or as the guest told; if lowered, the context has 0 */
	uint8_t described, low, high; /* as described; the guest may tell any in [low, high] */
	uint8_t rouses;               /* the priority of its timers: `high`, or 0 if lowered */
	uint16_t waits;               /* blocked until something is pending for it */
	uint16_t below;               /* the guest told a priority below `high`: promise.h */

	/* ---- derived ---- */
	struct vcpu *next_here; /* in core.vcpus */
	struct vcpu *next_due;  /* in core.sleepers */
	uint64_t due;           /* in core.sleepers: when its timer is over; or TIMER_NEVER */
	uint64_t moved;         /* counter: when it came to its core */
	uint64_t window;        /* counter: when the window began that `lack` is judged by */
	uint64_t turned;        /* counter: when it last went to a core for turns there */
	uint64_t stolen_before; /* ticks stolen from it, ever, as the window began */
	uint32_t roams;         /* cores that the balance may move it to, a bit each; 0: it stays */
	uint32_t stuck;         /* number of looks in a row that found it in its vectors: stuck.c */
	uint8_t lack;           /* the part of its last window that was stolen from it: move.c */
};

#endif
