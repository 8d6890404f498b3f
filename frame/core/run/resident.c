/*
 * Makes a core's vCPUs resident; see run/resident.h. A core with one vCPU finds that vCPU here at
 * its start, and comes here later only in rare cases.
 */
#include "exchange.h"

#include <frame/gic_places.h>
#include <frame/listreg.h>
#include <frame/stop.h>
#include <lib/bundle.h>
#include <machine/contexts.h>
#include <machine/lent.h>
#include <run/resident.h>
#include <run/sched.h>
#include <run/stuck.h>
#include <vgic/vgic.h>
#include <word/vcpu.h>

static uint32_t resident_physical_timer CORE_LOCAL; /* its bit among the private interrupts */
/* For each partition the vCPU that ran here last; 0: not known. */
static struct vcpu *resident_last[BUNDLE_PARTITIONS_MAX] CORE_LOCAL;

#define NOBODYS_INDEX 0xff /* of `nobody`; no other vCPU has it */

/* The vCPU that is resident while no other vCPU is. It has no interrupts, and never runs. */
static struct vcpu nobody CORE_LOCAL_PAGES;

static void link(struct vcpu *vcpu)
{
	vcpu->run.next_here = core.vcpus;
	core.vcpus = vcpu;
	core.here++;
}

AT_START static void set_whole(struct vcpu *vcpu)
{
	core.vcpu = core.vcpu_whole = vcpu;
	core.el1 = core.el1_whole = vcpu;
}

AT_START static void resident_add(struct partition *partition, struct vcpu *vcpu,
                                  const struct bundle_vcpu *config)
{
	core.hosts |= 1u << partition->index;
	core.roams |= config->cores & (config->cores - 1);
	nobody.partition = partition;
	if (core.vcpu == 0)
		set_whole(&nobody);
	if (vcpu->core != core.index || vcpu->comes)
		return;
	vcpu->owner = (uint8_t)partition->index;
	vcpu->run.due = TIMER_NEVER;
	if ((config->flags & BUNDLE_VCPU_REALTIME) == 0)
		vcpu->run.roams = (config->cores & (config->cores - 1)) != 0 ? config->cores : 0;
	vcpu->context.forgets =
	    partition->vcpu_count > 1 || (config->cores & (config->cores - 1)) != 0;
	vcpu->run.account->core = (uint8_t)core.index;
	vcpu->run.account->priority = vcpu->run.priority;
	link(vcpu);
	core.partition = partition;
	if (!core.recovers)
		set_whole(vcpu); /* otherwise its registers are in memory */
}

AT_START static void add_all(void)
{
	for (uint32_t p = core_bundle->partitions.count; p-- > 0;) {
		const struct bundle_range vcpus = bundle_partitions(core_bundle)[p].vcpus;

		for (uint32_t i = vcpus.count; i-- > 0;) {
			const struct bundle_vcpu *config =
			    &bundle_vcpus(core_bundle)[vcpus.first + i];

			if ((config->cores >> core.index & 1) != 0)
				resident_add(partition_at(p), &partition_at(p)->vcpus[i], config);
		}
	}
}

/* True: the vCPU's partition receives and gives up cores by its load (docs/power.md). Its WFIs have
 * to trap, as they show the load. */
AT_START static bool is_counted(const struct vcpu *vcpu)
{
	for (uint32_t i = 0; i < core_bundle->cores.count; i++)
		if (bundle_cores(core_bundle)[i].holders >> vcpu->owner & 1)
			return core_bundle->shift.by_load != 0;
	return false;
}

