/*
 * Whether the promises to vCPUs on one core can be kept, together with everything else there: the
 * analysis of response times under fixed priorities (docs/scheduling.md says with which costs).
 */
#ifndef HOST_PROMISES_H
#define HOST_PROMISES_H

#include <host/model.h>

/* The time of an instruction, if the board doesn't give it. */
#define PROMISES_INSTRUCTION_PS 1000

/* Priorities that the interrupt controller doesn't tell apart. */
#define PROMISES_CLASS 32

/* A user of the core: a vCPU, or the console service. */
struct promise_rival {
	const struct model_partition *partition; /* NULL: the console service */
	const struct model_vcpu *vcpu;           /* with its work's time on this core */
	size_t index;                            /* in its partition */
	uint8_t low, high;
};

enum promise_verdict {
	PROMISE_NONE,      /* nothing is promised */
	PROMISE_KEPT,      /* within `response` */
	PROMISE_UNSAID,    /* a deadline, but the work's time isn't given */
	PROMISE_UNBOUNDED, /* `by` has no bounds, and goes before it or takes turns with it */
	PROMISE_LATE,      /* earlier work takes too long */
	PROMISE_STARVED,   /* its own budget is too small: `needed` would do */
};

struct promise {
	enum promise_verdict verdict;
	/* Picoseconds; of a deadline that comes too early: when the work is done, 0: not in its
	 * period. */
	uint64_t response;
	/* The longest delay of the work: its own beginning and the rivals before it. */
	uint64_t interruptions;
	uint64_t back;   /* microseconds: ways back from rivals that wake and wait more often */
	uint32_t needed; /* microseconds in each of the budget's periods */
	const struct promise_rival *by;
};

/* All rivals on one core, the most urgent first. */
struct promises {
	const struct model *model;
	uint32_t core;
	struct promise_rival rivals[BUNDLE_VCPUS_MAX + 1];
	/* The rivals' vCPUs: their work takes longer on a core that isn't the fastest. */
	struct model_vcpu vcpus[BUNDLE_VCPUS_MAX];
	size_t count;
};

void promises_on(struct promises *all, const struct model *model, uint32_t core);

/* The promises: its work is done by its deadline; it gets all of its guaranteed budget in each
 * period.
 */
struct promise promise_deadline(const struct promises *all, const struct promise_rival *rival);
struct promise promise_guarantee(const struct promises *all, const struct promise_rival *rival);

/* True if a vCPU of another partition is less urgent, but of the same class: its interrupts and
 * messages come through. */
bool promise_disturbs(const struct promise_rival *other, const struct promise_rival *rival);

/* True if its budget or its described work bounds its time in each period: microseconds. */
bool promise_bound(const struct promise_rival *rival, uint32_t *work, uint32_t *period);

#endif
