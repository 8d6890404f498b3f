/*
 * One vCPU of a core takes the place of its resident one: in place where each switch comes, and in
 * resident.c for all others.
 */
#ifndef CORE_EXCHANGE_H
#define CORE_EXCHANGE_H

#include <frame/core.h>
#include <frame/gic.h>
#include <frame/listreg.h>
#include <frame/partition.h>
#include <frame/resident.h>
#include <machine/gic_cpu.h>
#include <machine/sysreg.h>

/* It isn't in the list of those that wait for a timer any more. */
void resident_stir(struct vcpu *vcpu);

/* Timers are off meanwhile: what is made inactive doesn't come again for who isn't meant. */
void resident_exchange_private(const struct vcpu *old, const struct vcpu *next);

#define TIMER_ON 1u /* CNTx_CTL_EL0: ENABLE without IMASK */
#define TIMER_IS 3u

/* ---- those that wait and aren't resident, by their deadlines ---- */

static inline bool goes_off(uint64_t control, uint32_t open)
{
	return (control & TIMER_IS) == TIMER_ON && open != 0;
}

static inline uint64_t earlier_deadline(const struct vcpu *vcpu, uint32_t open)
{
	const struct resident_gic *gic = &vcpu->saved.gic;
	uint64_t deadline = TIMER_NEVER;

	if (goes_off(gic->virtual_control, open & core.virtual_timer) &&
	    __builtin_add_overflow(gic->virtual_compare, vcpu->hidden, &deadline))
		deadline = TIMER_NEVER;
	if (goes_off(gic->physical_control, open & core.physical_timer) &&
	    gic->physical_compare < deadline)
		deadline = gic->physical_compare;
	return deadline;
}

/* `due` is TIMER_NEVER unless it is in the list. */
static inline void fall_asleep(struct vcpu *vcpu, uint32_t open)
{
	struct vcpu **link = &core.sleepers;

	if (((vcpu->saved.gic.virtual_control | vcpu->saved.gic.physical_control) & 1) == 0)
		return;
	vcpu->due = earlier_deadline(vcpu, open);
	if (vcpu->due == TIMER_NEVER)
		return;
	while (*link != 0 && (*link)->due <= vcpu->due)
		link = &(*link)->next_due;
	vcpu->next_due = *link;
	*link = vcpu;
}

/* ---- GIC state and timers ---- */

/* Of the physical private interrupts: those that it holds, which are active. */
static inline uint32_t held_private(const struct vcpu *vcpu)
{
	uint32_t held = vcpu->vgic.waiting.all[0] | vcpu->vgic.evicted.all[0];

	for (uint32_t used = vcpu->saved.gic.used; used != 0; used &= used - 1) {
		uint32_t intid = LR_INTID(vcpu->saved.gic.lr[__builtin_ctz(used)]);

		if (intid < VGIC_PRIVATE)
			held |= 1u << intid;
	}
	return held & core.privates;
}

static inline bool private_differ(const struct vcpu *old, uint32_t active, uint32_t open,
                                  const struct vcpu *next)
{
	uint32_t latched = old->vgic.latched | next->vgic.latched;

	return ((active | next->saved.active | latched | (open ^ next->vgic.open)) &
	        core.privates) != 0;
}

/*
 * The resident one is saved, and another one takes its place: the virtual GIC interface, the
 * timers, and the private interrupts where they differ, which is seldom. One is active before a
 * list register is linked to it.
 */
static inline __attribute__((always_inline)) void exchange(struct vcpu *old, struct vcpu *next)
{
	uint32_t active, open = old->vgic.open;

	lr_settle();
	resident_save_gic(&old->saved.gic, core.lists);
	active = held_private(old);
	old->saved.active = active;
	if (private_differ(old, active, open, next))
		resident_exchange_private(old, next);
	sysreg_write(cntvoff_el2, next->hidden);
	resident_load_gic(&next->saved.gic, old->saved.gic.used);
	core.vcpu = next;
	if (next->due != TIMER_NEVER)
		resident_stir(next);
	if (old->roused != 0)
		fall_asleep(old, open & ~active);
	if (next->vgic.waiting.returns != 0)
		vgic_returned(next);
}

#endif