AT_START void resident_begin(void)
{
	nobody.context.trace_id = TRACE_NO_VCPU;
	nobody.index = NOBODYS_INDEX;
	nobody.run.due = TIMER_NEVER;
	add_all();
	/* A vCPU that has promises, may move or has a counted load isn't `only`: its WFI has to
	 * trap. */
	if (GIC_WFI_SEES && core.vcpus != 0 && core.vcpus->run.next_here == 0 &&
	    core.vcpus->run.promised == 0 && core.roams == 0 && !is_counted(core.vcpus))
		core.only = core.vcpus;
	else
		core.partition = 0;
	core.account->unseen = core.only != 0;
	core.virtual_timer = 1u << core_bundle->board.virtual_timer_intid;
	resident_physical_timer = 1u << core_bundle->board.physical_timer_intid;
	core.privates = core.virtual_timer | resident_physical_timer;
	if (core_bundle->board.pmu_intid != 0)
		core.privates |= 1u << core_bundle->board.pmu_intid;
	for (struct vcpu *vcpu = core.vcpus; vcpu != 0 && core.only == 0;
	     vcpu = vcpu->run.next_here)
		vcpu->context.hcr |= CONTEXT_HCR_TWI;
}

void resident_stir(struct vcpu *vcpu)
{
	struct vcpu **link = &core.sleepers;

	if (vcpu->run.due == TIMER_NEVER)
		return;
	while (*link != vcpu)
		link = &(*link)->run.next_due;
	*link = vcpu->run.next_due;
	vcpu->run.due = TIMER_NEVER;
}

void resident_exchange_private(const struct vcpu *old, const struct vcpu *next)
{
	gic_clear_active(gic_private(), old->saved.active);
	gic_clear_pending(gic_private(), old->vgic.latched & core.privates);
	gic_set_active(gic_private(), next->saved.active);
	gic_set_pending(gic_private(), next->vgic.latched & core.privates);
}

uint64_t resident_physical_deadline(const struct vcpu *vcpu, uint32_t open, uint64_t deadline)
{
	const struct resident_gic *gic = &vcpu->saved.gic;

	if (goes_off(gic->physical_control, open & resident_physical_timer) &&
	    gic->physical_compare < deadline)
		deadline = gic->physical_compare;
	return deadline;
}

void resident_hush(struct vcpu *old)
{
	if (old == core.el1 && lent_hush(old) && old->run.waits != 0)
		resident_wake(old);
}

void resident_return(struct vcpu *vcpu)
{
	bool came = core.vcpu != vcpu;

	exchange_resident(vcpu);
	if (came && core.lent != 0 && vcpu == core.el1)
		lent_speak(vcpu);
}

void resident_follow(struct vcpu *vcpu)
{
	struct vcpu **last = &resident_last[vcpu->owner];

	if (*last != 0)
		(*last)->context.forgets = 1;
	*last = vcpu;
	vcpu->context.forgets = 0;
	resident_forget_translations(vcpu->context.vttbr);
}

void resident_arm_choice(void)
{
	resident_arm(core.ready != 0 ? core.ready->priority + 1U : 0);
	timer_program(TIMER_SAVED);
}

void resident_enter(struct vcpu *vcpu)
{
	core.reschedule = 1;
	if (core.vcpu == vcpu)
		return;
	resident_look();
	resident_return(vcpu);
	follow_class(vcpu);
	lr_settle();
}

/* ---- a recovery ---- */

AT_START bool resident_is_nobody(const struct vcpu *vcpu)
{
	return vcpu == &nobody;
}

/* An idle core has its virtual interface off for a moment. */
AT_START static void put_down_gic(struct vcpu *vcpu)
{
	struct resident_gic *gic = &vcpu->saved.gic;

	vcpu->saved.active = held_private(vcpu, resident_save_gic(gic, core.lists));
	if (!vcpu->debug.stepping)
		gic->hcr |= ICH_HCR_EN;
}

AT_START void resident_put_down(void)
{
	struct vcpu *old = core.el1, *resident = core.vcpu;

	contexts_leave_service();
	nobody.partition = resident->partition;
	if (core.el1 != core.el1_whole && core.el1_whole != 0 && core.lent != 0)
		context_save_apart(core.el1_whole);
	if (core.el1 == core.el1_whole && old != &nobody)
		context_exchange_el1(old, &nobody, &core.pristine);
	if (core.vcpu == core.vcpu_whole && resident != &nobody)
		put_down_gic(resident);
	resident_stop_timers();
}

