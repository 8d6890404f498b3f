/*
 * This core: what is its own. Every core finds its own at the same address (layout.h), so `core` is
 * a plain global, and no other core's can be reached.
 */
#ifndef STATE_CORE_H
#define STATE_CORE_H

#include <frame/gic.h>
#include <kumiki/console.h>
#include <kumiki/trace.h>
#include <machine/local.h>
#include <machine/resident.h>
#include <state/context.h>
#include <state/shared.h>

/* What a core may be waiting for; one deadline each. The first few change at each switch. */
enum core_timer {
	TIMER_SLICE,   /* the running context's turn among equals ends */
	TIMER_SAVED,   /* a timer of a vCPU that waits and isn't resident */
	TIMER_PROMISE, /* a budget ends or is filled, or a deadline is over: promise_due() */
	TIMER_OFTEN,   /* so many of these */
	/* These wait while somebody more urgent than the services that last runs. */
	TIMER_CONSOLE = TIMER_OFTEN, /* the SERVICE_WAIT of the console */
	TIMER_WARDEN,                /* and of the warden */
	TIMER_DMA,                   /* further refused accesses are to be read */
	TIMER_RTC,      /* the alarm of a partition's emulated clock: timer_set_for() */
	TIMER_WATCHDOG, /* the next signal of a partition's emulated watchdog: the same */
	TIMER_LIFE,     /* a partition's restart that waits for its time: the same */
	TIMER_ANYWAY,   /* and these don't: the last three of partitions that are more urgent */
	TIMER_STUCK = TIMER_ANYWAY + 3, /* the next look at what the vCPU does */
	TIMER_COUNT,
};

#define TIMER_NEVER      (~0ULL)
#define PARTITION_TIMERS 3 /* TIMER_RTC to TIMER_LIFE */

struct partition;
struct stop_report;
struct vcpu;

struct core {
	uint32_t reschedule;        /* CORE_AGAIN, or the vectors choose again. First: they look */
	uint32_t let_go;            /* since the last choice: resident_let_go() */
	uint64_t root;              /* of its tables, without what only the start uses */
	struct context *current;    /* runs below EL2; 0: nothing does */
	struct stop_report *report; /* of what runs: turn_choose_interrupted(); or 0 */
	struct context *ready;      /* queue by priority, then by age; the current one is in it */
	struct vcpu *vcpu;          /* whose GIC state and timers this core holds; 0: none */
	struct vcpu *el1;           /* whose EL1 it holds */
	struct vcpu *only; /* the same, of a core that has one vCPU for ever; 0: several, or none */
	/* Where each switch comes. */
	uint64_t seldom[GIC_CLASSES];   /* by `urgency`: the earliest from TIMER_OFTEN on */
	uint64_t deadline[TIMER_COUNT]; /* counter values; TIMER_NEVER */
	struct core_account *account;
	struct context *charged; /* in accounts: runs; 0: the core is idle */
	uint64_t interrupted;    /* shared: counter, when what leads to this choice came; or 0 */
	uint32_t promises;       /* vCPUs that may come here have budgets or deadlines: promise.h */
	uint32_t urgency;        /* the class of what a shared core runs; else 0 */
	uint32_t list_registers;
	uint32_t lists; /* a bit for each */

	uint64_t mail_target[BUNDLE_CORES_MAX]; /* what mail_interrupt() writes for each core */
	struct partition *partition;            /* of its only vCPU */
	struct vcpu *vcpus;                     /* all that are here */
	struct vcpu *sleepers; /* those that wait for a timer and aren't resident; by deadline */
	uint32_t privates;     /* PPIs that are exchanged: the bits of timers and PMU */
	uint32_t virtual_timer;
	uint32_t hosts;          /* partitions whose vCPUs may be here, a bit each */
	uint32_t roams;          /* some of those may be elsewhere, too */
	uint32_t timers_urgency; /* whose class the guests' timers have: a vCPU's `rouses` */
	struct vcpu *leaving;    /* was current, and goes to another core; 0: nobody does */
	uint32_t lent;           /* of who has EL1: state/lent.h; or it has a debugger */

	uint32_t own[32]; /* interrupts of the frame itself on this core, a bit each */
	/* Of each message, and the messages of at least each class, and of none: frame/gic.h. */
	uint8_t mail_class[MAIL_KINDS][64];
	uint64_t mail_urgent[MAIL_KINDS][GIC_CLASSES + 1];
	uint8_t home[BUNDLE_PARTITIONS_MAX]; /* of each partition: the core of its first vCPU */
	uint64_t due[PARTITION_TIMERS]
	            [BUNDLE_PARTITIONS_MAX]; /* shared: TIMER_RTC to TIMER_LIFE of each */
	uint32_t slice;                      /* ticks: SCHED_SLICE_NS */
	uint32_t index;                      /* into the bundle's cores */
	uint8_t here;                        /* vCPUs that are on this core, whatever they do */
	int8_t workarounds[3];               /* the firmware's answers about this core: psci.h */
	bool has_pmu;
	bool has_keys;      /* pointer authentication */
	uint8_t promise_of; /* the index of whose turn TIMER_PROMISE seems to be */
	/* What the guest had while a service runs. */
	uint64_t service_sctlr, service_mdscr, service_sp, service_pmcr;
	/* EL1 as after reset: context_init_core(). */
	_Alignas(16) struct resident_el1 pristine; /* as a vCPU's, for what follows */
	struct resident_float pristine_float;
};

extern struct core core;
#define core_bundle ((const struct bundle_header *)LAYOUT_BUNDLE)
#define core_ring   ((struct trace_ring *)LAYOUT_TRACE)

#endif
