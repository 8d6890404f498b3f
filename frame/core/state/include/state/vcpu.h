/* A vCPU, as the frame keeps it: in its partition's slot of memory. */
#ifndef STATE_VCPU_H
#define STATE_VCPU_H

#include <kumiki/account.h>
#include <machine/resident.h>
#include <pure/budget.h>
#include <pure/deadline.h>
#include <state/context.h>
#include <state/debug.h>
#include <state/lent.h>
#include <state/stolen.h>
#include <state/vgic.h>

struct partition;

/* What of a vCPU isn't in a core's registers while it isn't resident (resident.h). */
struct vcpu_saved {
	struct resident_gic gic;
	uint32_t active; /* of its private interrupts */
	struct resident_el1 el1;
	struct resident_float floating;
};

/* What a vCPU may be asked for; a bit each. */
enum vcpu_ask {
	VCPU_START = 1u << 0, /* CPU_ON */
	VCPU_STOP = 1u << 1,
	VCPU_FOLLOW = 1u << 2, /* the partition's state: park, or go on */
};

/* What a vCPU takes up: a power of two, so that one among many is found by a shift. */
#define VCPU_ROOM 8192

struct vcpu {
	/* ---- kept (keep.h), but for what struct context says is derived ---- */
	/* First: a context of kind CONTEXT_VCPU is a vCPU. */
	_Alignas(VCPU_ROOM) struct context context;
	/* Derived: of promise.h and account.h, which come here at each switch. */
	struct vcpu_account *account; /* in shared memory */
	struct stolen_record *stolen; /* one of its partition's; 0: the guest hasn't asked */
	uint64_t hidden;              /* CNTVOFF_EL2: of its partition, since it went on last */
	struct budget budget;
	struct deadline deadline;
	uint8_t promised; /* enum promise */
	uint8_t lowered;  /* it has used up what was guaranteed to it, and goes on at the end */
	uint8_t priority; /* as described, or as the guest told; its context's is 0 if lowered */
	uint8_t described, low, high; /* as described; what the guest may tell */
	uint8_t rouses;               /* how urgent its timers are: `high`, or 0 if lowered */
	uint16_t waits;               /* blocked until something is pending for it */
	uint16_t below;               /* less urgent than it can be, as it told: promise.h */
	struct vcpu_saved saved;
	/* Written by the caller of CPU_ON before VCPU_START: it is for this start of the partition.
	 */
	uint64_t entry, argument;
	uint32_t start;
	uint32_t asked;                         /* enum vcpu_ask; atomically, then MAIL_VCPU */
	uint32_t parked;                        /* it is out of the queue, and its timers stand */
	uint32_t ending;                        /* it is off, and its GIC state is given up */
	uint32_t prepared;                      /* it is off, and its GIC state is as after reset */
	uint64_t virtual_timer, physical_timer; /* control registers while it is parked */
	uint64_t stood;                         /* counter: when it was parked last */
	struct debug_vcpu debug;
	uint32_t lent; /* what it has, or gets with EL1: lent.h */

	/* ---- derived ---- */
	struct partition *partition;
	uint64_t affinity;      /* MPIDR_EL1 without bit 31 */
	struct vcpu *next_here; /* on its core, among core.vcpus */
	struct vcpu *next_due;  /* in core.sleepers */
	uint64_t due;           /* in core.sleepers: when a timer of it is over; else TIMER_NEVER */
	uint64_t moved;         /* counter: when it came to its core */
	uint64_t had;           /* of all time, but what was stolen, as judge_robbery() last saw */
	uint64_t had_at;        /* when it did, or when it had a budget again: move.c */
	uint32_t roams; /* where the balance may have it, a bit for each core; 0: it stays */
	uint32_t stuck; /* looks in a row that found it in its vectors: stuck.h */
	uint8_t index;  /* in its partition */
	uint8_t core;   /* that it is on; written by the core that it leaves */
	uint8_t comes;  /* and that hasn't taken it over yet */
	uint8_t owner;  /* its partition's index */

	struct vgic_cpu vgic;          /* kept; behind all the rest, for it is large */
	struct lent_counters counters; /* kept; seldom used */
};

_Static_assert(sizeof(struct vcpu) == VCPU_ROOM, "a vCPU outgrew the room that it has");

/* An interrupt of it changes something: it wakes it, or makes it more urgent. */
static inline bool vcpu_is_roused(const struct vcpu *vcpu)
{
	return (vcpu->waits | vcpu->below) != 0;
}

/* In vcpu->promised; what it has, and of which kind. */
enum promise {
	PROMISE_BUDGET = 1u << 0,
	PROMISE_GUARANTEE = 1u << 1,
	PROMISE_DEADLINE = 1u << 2,
	PROMISE_TELL = 1u << 3, /* its managers, if it misses one */
	PROMISE_RESTART = 1u << 4,
};

static inline struct vcpu *vcpu_of(struct context *context)
{
	return (struct vcpu *)context;
}

#endif