AT_START void resident_lose(void)
{
	set_whole(&nobody);
	resident_put_down();
}

/* ---- from core to core ---- */

/* Saves the vCPU's EL1 registers by a switch to `nobody`. A running service gives its place to
 * `nobody` for that moment, and goes on afterwards. */
static void leave_el1(struct vcpu *vcpu)
{
	struct context *current = core.current;

	nobody.owner = vcpu->owner;
	nobody.context.hcr = vcpu->context.hcr;
	nobody.context.vttbr = vcpu->context.vttbr;
	core.current = &nobody.context;
	context_switch(current, &nobody.context);
	if (current == 0 || current->kind == CONTEXT_VCPU || current->state != CONTEXT_READY)
		return;
	core.current = current;
	context_switch(&nobody.context, current);
}

void resident_leave(struct vcpu *vcpu)
{
	struct vcpu **link = &core.vcpus;

	nobody.partition = vcpu->partition;
	if (core.vcpu == vcpu)
		resident_enter(&nobody);
	resident_stir(vcpu);
	if (core.el1 == vcpu)
		leave_el1(vcpu);
	while (*link != vcpu)
		link = &(*link)->run.next_here;
	*link = vcpu->run.next_here;
	core.here--;
	if (resident_last[vcpu->owner] == vcpu)
		resident_last[vcpu->owner] = 0;
}

/* The vCPU's earlier translations on this core may be void by now. A vCPU that waits is woken: the
 * vCPU has to find out by itself what came, and this core looks at the vCPU's timers only after the
 * vCPU has run. */
void resident_come(struct vcpu *vcpu)
{
	link(vcpu);
	vcpu->context.forgets = 1;
	if (vcpu->run.promised != 0)
		promise_look_soon();
	resident_wake(vcpu);
}

/* ---- interrupts for vCPUs that aren't resident ---- */

struct partition *resident_partition(uint32_t index)
{
	struct vcpu *vcpu = core.vcpus;

	if ((core.hosts >> index & 1) == 0)
		return 0;
	if (core.vcpu->partition->index == index)
		vcpu = core.vcpu;
	while (vcpu != 0 && vcpu->partition->index != index)
		vcpu = vcpu->run.next_here;
	if (vcpu != 0)
		resident_enter(vcpu);
	return partition_at(index);
}

/* Returns the vCPU that an interrupt is for: a private interrupt is for the resident vCPU, an SPI
 * for the vCPU that the SPI is routed to. 0: there is no such vCPU. */
static struct vcpu *owner_of(uint32_t intid)
{
	uint32_t hosts = core.hosts;

	if (intid < VGIC_PRIVATE)
		return core.vcpu;
	for (; hosts != 0; hosts &= hosts - 1) {
		struct partition *partition = partition_at((uint32_t)__builtin_ctz(hosts));

		if ((partition->vgic.owned[intid / 32] >> intid % 32 & 1) != 0)
			return &partition->vcpus[partition->vgic.target[intid]];
	}
	return 0;
}

/* True: a timer's interrupt came, but the timer doesn't ask for it, and the guest didn't set it
 * pending by hand. The interrupt was for the vCPU that was resident before: on hardware the line
 * falls some time after the timer's registers have become this vCPU's. */
static inline bool is_stale(const struct vcpu *vcpu, uint32_t intid)
{
	return intid < VGIC_PRIVATE &&
	       !resident_timer_asks(intid == core_bundle->board.virtual_timer_intid) &&
	       ((core.privates & ~vcpu->vgic.latched) >> intid & 1) != 0;
}

static inline void interrupt_service(const struct vcpu *vcpu)
{
	if (core.current != 0 && core.current->kind != CONTEXT_VCPU)
		sched_interrupt(core.current, &vcpu->context);
}

