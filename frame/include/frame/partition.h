/*
 * A partition and its vCPUs, as the frame keeps them: in the partition's own slot of memory, mapped
 * by the cores that may run it and by nobody else.
 */
#ifndef FRAME_PARTITION_H
#define FRAME_PARTITION_H

#include <frame/budget.h>
#include <frame/context.h>
#include <frame/deadline.h>
#include <frame/debug.h>
#include <frame/dma.h>
#include <frame/function.h>
#include <frame/keep.h>
#include <frame/lent.h>
#include <frame/life.h>
#include <frame/panel.h>
#include <frame/pci.h>
#include <frame/pl011.h>
#include <frame/pl031.h>
#include <frame/psci.h>
#include <frame/stage2.h>
#include <frame/stolen.h>
#include <frame/vgic.h>
#include <frame/watchdog.h>
#include <kumiki/account.h>
#include <kumiki/bundle.h>
#include <kumiki/console.h>
#include <kumiki/service.h>
#include <kumiki/trace.h>
#include <machine/resident.h>

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
	uint16_t waits; /* blocked until something is pending for it */
	uint16_t below; /* less urgent than it can be, as it told: promise.h */
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

struct partition {
	/* ---- kept (keep.h) ---- */
	struct keep_header keep;
	struct life life;
	struct debug debug;
	uint32_t alive; /* vCPUs not yet off, while stopping; atomically */
	uint32_t
	    parked; /* a bit for each vCPU that stands still, since it was told to; atomically */
	int32_t psci_states[BUNDLE_PARTITION_VCPUS_MAX];
	struct pl011 uart;
	struct pl031 rtc;
	struct watchdog watchdog;
	uint8_t seed[32]; /* where each start's seeds come from; changes with each */
	struct panel panel;
	struct pci_function functions[BUNDLE_PARTITION_FUNCTIONS_MAX]; /* as in the bundle */
	uint32_t devices_taken; /* by one core: uart, rtc, watchdog, panel, functions */
	struct dma dma;
	struct function
	    real[BUNDLE_PARTITION_FUNCTIONS_MAX]; /* of config->functions, those that are */
	uint32_t placed;                          /* of them, by function_ready() */

	/* ---- derived from the bundle ---- */
	uint32_t index;
	uint32_t vcpu_count;
	const struct bundle_partition *config; /* in the bundle as this core maps it */
	struct stage2 stage2;
	struct stage2 dma_tables; /* what its functions reach, where the SMMU has no stage 2 */
	uint32_t unfit; /* slot + 1 of a function that isn't the one described; 0: all are */
	struct page_pool pool;
	struct psci_guest psci;
	uint64_t affinities[BUNDLE_PARTITION_VCPUS_MAX];
	uint64_t panel_ipa; /* its panel's registers, line, and place in `functions` */
	uint32_t panel_intid, panel_function;
	struct stolen_record *stolen; /* a page, which the guest reads at stolen_ipa */
	uint64_t stolen_ipa;
	uint64_t tick;                /* of the counter: nanoseconds, times 2^32 */
	struct console_ring *console; /* with the report of its end, and its life's log */

	/* The loader of this partition, on its first vCPU's core. */
	struct context loader;
	struct stage2 loader_stage2;
	struct loader_info *loader_info;

	struct vgic vgic; /* kept; behind all the rest, for it is large */
	struct vcpu vcpus[];
};

/* Partition n in this core's address space; only if this core may run it. */
struct partition *partition_at(uint32_t index);

/* Everything as after reset; then the loader is at work; `again`: it wipes, too. On its home core.
 */
void partition_reset(struct partition *partition, bool again);
void partition_load(struct partition *partition, bool again);

/* The loader looks where it was when it ended: its vCPUs stand still. On its home core. */
void partition_examine(struct partition *partition);

/* The loader silences its devices: it ended, or stands still. False: it has none of that kind. */
bool partition_silence(struct partition *partition);

/* The loader looks at the debug box: it has nothing else to do. On its home core. */
void partition_debug(struct partition *partition);

/* Ends the loader where it is. */
void partition_unload(struct partition *partition);

/* Its first vCPU starts, on the core that it is on. */
void partition_run(struct partition *partition);

/* Asks all of its vCPUs, wherever they are. */
void partition_ask_all(struct partition *partition, enum vcpu_ask what);

/* A vCPU of this core, made resident, begins at its entry, and ends. */
void vcpu_start(struct vcpu *vcpu);
void vcpu_stop(struct vcpu *vcpu);

/* It parks, or goes on: VCPU_FOLLOW. On its core. */
void vcpu_follow(struct vcpu *vcpu);

/* The running vCPU goes on at its entry after a power-down by CPU_SUSPEND; its GIC state is kept.
 */
void vcpu_resume(struct vcpu *vcpu);

/* Another core left a message for it: SGIs, or enum vcpu_ask. */
void vcpu_asked(struct vcpu *vcpu);

/* Tells the core of the vCPU to look at it: vcpu_asked(), at once if it's this core. */
void vcpu_tell(struct vcpu *vcpu);
void vcpu_tell_later(const struct vcpu *vcpu); /* by a message, on this core, too */

/* On this core, which has taken it over. */
bool vcpu_is_here(const struct vcpu *vcpu);

static inline struct vcpu *vcpu_of(struct context *context)
{
	return (struct vcpu *)context;
}

/* Whom a debugger holds; from any of its cores. */
static inline uint32_t debug_holds(const struct partition *partition)
{
	return __atomic_load_n(&partition->debug.holds, __ATOMIC_SEQ_CST);
}

static inline bool debug_holds_vcpu(const struct vcpu *vcpu)
{
	return (debug_holds(vcpu->partition) >> vcpu->index & 1) != 0;
}

/* Its life ends; on its home core. */
static inline void debug_over(struct partition *partition)
{
	partition->debug.attached = 0;
	__atomic_store_n(&partition->debug.holds, 0, __ATOMIC_SEQ_CST);
}

/*
 * The emulated UART and clock. False: another core has them; come again, with interrupts taken in
 * between. Their registers are for who has taken them.
 */
bool devices_take(struct partition *partition);
void devices_give(struct partition *partition);
uint64_t uart_read(struct partition *partition, uint32_t offset);
void uart_write(struct partition *partition, uint32_t offset, uint64_t value);
uint64_t rtc_read(struct partition *partition, uint32_t offset);
void rtc_write(struct partition *partition, uint32_t offset, uint64_t value);
/* What follows from it is looked at behind the next write, in the same turn. */
void rtc_write_first(struct partition *partition, uint32_t offset, uint64_t value);

/* Their interrupt lines, after something else than an access has changed them. */
void uart_evaluate(struct partition *partition);
void rtc_evaluate(struct partition *partition);
void rtc_begin(struct partition *partition);

/* The emulated watchdog; its second signal ends the partition. */
uint64_t wdt_read(const struct partition *partition, uint32_t offset);
void wdt_write(struct partition *partition, uint32_t offset, uint64_t value);
void wdt_write_first(struct partition *partition, uint32_t offset, uint64_t value); /* as above */
void wdt_evaluate(struct partition *partition);

/* Before it goes on that was suspended for so long: their deadlines are looked at again. */
void devices_resume(struct partition *partition, uint64_t ticks);

#endif
