/*
 * What a guest's PSCI (Arm DEN0022, version 1.1), SMCCC (DEN0028, version 1.1) and stolen time
 * (DEN0057) calls mean. The handler of HVC and SMC calls this. It decides, changes vCPU states, and
 * returns to its caller what is to be done (start, stop, wait) as an action.
 * docs/reference/guest-interface.md says what a guest sees, docs/reference/reference.md lists each
 * call's answers.
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

/* The cores that run the partition share these, and change them atomically. */
enum psci_state {
	PSCI_VCPU_AWAY = -1, /* off, and another partition holds its core: hold.h */
	PSCI_VCPU_OFF = 0,
	PSCI_VCPU_STARTING = 1, /* CPU_ON was accepted, and is on its way to the vCPU's core */
	PSCI_VCPU_ON = 2,
};

/* The partition as a call sees it; the caller keeps one for each partition. */
struct psci_guest {
	uint32_t vcpus;
	const uint64_t *affinities; /* Aff3 in 39:32, Aff2 to Aff0 in 23:0 */
	int32_t *states;            /* enum psci_state */
	const struct stage2 *memory;
	/* Answers to SMCCC_ARCH_FEATURES about ARCH_WORKAROUND_1, _2, _3, for the core that asks.
	 * 0: the call mitigates (the action is PSCI_FORWARD); 1: not needed here;
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
	PSCI_FOREIGN,      /* not in a range of Arm's standards: a hypercall, or unknown */
};

struct psci_action {
	enum psci_action_kind kind;
	uint32_t vcpu;
	int64_t answer;
	uint64_t entry, context;
};

struct psci_action psci_decide(const struct psci_guest *guest, const struct psci_call *call);

/* Before the partition's first instruction: the first vCPU is on, all others are off. A vCPU that
 * is away stays away. */
void psci_begin(const struct psci_guest *guest);

/* For the core of a starting vCPU: the vCPU's context is set up, and it runs from now on. */
void psci_started(const struct psci_guest *guest, uint32_t vcpu);

/*
 * For the core of a vCPU that called CPU_OFF or ended: its context isn't used any more, and CPU_ON
 * may come, unless the vCPU is away. True: all vCPUs are off now. If several go off at once, at
 * least the last one gets that answer.
 */
bool psci_went_off(const struct psci_guest *guest, uint32_t vcpu);

#endif
