/*
 * Whether the promises to the vCPUs of one core can be kept, whatever else runs on this core. This
 * is the analysis of response times under fixed priorities; docs/inside/scheduling.md names the
 * costs that it uses.
 */
#ifndef HOST_PROMISES_H
#define HOST_PROMISES_H

#include <host/model.h>

/* The time of an instruction in picoseconds, if the board doesn't give it. */
#define PROMISES_INSTRUCTION_PS 1000

/* So many successive priorities are one class: the interrupt controller doesn't distinguish
 * them. */
#define PROMISES_CLASS 32

/* A user of the core: a vCPU, or the console service. */
struct promise_rival {
	const struct model_partition *partition; /* NULL: the console service */
	const struct model_vcpu *vcpu;           /* with the time of its work on this core */
	size_t index;                            /* of the vCPU in its partition */
	uint8_t low, high;
};

enum promise_verdict {
	PROMISE_NONE,      /* nothing is promised */
	PROMISE_KEPT,      /* it is kept, within `response` */
	PROMISE_UNSAID,    /* a deadline, but the work's time isn't given */
	PROMISE_UNBOUNDED, /* `by` has no bounds, and runs before it or takes turns with it */
	PROMISE_LATE,      /* work that runs before it takes too long */
	PROMISE_STARVED,   /* its own budget is too small; `needed` would be enough */
};

struct promise {
	enum promise_verdict verdict;
	/* Picoseconds. For a deadline that can't be kept: when the work is done; 0: not within its
	 * period. */
	uint64_t response;
	/* The longest delay of the work by its own beginning and by rivals before it. */
	uint64_t interruptions;
	uint64_t back;   /* microseconds: the ways back from rivals that may wake and wait often */
	uint32_t needed; /* microseconds in each of the budget's periods */
	const struct promise_rival *by;
};

/* All rivals on one core, the most urgent first. */
struct promises {
	const struct model *model;
	uint32_t core;
	struct promise_rival rivals[BUNDLE_VCPUS_MAX + 1];
	/* The vCPUs of the rivals, with the times of their work on this core: work takes longer on
	 * a core that isn't the fastest. */
	struct model_vcpu vcpus[BUNDLE_VCPUS_MAX];
	size_t count;
};

void promises_on(struct promises *all, const struct model *model, uint32_t core);

/* promise_deadline(): the work is done by its deadline. promise_guarantee(): the vCPU gets all of
 * its guaranteed budget in each period. */
struct promise promise_deadline(const struct promises *all, const struct promise_rival *rival);
struct promise promise_guarantee(const struct promises *all, const struct promise_rival *rival);

/* Whether `other` is a vCPU of another partition which is less urgent, but in the same class: its
 * interrupts and messages can delay the rival. */
bool promise_disturbs(const struct promise_rival *other, const struct promise_rival *rival);

/* Whether a budget or the described work limits the rival's time in each period. The times are
 * microseconds. */
bool promise_bound(const struct promise_rival *rival, uint32_t *work, uint32_t *period);

/* Whether the budget of the partition's first vCPU always pays for the partition's brokers and
 * stops them: it is a limit, and the vCPU stays on one core. The brokers are no more urgent than
 * it. */
bool promise_limits_brokers(const struct model_partition *partition);

#endif
