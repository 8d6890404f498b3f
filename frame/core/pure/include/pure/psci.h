/*
 * What a guest's PSCI (Arm DEN0022, version 1.1), SMCCC (DEN0028, version 1.1) and stolen time
 * (DEN0057) calls mean.
 * Called by the trap handler for each HVC and SMC; decides and changes vCPU states, and leaves
 * every deed (starting, stopping, waiting) to its caller as an action. docs/guest-interface.md says
 * what a guest sees, docs/reference.md lists each call's answers.
 */
#ifndef PURE_PSCI_H
#define PURE_PSCI_H

#include <pure/stage2.h>

enum psci_error {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_DENIED = -3,
	PSCI_ALREADY_ON = -4,
	PSCI_INVALID_ADDRESS = -9,
};

/* Shared by the cores that run the partition; changed by compare-exchange only. */
enum psci_state {
	PSCI_VCPU_AWAY = -1, /* off, and its core isn't its partition's: hold.h */
	PSCI_VCPU_OFF = 0,
	PSCI_VCPU_STARTING = 1, /* CPU_ON was accepted; the caller brings it to its core */
	PSCI_VCPU_ON = 2,
};

/* The partition as a call sees it; the caller keeps one for each partition. */
struct psci_guest {
	uint32_t vcpus;
	const uint64_t *affinities; /* Aff3 in 39:32, Aff2 to Aff0 in 23:0 */
	int32_t *states;            /* enum psci_state */
	const struct stage2 *memory;
	/* Answers to SMCCC_ARCH_FEATURES about ARCH_WORKAROUND_1, _2, _3, of the core that asks: 0:
	 * the call mitigates (it comes back as PSCI_FORWARD); 1: not needed here;
	 * PSCI_NOT_SUPPORTED: unknown. */
	const int8_t *workarounds;
};

struct psci_call {
	uint32_t function; /* w0 */
	uint64_t x1, x2, x3;
};

enum psci_action_kind {
	PSCI_ANSWER,       /* x0 = answer */
	PSCI_CPU_ON,       /* start `vcpu` at entry with x0 = context; the caller's x0 = answer */
	PSCI_CPU_OFF,      /* the calling vCPU ends; then psci_went_off() */
	PSCI_STANDBY,      /* wait as in WFI, then x0 = answer */
	PSCI_POWERDOWN,    /* wait as in WFI, then start at entry with x0 = context */
	PSCI_SYSTEM_OFF,   /* the partition stops */
	PSCI_SYSTEM_RESET, /* the partition starts anew; no state of it is kept (both resets) */
	PSCI_FORWARD,      /* pass the call (a workaround) to the firmware; x0 = answer */
	PSCI_STOLEN,       /* x0 = where the calling vCPU's record of stolen time is: stolen.h */
	PSCI_FOREIGN,      /* none of the ranges of Arm's standards: a hypercall, or unknown */
};

struct psci_action {
	enum psci_action_kind kind;
	uint32_t vcpu;
	int64_t answer;
	uint64_t entry, context;
};

struct psci_action psci_decide(const struct psci_guest *guest, const struct psci_call *call);

/* All off but the first, which is on: before the partition's first instruction. A vCPU that is
 * away stays away. */
void psci_begin(const struct psci_guest *guest);

/* The core of a starting vCPU: its context is set up, it runs from now on. */
void psci_started(const struct psci_guest *guest, uint32_t vcpu);

/*
 * The core of a vCPU that called CPU_OFF, or that ended: its context isn't used any more, CPU_ON
 * may come, unless it is away. True if all vCPUs are off now; of several that go at once, at least
 * the last one gets that answer.
 */
bool psci_went_off(const struct psci_guest *guest, uint32_t vcpu);

#endif
