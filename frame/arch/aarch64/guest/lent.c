/*
 * Registers that are lent to the vCPU that touches them: see machine/lent.h. While a debugger is
 * attached, it uses the debug registers, and the vCPU's own values stay in memory. While a service
 * runs, the vCPU's MDSCR_EL1 is in struct core.
 */
#include <lib/string.h>
#include <machine/lent.h>
#include <state/core.h>
#include <state/partition.h>

static uint8_t lent_count CORE_LOCAL; /* event counters of the PMU, at most 31 */
static uint32_t lent_mdcr CORE_LOCAL; /* MDCR_EL2, but for what a vCPU changes of it */
static bool lent_points CORE_LOCAL;   /* lent_has_points() of this core */

/* MDCR_EL2: no vCPU has statistical profiling and trace filters. */
#define MDCR_HIDDEN (1ULL << 19 | 1ULL << 14)
#define MDCR_PMU    (1ULL << 6 | 1ULL << 5)
#define MDCR_DEBUG  (1ULL << 9)
/* OS locks, power control and ROM tables are never lent: debug.c emulates them. */
#define MDCR_NEVER (1ULL << 11 | 1ULL << 10)
#define MDCR_TDE   (1ULL << 8)
/* Nothing counts at EL2 (DDI 0487, D19.3, "MDCR_EL2"): HPMD, from PMUv3 for v8.1 on, for events;
 * HCCD, from PMUv3 for v8.5 on, for cycles. */
#define MDCR_HPMD (1u << 17)
#define MDCR_HCCD (1u << 23)
#define PMU_V8_1  4
#define PMU_V8_5  6
/* SS, KDE, MDE: the bits of MDSCR_EL1 that act without a touch. */
#define MDSCR_WORKS (1ULL << 0 | 1ULL << 13 | 1ULL << 15)
#define MDSCR_MDE   (1ULL << 15)
#define PMCR_E      1ULL
#define PMU_SAVED   (1ULL << 63)
#define PMU_ALL     0xffffffffULL

/* ---- the performance monitor ---- */

/* Returns the version of the core's PMUv3; 0: it has none. 15 is another kind, without these
 * registers. */
AT_START static uint32_t pmu_version(void)
{
	uint32_t version = sysreg_read(id_aa64dfr0_el1) >> 8 & 0xf;

	return version != 15 ? version : 0;
}

static void pmu_stop(void)
{
	sysreg_write(pmcr_el0, 0);
	sysreg_write(pmcntenclr_el0, PMU_ALL);
	sysreg_write(pmintenclr_el1, PMU_ALL);
	sysreg_write(pmovsclr_el0, PMU_ALL);
	sysreg_write(pmuserenr_el0, 0);
	barrier_instruction();
}

/* Saves the vCPU's counters, which stop. `hushed`: the interrupt enables are in memory already.
 * PMU_SAVED: so are the values of two registers that are written here; a crash came behind them. */
static void pmu_save(struct lent_counters *to, bool hushed)
{
	if (!hushed)
		to->interrupts = sysreg_read(pmintenset_el1);
	if ((to->control & PMU_SAVED) == 0) {
		to->selected = sysreg_read(pmselr_el0);
		order_stores();
		to->control = sysreg_read(pmcr_el0) | PMU_SAVED;
		order_stores();
	}
	sysreg_write(pmcr_el0, to->control & ~(PMCR_E | PMU_SAVED));
	barrier_instruction();
	to->enabled = sysreg_read(pmcntenset_el0);
	to->overflowed = sysreg_read(pmovsset_el0);
	to->user = sysreg_read(pmuserenr_el0);
	to->cycles = sysreg_read(pmccntr_el0);
	to->cycles_filter = sysreg_read(pmccfiltr_el0);
	for (uint64_t i = 0; i < lent_count; i++) {
		sysreg_write(pmselr_el0, i);
		barrier_instruction();
		to->event[i].count = sysreg_read(pmxevcntr_el0);
		to->event[i].type = sysreg_read(pmxevtyper_el0);
	}
}

/* Loads the vCPU's counters. The monitor was stopped when its last vCPU lost it. */
static void pmu_load(struct lent_counters *from, bool hushed)
{
	for (uint64_t i = 0; i < lent_count; i++) {
		sysreg_write(pmselr_el0, i);
		barrier_instruction();
		sysreg_write(pmxevcntr_el0, from->event[i].count);
		sysreg_write(pmxevtyper_el0, from->event[i].type);
	}
	sysreg_write(pmccfiltr_el0, from->cycles_filter);
	sysreg_write(pmccntr_el0, from->cycles);
	sysreg_write(pmuserenr_el0, from->user);
	sysreg_write(pmselr_el0, from->selected);
	sysreg_write(pmovsset_el0, from->overflowed);
	if (!hushed)
		sysreg_write(pmintenset_el1, from->interrupts);
	sysreg_write(pmcntenset_el0, from->enabled);
	from->control &= ~PMU_SAVED;
	sysreg_write(pmcr_el0, from->control);
}

