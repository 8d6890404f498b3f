/*
 * Whether what vCPUs are promised on one core can be kept together with everything else there: the
 * analysis of response times under fixed priorities (docs/scheduling.md says with which costs).
 */
#ifndef HOST_PROMISES_H
#define HOST_PROMISES_H

#include <host/model.h>

/* How long an instruction takes where the board doesn't say it. */
#define PROMISES_INSTRUCTION_PS 1000

/* Priorities that the interrupt controller doesn't tell apart. */
#define PROMISES_CLASS 32

/* Who wants the core: a vCPU, or the console service. */
struct promise_rival {
	const struct model_partition *partition; /* NULL: the console service */
	const struct model_vcpu *vcpu;           /* with its work as it is on this core */
	size_t index;                            /* in its partition */
	uint8_t low, high;
};

enum promise_verdict {
	PROMISE_NONE,      /* nothing is promised */
	PROMISE_KEPT,      /* within `response` */
	PROMISE_UNSAID,    /* a deadline, and nothing says how long the work takes */
	PROMISE_UNBOUNDED, /* nothing bounds `by`, which goes before it or takes turns with it */
	PROMISE_LATE,      /* what goes before it takes too long */
	PROMISE_STARVED,   /* its own budget is too small: `needed` would do */
};

struct promise {
	enum promise_verdict verdict;
	/* Picoseconds; of a deadline that comes too early: when the work is done, 0: not in its
	 * period. */
	uint64_t response;
	/* Of the work, at the most: its own beginning and who goes before. */
	uint64_t interruptions;
	uint64_t back;   /* microseconds: ways back from who wakes and waits more often than that */
	uint32_t needed; /* microseconds in each of the budget's periods */
	const struct promise_rival *by;
};

/* Everybody on one core, the most urgent first. */
struct promises {
	const struct model *model;
	uint32_t core;
	struct promise_rival rivals[BUNDLE_VCPUS_MAX + 1];
	/* What the rivals point to: their work takes longer on a core that isn't the fastest. */
	struct model_vcpu vcpus[BUNDLE_VCPUS_MAX];
	size_t count;
};

void promises_on(struct promises *all, const struct model *model, uint32_t core);

/* That its work is done by its deadline; that it has all of its guaranteed budget in each period.
 */
struct promise promise_deadline(const struct promises *all, const struct promise_rival *rival);
struct promise promise_guarantee(const struct promises *all, const struct promise_rival *rival);

/* One of another partition is less urgent, but its interrupts and messages come through: it is of
 * the same class. */
bool promise_disturbs(const struct promise_rival *other, const struct promise_rival *rival);

/* True if nothing more than this is taken in its period, by its budget or its word: microseconds.
 */
bool promise_bound(const struct promise_rival *rival, uint32_t *work, uint32_t *period);

#endif