/* The performance monitor belongs to the vCPU that has EL1. While another vCPU is resident, the
 * monitor's line is down. */
static void counters_interrupt(uint32_t intid)
{
	struct vcpu *vcpu = core.vcpu;
	bool asks = core.el1 == vcpu && (vcpu->lent & LENT_PMU) != 0 && lent_pmu_asks();

	if (!asks && (vcpu->vgic.latched >> intid & 1) == 0) {
		gic_deactivate(intid);
		return;
	}
	vgic_arrived(vcpu, intid);
	interrupt_service(vcpu);
}

void resident_interrupt(uint32_t intid)
{
	struct vcpu *vcpu;

	if (intid == core_bundle->board.pmu_intid) {
		counters_interrupt(intid);
		return;
	}
	vcpu = owner_of(intid);
	if (vcpu == 0)
		stop_machine("an interrupt came that nobody owns");
	if (vcpu == core.vcpu) {
		if (is_stale(vcpu, intid))
			gic_deactivate(intid);
		else
			vgic_arrived(vcpu, intid);
	} else if (!vcpu_is_here(vcpu)) {
		vgic_strayed(vcpu, intid);
		return;
	} else {
		vgic_noted(vcpu, intid);
		resident_wake(vcpu);
	}
	interrupt_service(vcpu);
}

/* True: its vCPU is here and not resident, and has the interrupt. */
static inline bool is_noted(struct partition *partition, uint32_t intid)
{
	struct vcpu *to = &partition->vcpus[partition->vgic.target[intid]];

	if (!vcpu_is_here(to) || to == core.vcpu || !vgic_noted_pulse(to, intid))
		return false;
	resident_wake(to);
	return true;
}

void resident_pulse(struct partition *partition, uint32_t intid)
{
	if (is_noted(partition, intid))
		return;
	(void)resident_partition(partition->index);
	vgic_pulse(partition, intid);
}

void resident_message(struct partition *partition, uint32_t intid)
{
	if (!is_noted(partition, intid)) {
		(void)resident_partition(partition->index);
		vgic_message(partition, intid);
	}
	interrupt_service(&partition->vcpus[partition->vgic.target[intid]]);
}

/* ---- waiting ---- */

/* A vCPU that is alone on its core stays in the queue, behind services. If none of them is ready,
 * the vCPU's own WFI waits, which the hardware ends. */
void resident_wait(struct vcpu *vcpu)
{
	core.reschedule = 1;
	if (core.only != 0)
		sched_end_turn(&vcpu->context);
	else
		sched_wait(vcpu);
}

void resident_wake(struct vcpu *vcpu)
{
	if (vcpu->run.waits && vcpu->run.promised != 0)
		promise_wakes(vcpu);
	resident_stir(vcpu);
	if (vcpu->run.below)
		promise_raise(vcpu);
	if (!vcpu->run.waits)
		return;
	vcpu->run.waits = 0;
	sched_ready(&vcpu->context);
}

void resident_look(void)
{
	if (core.vcpu != 0 && vcpu_is_roused(core.vcpu) && vgic_cpu_pending(core.vcpu))
		resident_wake(core.vcpu);
}

/* If several vCPUs are due, only the most urgent one is woken, so that other interrupts don't wait
 * for all of them. The timer's next interrupt comes at once for the rest. */
void resident_due(uint64_t now)
{
	struct vcpu *first = core.sleepers;

	core.reschedule = 1; /* the choice arms the next deadline, even if none is over now */
	if (first == 0 || first->run.due > now)
		return;
	for (struct vcpu *vcpu = first->run.next_due; vcpu != 0 && vcpu->run.due <= now;
	     vcpu = vcpu->run.next_due)
		if (vcpu->run.rouses > first->run.rouses)
			first = vcpu;
	resident_wake(first);
}