/* True: the monitor acts without being touched: it counts, asks for an interrupt, or lets EL0 read.
 */
static bool pmu_works(const struct lent_counters *of)
{
	return ((of->control & PMCR_E) != 0 && (of->enabled | of->overflowed) != 0) ||
	       of->user != 0;
}

/* ---- debug ---- */

/* True: there are as many breakpoints and watchpoints as guests are told of, and no more. */
AT_START bool lent_has_points(void)
{
	uint64_t features = sysreg_read(id_aa64dfr0_el1);

	return (features >> 12 & 0xf) + 1 == DEBUG_BREAKPOINTS &&
	       (features >> 20 & 0xf) + 1 == DEBUG_WATCHPOINTS;
}

#define EACH(what)                                                                                 \
	"	.irp n, 0,1,2,3,4,5\n" what("0", "b") "	.endr\n"                                   \
	                                              "	.irp n, 0,1,2,3\n" what("96",              \
	                                                                        "w") "	.endr\n"
#define SAVE(at, kind)                                                                             \
	"	mrs	%[x], dbg" kind "vr\\n\\()_el1\n"                                          \
	"	mrs	%[y], dbg" kind "cr\\n\\()_el1\n"                                          \
	"	stp	%[x], %[y], [%[points], #" at "+16*\\n]\n"
#define LOAD(at, kind)                                                                             \
	"	ldp	%[x], %[y], [%[points], #" at "+16*\\n]\n"                                 \
	"	msr	dbg" kind "vr\\n\\()_el1, %[x]\n"                                          \
	"	msr	dbg" kind "cr\\n\\()_el1, %[y]\n"
_Static_assert(offsetof(struct debug_hardware, watchpoint) == 96, "EACH() has them there");

static void points_save(struct debug_hardware *points)
{
	uint64_t x, y;

	if (lent_points)
		__asm__ volatile(EACH(SAVE)
		                 : [x] "=&r"(x), [y] "=&r"(y)
		                 : [points] "r"(points)
		                 : "memory");
}

static void points_load(const struct debug_hardware *points)
{
	uint64_t x, y;

	if (lent_points)
		__asm__ volatile(EACH(LOAD) "	isb\n"
		                 : [x] "=&r"(x), [y] "=&r"(y)
		                 : [points] "r"(points)
		                 : "memory");
}

static void mdscr_write(uint64_t value)
{
	if (lent_to_service())
		core.service_mdscr = value;
	else
		sysreg_write(mdscr_el1, value);
}

static void debug_save(struct debug_vcpu *debug)
{
	points_save(&debug->own);
	debug->mdscr = lent_to_service() ? core.service_mdscr : sysreg_read(mdscr_el1);
}

/* True: the debug registers act without being touched. MDSCR_EL1 decides that: without it no
 * breakpoint and no watchpoint has an effect. */
static bool debug_works(const struct debug_vcpu *debug)
{
	return (debug->mdscr & MDSCR_WORKS) != 0;
}

/* ---- taken and given ---- */

static void set_apart(struct vcpu *vcpu)
{
	vcpu->context.apart = vcpu->debug.on || vcpu->lent != 0;
}

/* Returns what this core can lend. It may be of another kind than the vCPU's last core. */
static uint32_t available(void)
{
	return (core.has_pmu ? LENT_PMU : 0) | (lent_points ? LENT_DEBUG : 0);
}

void lent_take(struct vcpu *vcpu)
{
	if ((vcpu->lent & LENT_PMU) != 0) {
		pmu_save(&vcpu->counters, core.vcpu != vcpu);
		if (!pmu_works(&vcpu->counters))
			vcpu->lent &= ~LENT_PMU;
	}
	if ((vcpu->lent & LENT_DEBUG) != 0) {
		debug_save(&vcpu->debug);
		if (!debug_works(&vcpu->debug))
			vcpu->lent &= ~LENT_DEBUG;
	}
	set_apart(vcpu);
}

/* Sets the traps of the vCPU that has EL1. */
static void set_traps(const struct vcpu *vcpu)
{
	uint64_t mdcr = lent_mdcr;

	mdcr |= (vcpu->lent & LENT_PMU) != 0 ? 0 : MDCR_PMU;
	mdcr |= (vcpu->lent & LENT_DEBUG) != 0 ? 0 : MDCR_DEBUG;
	mdcr |= vcpu->debug.on != 0 ? MDCR_TDE : 0;
	sysreg_write(mdcr_el2, mdcr);
	core.lent = core.has_keys | vcpu->debug.on | vcpu->lent;
}

