/*
 * The state that belongs to one core alone. Every core finds its own at the same address
 * (layout.h), so `core` is a plain global, and no core can reach another core's.
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

/* The deadlines of a core, one of each kind. Those before TIMER_OFTEN change at each switch. */
enum core_timer {
	TIMER_SLICE,   /* the running context's turn among equals ends */
	TIMER_SAVED,   /* a timer ends, of a waiting vCPU that isn't resident */
	TIMER_PROMISE, /* a budget ends or is filled, or a deadline is over: promise_due() */
	TIMER_OFTEN,   /* the number of the deadlines above */
	/* On a shared core these wait while a context of a class above the console's runs. */
	TIMER_CONSOLE = TIMER_OFTEN, /* the SERVICE_WAIT of the console */
	TIMER_WARDEN,                /* the SERVICE_WAIT of the warden */
	TIMER_UPDATER,               /* the SERVICE_WAIT of the updater */
	TIMER_DMA,                   /* further refused accesses are to be read */
	TIMER_RTC,      /* the alarm of a partition's emulated clock: timer_set_for() */
	TIMER_WATCHDOG, /* the next signal of a partition's emulated watchdog: timer_set_for() */
	TIMER_LIFE,     /* a partition's restart that waits for its time: timer_set_for() */
	TIMER_BROKER,   /* a broker of a partition looks again: timer_set_for() */
	TIMER_LOOK,     /* the core's next look: timer_set_look() */
	/* From here on deadlines don't wait. The first four are TIMER_RTC to TIMER_BROKER again, of
	 * partitions above the console's class. */
	TIMER_ANYWAY,
	TIMER_STUCK = TIMER_ANYWAY + 4, /* the latest time of that look */
	TIMER_HANG,                     /* the next look whether another core hangs */
	TIMER_COUNT,
};

#define TIMER_NEVER      (~0ULL)
#define PARTITION_TIMERS 4 /* TIMER_RTC to TIMER_BROKER */

struct partition;
struct vcpu;

struct core {
	/* Nonzero: the vectors choose again; CORE_AGAIN: they only take another interrupt. This is
	 * the first field: core.c. */
	uint32_t reschedule;
	/* Nonzero: an interrupt came to EL2 or is held back, and the vectors settle that, behind
	 * the choice: run/progress.h. They read both words at once. */
	uint32_t held;
	uint32_t let_go;         /* a message was put off before this choice: resident_let_go() */
	uint64_t root;           /* of the tables that the core uses once it has started */
	struct context *current; /* the context that runs below EL2; 0: none */
	struct context *ready;   /* queue by priority, then by age; with the current context */
	/* The resident vCPU: its GIC state and timers are here; or 0. Then the vCPU whose EL1
	 * registers are here. In the middle of an exchange `…_whole` isn't the same yet: the
	 * exchanged registers of both vCPUs are in memory; but for keys and lent registers of
	 * el1_whole, until that is 0. */
	struct vcpu *vcpu, *vcpu_whole;
	struct vcpu *el1, *el1_whole;
	struct vcpu *only; /* the core's one vCPU, if it never has another one; or 0 */
	/* Each switch uses these. */
	uint64_t seldom[GIC_CLASSES];   /* by `urgency`: the earliest from TIMER_OFTEN on */
	uint64_t deadline[TIMER_COUNT]; /* counter values; TIMER_NEVER */
	struct core_account *account;
	struct context *charged; /* the context whose account the time goes to; 0: core idle */
	uint64_t interrupted;    /* shared core: counter, when this choice's interrupt came; or 0 */
	uint32_t promises;       /* vCPUs that may come here have budgets or deadlines: promise.h */
	uint32_t urgency;        /* the class of the context that a shared core runs; or 0 */
	uint32_t timer_moved;    /* nonzero: not at a deadline of these; progress_watch() */
	uint32_t list_registers;
	uint32_t lists; /* a bit for each list register */

	uint64_t mail_target[BUNDLE_CORES_MAX]; /* what mail_interrupt() writes for each core */
	struct partition *partition;            /* of `only`; or 0 */
	struct vcpu *vcpus;                     /* all vCPUs that are here */
	struct vcpu *sleepers; /* vCPUs that wait for a timer and aren't resident; by deadline */
	uint32_t privates;     /* PPIs that are exchanged: the bits of timers and PMU */
	uint32_t virtual_timer;
	uint32_t hosts;          /* partitions whose vCPUs may be here, a bit each */
	uint32_t roams;          /* nonzero: vCPUs of these partitions may be elsewhere, too */
	uint32_t timers_urgency; /* the guests' timers have its class: `rouses` of `vcpu` */
	struct vcpu *leaving;    /* the vCPU that was current and goes to another core; or 0 */
	uint32_t lent; /* nonzero: `el1` has lent registers (lent.h), a debugger, or keys */

	uint32_t own[32]; /* interrupts of the frame itself on this core, a bit each */
	/* The class of each message (frame/gic.h); and for each class the messages of at least that
	 * class, a bit each. The last word is 0. */
	uint8_t mail_class[MAIL_KINDS][64];
	uint64_t mail_urgent[MAIL_KINDS][GIC_CLASSES + 1];
	uint8_t home[BUNDLE_PARTITIONS_MAX]; /* of each partition: the core of its first vCPU */
	/* On a shared core: TIMER_RTC to TIMER_BROKER of each partition. */
	uint64_t due[PARTITION_TIMERS][BUNDLE_PARTITIONS_MAX];
	uint32_t slice;        /* ticks: SCHED_SLICE_NS */
	uint32_t look;         /* ticks: TIMER_LOOK_NS */
	uint32_t index;        /* into the bundle's cores */
	uint8_t here;          /* number of vCPUs on this core: running, waiting or off */
	int8_t workarounds[3]; /* the firmware's answers about this core: psci.h */
	bool has_pmu;
	bool has_keys;      /* pointer authentication */
	uint8_t promise_of; /* index of the vCPU that TIMER_PROMISE was set for */
	bool recovers;      /* it starts again, and adopts what was kept: start/recover.h */
	/* The guest's values while a service runs; service_has_el1: they are here. */
	uint64_t service_has_el1, service_sctlr, service_mdscr, service_sp, service_pmcr;
	/* EL1 as after reset: context_init_core(). Laid out as in struct vcpu_saved. */
	_Alignas(16) struct resident_el1 pristine;
	struct resident_float pristine_float;
};

extern struct core core;
#define core_bundle ((const struct bundle_header *)LAYOUT_BUNDLE)
#define core_ring   ((struct trace_ring *)LAYOUT_TRACE)

#endif
