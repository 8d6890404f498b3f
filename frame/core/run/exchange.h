/*
 * Puts another vCPU of a core in the place of the resident one: inline in sched.c, where each
 * switch comes, and in resident.c for all other exchanges.
 */
#ifndef RUN_EXCHANGE_H
#define RUN_EXCHANGE_H

#include <machine/gic_cpu.h>
#include <machine/sysreg.h>
#include <run/resident.h>
#include <vgic/vgic.h>

/* A vCPU that may have lent registers leaves the virtual GIC interface. */
void resident_hush(struct vcpu *old);

/* Takes the vCPU out of core.sleepers, if it is in there. */
void resident_stir(struct vcpu *vcpu);

/* Exchanges the active bits of private interrupts, and the pending ones that were set by hand. The
 * timers are off meanwhile, so that an interrupt that is made inactive doesn't come again for the
 * wrong vCPU. */
void resident_exchange_private(const struct vcpu *old, const struct vcpu *next);

/* Returns the earlier one of `deadline` and the vCPU's physical timer. That timer is seldom on. */
uint64_t resident_physical_deadline(const struct vcpu *vcpu, uint32_t open, uint64_t deadline);

#define TIMER_ON 1u /* CNTx_CTL_EL0: ENABLE without IMASK */
#define TIMER_IS 3u

/* ---- vCPUs that wait and aren't resident, by their deadlines ---- */

static inline bool goes_off(uint64_t control, uint32_t open)
{
	return (control & TIMER_IS) == TIMER_ON && open != 0;
}

static inline uint64_t earlier_deadline(const struct vcpu *vcpu, uint32_t open)
{
	const struct resident_gic *gic = &vcpu->saved.gic;
	uint64_t deadline = TIMER_NEVER;

	if (goes_off(gic->virtual_control, open & core.virtual_timer) &&
	    __builtin_add_overflow(gic->virtual_compare, vcpu->run.hidden, &deadline))
		deadline = TIMER_NEVER;
	if ((gic->physical_control & 1) != 0)
		deadline = resident_physical_deadline(vcpu, open, deadline);
	return deadline;
}

/* Puts the vCPU into core.sleepers, if a timer of it is on. `due` is TIMER_NEVER outside of the
 * list. */
static inline void fall_asleep(struct vcpu *vcpu, uint32_t open)
{
	struct vcpu **link = &core.sleepers;

	vcpu->run.due = earlier_deadline(vcpu, open);
	if (vcpu->run.due == TIMER_NEVER)
		return;
	while (*link != 0 && (*link)->run.due <= vcpu->run.due)
		link = &(*link)->run.next_due;
	vcpu->run.next_due = *link;
	*link = vcpu;
}

/* ---- GIC state and timers ---- */

/* Returns the physical private interrupts that the vCPU holds: they are active. The vCPU's GIC
 * state has been saved. */
static inline uint32_t held_private(const struct vcpu *vcpu, uint32_t used)
{
	uint32_t held = vcpu->vgic.waiting.all[0] | vcpu->vgic.evicted.all[0];

	if (used != 0)
		held |= vcpu->saved.gic.held;
	return held & core.privates;
}

/* Exchanges the private interrupts if the two vCPUs differ in them. They seldom do; if they do, one
 * of the two most often hasn't enabled an interrupt. */
static inline void exchange_private(const struct vcpu *old, uint32_t active, uint32_t was,
                                    const struct vcpu *next)
{
	uint32_t odd = active | next->saved.active | old->vgic.latched | next->vgic.latched;
	uint32_t open = next->vgic.open, privates = core.privates;

	if (((odd | (was ^ open)) & privates) == 0)
		return;
	if ((odd & privates) != 0)
		resident_exchange_private(old, next);
	gic_set_enable(gic_private(), open & privates);
	gic_clear_enable(gic_private(), privates & ~open);
}

/* Gives the timers' interrupts the class of the resident vCPU, so that they don't hold up a vCPU
 * that is more urgent than the resident vCPU can become. */
static inline void follow_class(const struct vcpu *vcpu)
{
	if (core.timers_urgency == vcpu->run.rouses)
		return;
	core.timers_urgency = vcpu->run.rouses;
	gic_set_timers_class(gic_class(vcpu->run.rouses));
}

/*
 * Saves the resident vCPU and puts another one in its place: the virtual GIC interface, the timers,
 * and the private interrupts. An interrupt is active before a list register is linked to it. A
 * crash in between finds all of the old vCPU in the core while core.vcpu names it, and afterwards
 * all of both in memory until core.vcpu_whole names the next one.
 */
static inline void exchange(struct vcpu *old, struct vcpu *next)
{
	uint32_t used, active, open = old->vgic.open;

	if (core.lent != 0)
		resident_hush(old);
	used = resident_save_gic(&old->saved.gic, core.lists);
	active = held_private(old, used);
	old->saved.active = active;
	order_stores();
	core.vcpu = next;
	resident_stop_timers();
	exchange_private(old, active, open, next);
	sysreg_write(cntvoff_el2, next->run.hidden);
	resident_load_gic(&next->saved.gic, used);
	core.vcpu_whole = next;
	if (next->run.due != TIMER_NEVER)
		resident_stir(next);
	if (vcpu_is_roused(old))
		fall_asleep(old, open & ~active);
	if ((next->vgic.waiting.levels | next->vgic.waiting.hushed) != 0)
		vgic_returned(next);
}

/* Makes the vCPU that is to run resident. Another vCPU may be resident, for a message. */
static inline void exchange_resident(struct vcpu *next)
{
	if (core.vcpu != next)
		exchange(core.vcpu, next);
	else if (next->vgic.waiting.hushed != 0)
		vgic_returned(next);
}

#endif