static void debug_load(const struct vcpu *vcpu)
{
	const struct debug_box *box = &vcpu->partition->console->debug;
	const struct debug_vcpu *debug = &vcpu->debug;
	uint64_t mdscr = 0;

	if (debug->on) {
		points_load(&box->hardware);
		sysreg_write(oslar_el1, 0);
		mdscr = MDSCR_MDE | debug->stepping;
	} else if ((vcpu->lent & LENT_DEBUG) != 0) {
		points_load(&debug->own);
		sysreg_write(oslar_el1, debug->locked);
		mdscr = debug->mdscr;
	}
	mdscr_write(mdscr);
	set_traps(vcpu);
}

void lent_give(struct vcpu *vcpu)
{
	vcpu->lent &= available();
	if (core.has_pmu)
		pmu_stop();
	debug_load(vcpu);
	if ((vcpu->lent & LENT_PMU) != 0)
		pmu_load(&vcpu->counters, core.vcpu != vcpu);
}

/*
 * The counters' interrupt line goes with EL1, but the interrupt belongs to the resident vCPU. While
 * these are two vCPUs, the line is kept down.
 */
bool lent_hush(struct vcpu *vcpu)
{
	struct lent_counters *counters = &vcpu->counters;

	if ((vcpu->lent & LENT_PMU) == 0)
		return false;
	counters->interrupts = sysreg_read(pmintenset_el1);
	sysreg_write(pmintenclr_el1, PMU_ALL);
	barrier_instruction();
	return (sysreg_read(pmovsset_el0) & counters->interrupts) != 0;
}

void lent_speak(const struct vcpu *vcpu)
{
	if ((vcpu->lent & LENT_PMU) != 0)
		sysreg_write(pmintenset_el1, vcpu->counters.interrupts);
}

bool lent_touch(struct vcpu *vcpu, uint32_t what)
{
	if ((available() & what) == 0 || (vcpu->lent & what) != 0 ||
	    (what == LENT_DEBUG && vcpu->debug.on))
		return false;
	vcpu->lent |= what;
	set_apart(vcpu);
	if (what == LENT_DEBUG) {
		debug_load(vcpu);
		return true;
	}
	pmu_load(&vcpu->counters, core.vcpu != vcpu);
	set_traps(vcpu);
	return true;
}

/* ---- a debugger, an end, a beginning ---- */

void lent_follow(struct vcpu *vcpu)
{
	bool has_el1 = core.el1 == vcpu;

	if (vcpu->debug.on && (vcpu->lent & LENT_DEBUG) != 0) {
		if (has_el1)
			debug_save(&vcpu->debug);
		vcpu->lent &= ~LENT_DEBUG;
	} else if (!vcpu->debug.on && debug_works(&vcpu->debug)) {
		vcpu->lent |= LENT_DEBUG & available();
	}
	set_apart(vcpu);
	if (has_el1)
		debug_load(vcpu);
}

void lent_drop(struct vcpu *vcpu)
{
	uint32_t lent = vcpu->lent;

	vcpu->lent = 0;
	set_apart(vcpu);
	if (lent == 0 || core.el1 != vcpu)
		return;
	if ((lent & LENT_PMU) != 0) {
		pmu_stop();
		core.service_pmcr = 0; /* a service may run, and would load this value afterwards */
	}
	debug_load(vcpu);
}

void lent_reset(struct vcpu *vcpu)
{
	/* Clears as many counters as this core has. If another core has more, those keep values of
	 * an earlier life of this vCPU. That does no harm: they are off like all others, and after
	 * a reset they may have any value (Arm ARM, PMEVCNTR<n>_EL0, PMEVTYPER<n>_EL0). */
	memset(&vcpu->counters, 0,
	       offsetof(struct lent_counters, event) +
	           lent_count * sizeof(vcpu->counters.event[0]));
	/* The debugger's fields stay, as they say what the core's registers have. debug_follow()
	 * comes next. */
	vcpu->debug = (struct debug_vcpu){
	    .on = vcpu->debug.on, .stepping = vcpu->debug.stepping, .locked = 1};
	lent_drop(vcpu);
}

AT_START void lent_begin(void)
{
	const uint32_t pmu = pmu_version();

	core.has_pmu = pmu != 0;
	lent_points = lent_has_points();
	if (core.has_pmu) {
		lent_count = (uint8_t)(sysreg_read(pmcr_el0) >> 11 & 0x1f);
		pmu_stop();
	}
	lent_mdcr = lent_count | MDCR_HIDDEN | MDCR_NEVER | (pmu >= PMU_V8_1 ? MDCR_HPMD : 0) |
	            (pmu >= PMU_V8_5 ? MDCR_HCCD : 0);
	sysreg_write(mdcr_el2, lent_mdcr | MDCR_PMU | MDCR_DEBUG);
	sysreg_write(mdscr_el1, 0);
	core.lent = core.has_keys;
}
