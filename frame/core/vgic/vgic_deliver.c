/*
 * The list registers of the resident vCPU, and the two sets behind them: fills and refills list
 * registers, and takes interrupts back. Each step is bounded by the number of list registers, not
 * by the number of interrupts. Work of many steps asks for its next step.
 *
 * After the last step of a refill, if an interrupt still waits, then no list register is empty, at
 * least one is pending, and each pending one is at least as urgent as every interrupt that waits.
 * When the guest empties some, the maintenance interrupt has them refilled.
 */
#include "vgic_lr.h"
#include "vgic_sets.h"

#include <frame/listreg.h>
#include <machine/gic_cpu.h>
#include <state/partition.h>
#include <vgic/vgic.h>
#include <word/trace.h>
#include <word/vcpu.h>

static uint8_t priority_of(const struct vcpu *vcpu, uint32_t intid)
{
	const uint8_t *priority = vcpu->partition->vgic.priority;

	if (intid < VGIC_PRIVATE)
		priority = vcpu->vgic.priority;
	return priority[intid];
}

/* Returns a list register's bits for the interrupt, without state and priority. LR_EOI: the frame
 * has to see the end of a wired interrupt. */
static uint64_t kind_bits(const struct vcpu *vcpu, uint32_t intid)
{
	uint32_t group = intid < VGIC_PRIVATE ? vcpu->vgic.group
	                                      : vgic_look(&vcpu->partition->vgic.group[intid / 32]);
	uint64_t bits = (group >> intid % 32 & 1) != 0 ? LR_GROUP1 | intid : intid;

	if (vgic_is_physical(vcpu, intid))
		return bits | LR_HW | LR_PHYSICAL(intid);
	return intid >= VGIC_PRIVATE ? bits | LR_EOI : bits;
}

/* Returns the list register's value for an interrupt that becomes pending. */
static uint64_t pending(const struct vcpu *vcpu, uint32_t intid, uint8_t priority)
{
	uint64_t kind = kind_bits(vcpu, intid);

	trace(TRACE_INJECT, vcpu->context.trace_id, TRACE_PHYSICAL(kind) | intid);
	return LR_PENDING | kind | LR_PRIORITY(priority);
}

static void fill(struct vcpu *vcpu, uint32_t index, uint32_t intid, uint8_t priority)
{
	lr_write(index, pending(vcpu, intid, priority));
}

/* Returns the index of the list register that holds the interrupt; core.list_registers: none does.
 */
static uint32_t find(uint32_t intid)
{
	uint32_t used = ~lr_empty() & lr_mask();

	for (; used != 0; used &= used - 1) {
		uint32_t index = (uint32_t)__builtin_ctz(used);

		if (LR_INTID(lr_read(index)) == intid)
			return index;
	}
	return core.list_registers;
}

/* ---- evicted interrupts ---- */

static void end_evicted(struct vcpu *vcpu, uint32_t intid)
{
	evicted_remove(&vcpu->vgic, intid);
	vgic_released(vcpu, intid);
}

/* Ends as many evicted interrupts as the guest has ended without finding a list register. */
static void count_ends(struct vcpu *vcpu)
{
	uint32_t count;

	if (vcpu->vgic.evicted.words == 0)
		return;
	for (count = lr_unmatched_ends(); count > 0 && vcpu->vgic.evicted.levels != 0; count--)
		end_evicted(vcpu, evicted_first(&vcpu->vgic));
}

/* Moves an active interrupt from its list register into the evicted set. If it is pending, too,
 * `latched` keeps that: the guest gets the interrupt again only after it has ended the active one.
 */
static void evict(struct vcpu *vcpu, uint32_t index)
{
	uint64_t lr = lr_read(index);
	uint32_t intid = LR_INTID(lr);

	lr_write(index, 0);
	if ((lr & LR_PENDING) != 0)
		vcpu->vgic.latched |= 1u << intid;
	evicted_add(&vcpu->vgic, intid, VGIC_LEVEL(LR_GET_PRIORITY(lr)));
}

static void restore(struct vcpu *vcpu, uint32_t index)
{
	struct vgic_cpu *own = &vcpu->vgic;
	uint32_t intid = evicted_first(own);
	uint8_t priority = VGIC_LEVEL_PRIORITY(own->level[intid]);

	evicted_remove(own, intid);
	lr_write(index, LR_ACTIVE | kind_bits(vcpu, intid) | LR_PRIORITY(priority));
	if (intid < VGIC_PRIVATE && (own->latched >> intid & 1) != 0)
		vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
}

/* ---- more interrupts than list registers ---- */

/*
 * `pending`: the least urgent list register that is pending (and perhaps active, too) and less
 * urgent than the level; core.list_registers if there is none. `active`: the least urgent active
 * list register; number 0 if all active ones have the highest priority.
 * `any_pending`: a list register is pending and not active.
 */
struct least {
	uint32_t pending, active;
	bool any_pending;
};

static struct least find_least(uint32_t pending_level)
{
	struct least found = {core.list_registers, 0, false};
	uint32_t active_level = 0;

	for (uint32_t i = 0; i < core.list_registers; i++) {
		uint64_t lr = lr_read(i);
		uint32_t level = VGIC_LEVEL(LR_GET_PRIORITY(lr));

		if ((lr & LR_PENDING) != 0 && level > pending_level) {
			pending_level = level;
			found.pending = i;
		}
		if ((lr & LR_ACTIVE) != 0 && level > active_level) {
			active_level = level;
			found.active = i;
		}
		found.any_pending |= (lr & LR_STATE) == LR_PENDING;
	}
	return found;
}

static bool any_pending(void)
{
	for (uint32_t i = 0; i < core.list_registers; i++)
		if ((lr_read(i) & LR_STATE) == LR_PENDING)
			return true;
	return false;
}

/* Moves the first waiting interrupt into an empty list register. If it isn't wanted any more, it is
 * put back. */
static void take_first(struct vcpu *vcpu, uint32_t index)
{
	struct vgic_cpu *own = &vcpu->vgic;
	uint32_t intid = waiting_first(own);

	waiting_remove(own, intid);
	if ((vgic_wanted(vcpu, intid / 32) >> intid % 32 & 1) != 0)
		fill(vcpu, index, intid, VGIC_LEVEL_PRIORITY(own->level[intid]));
	else
		vgic_put_back(vcpu, intid);
}

/*
 * All list registers are full, and an interrupt waits. It takes the place of a less urgent pending
 * interrupt, or of an active one if all are active. False: each interrupt is in the right place.
 *
 * An interrupt that is active and pending may be displaced like a pending one, as it is pending at
 * once when the guest ends it, without a maintenance interrupt. For the question whether all are
 * active, it counts as active.
 */
static bool make_room(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;
	struct least least = find_least((uint32_t)__builtin_ctz(own->waiting.levels));
	uint32_t victim = least.pending;
	uint64_t lr;

	if (victim == core.list_registers && !least.any_pending)
		victim = least.active;
	if (victim == core.list_registers)
		return false;
	lr = lr_read(victim);
	if ((lr & LR_ACTIVE) != 0)
		evict(vcpu, victim);
	lr_write(victim, 0);
	take_first(vcpu, victim);
	if ((lr & LR_ACTIVE) == 0)
		waiting_add(own, LR_INTID(lr), VGIC_LEVEL(LR_GET_PRIORITY(lr)));
	return true;
}

/* Returns which maintenance interrupts are wanted: list registers are nearly empty (UIE), none is
 * pending (NPIE), the guest ended an interrupt that is in none (LRENPIE). TDIR: the guest's
 * deactivations trap. */
static uint32_t maintenance_wanted(const struct vgic_cpu *own)
{
	uint32_t want = 0;

	if (own->waiting.levels != 0)
		want |= ICH_HCR_UIE | (any_pending() ? ICH_HCR_NPIE : 0);
	if (own->evicted.words != 0)
		want |= ICH_HCR_UIE | ICH_HCR_LRENPIE | ICH_HCR_TDIR;
	if (own->by_hand != 0)
		want |= ICH_HCR_TDIR;
	return want;
}

/* Takes one step. True: it moved something, so another step may be needed. */
static bool refill_step(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;
	uint32_t free = lr_free();

	if (own->waiting.levels != 0) {
		if (free == 0)
			return make_room(vcpu);
		take_first(vcpu, (uint32_t)__builtin_ctz(free));
		return true;
	}
	if (own->evicted.words == 0 || free == 0)
		return false;
	restore(vcpu, (uint32_t)__builtin_ctz(free));
	return true;
}

static bool refill_lists(struct vcpu *vcpu, uint32_t steps)
{
	struct vgic_cpu *own = &vcpu->vgic;
	bool moved = false;

	count_ends(vcpu);
	/* With all list registers full a step is long, so the next one comes later. */
	while (refill_step(vcpu)) {
		moved = true;
		lr_settle();
		if (--steps == 0 || lr_free() == 0)
			break;
	}
	if (moved && (own->waiting.levels != 0 || own->evicted.words != 0))
		vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
	lr_want_maintenance(maintenance_wanted(own));
	return moved;
}

bool vgic_refill(struct vcpu *vcpu)
{
	return refill_lists(vcpu, VGIC_STEP);
}

void vgic_refill_later(struct vcpu *vcpu)
{
	if (vcpu->vgic.waiting.levels != 0 || vcpu->vgic.evicted.words != 0)
		vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
}

void vgic_queue(struct vcpu *vcpu, uint32_t intid)
{
	uint32_t index = core.list_registers;

	if (intid < VGIC_PRIVATE && !vgic_is_physical(vcpu, intid))
		index = find(intid);
	if (index < core.list_registers)
		lr_write(index, lr_read(index) | LR_PENDING);
	else if (!waiting_has(&vcpu->vgic, intid))
		waiting_add(&vcpu->vgic, intid, VGIC_LEVEL(priority_of(vcpu, intid)));
}

void vgic_deliver(struct vcpu *vcpu, uint32_t intid)
{
	uint32_t empty = lr_free();

	if (vcpu->vgic.waiting.levels == 0 && empty != 0 &&
	    (empty == lr_mask() || intid >= VGIC_PRIVATE || find(intid) == core.list_registers)) {
		fill(vcpu, (uint32_t)__builtin_ctz(empty), intid, priority_of(vcpu, intid));
		lr_settle();
		return;
	}
	vgic_queue(vcpu, intid);
	/* To make room for an interrupt is a long step, so it comes later. */
	if (intid >= VGIC_PRIVATE || lr_free() == 0)
		vgic_refill_later(vcpu);
	else
		(void)vgic_refill(vcpu);
}

/* ---- looking and taking back ---- */

struct vgic_held vgic_held(struct vcpu *vcpu, uint32_t word)
{
	uint32_t used = ~lr_empty() & lr_mask();
	struct vgic_held held;

	count_ends(vcpu);
	held.pending = vcpu->vgic.waiting.all[word];
	held.active = vcpu->vgic.evicted.all[word];
	for (; used != 0; used &= used - 1) {
		uint64_t lr = lr_read((uint32_t)__builtin_ctz(used));
		uint32_t intid = LR_INTID(lr);
		uint32_t bit = 1u << intid % 32;

		if (intid / 32 != word)
			continue;
		held.pending |= (lr & LR_PENDING) != 0 ? bit : 0;
		held.active |= (lr & LR_ACTIVE) != 0 ? bit : 0;
	}
	return held;
}

void vgic_take_back(struct vcpu *vcpu, uint32_t intid)
{
	uint32_t index;
	uint64_t lr;

	if (waiting_has(&vcpu->vgic, intid)) {
		waiting_remove(&vcpu->vgic, intid);
		return;
	}
	index = find(intid);
	if (index == core.list_registers)
		return;
	lr = lr_read(index);
	lr_write(index, (lr & LR_ACTIVE) != 0 ? lr & ~LR_PENDING : 0);
	lr_settle();
}

void vgic_end(struct vcpu *vcpu, uint32_t intid)
{
	uint32_t index;
	uint64_t lr;

	if (evicted_has(&vcpu->vgic, intid)) {
		end_evicted(vcpu, intid);
		return;
	}
	index = find(intid);
	if (index == core.list_registers)
		return;
	lr = lr_read(index);
	if ((lr & LR_ACTIVE) == 0)
		return;
	lr_write(index, (lr & LR_PENDING) != 0 ? lr & ~LR_ACTIVE : 0);
	lr_settle();
	vgic_released(vcpu, intid);
}

void vgic_give_back_unwanted(struct vcpu *vcpu)
{
	for (uint32_t i = 0; i < core.list_registers; i++) {
		uint64_t lr = lr_read(i);
		uint32_t intid = LR_INTID(lr);

		if ((lr & LR_PENDING) == 0 ||
		    (vgic_wanted(vcpu, intid / 32) >> intid % 32 & 1) != 0)
			continue;
		lr_write(i, (lr & LR_ACTIVE) != 0 ? lr & ~LR_PENDING : 0);
		vgic_put_back(vcpu, intid);
	}
	lr_settle();
	vgic_refill_later(vcpu);
}

void vgic_requeue(struct vcpu *vcpu, uint32_t intid)
{
	if (!waiting_has(&vcpu->vgic, intid))
		return;
	waiting_remove(&vcpu->vgic, intid);
	waiting_add(&vcpu->vgic, intid, VGIC_LEVEL(priority_of(vcpu, intid)));
	vgic_refill_later(vcpu);
}

void vgic_deactivate(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	if (intid >= VGIC_INTIDS || !lr_ends_apart())
		return;
	vgic_end(vcpu, intid);
	if (intid < VGIC_PRIVATE) {
		vcpu->vgic.by_hand &= ~(1u << intid);
		vgic_sync_private(vcpu);
	} else if (vgic_clear(&vgic->by_hand[intid / 32], 1u << intid % 32) != 0) {
		vgic_sync(vcpu, intid / 32, 1u << intid % 32);
		vgic_evaluate_wired(vcpu, intid / 32, 1u << intid % 32);
	}
	vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
}

void vgic_maintain(struct vcpu *vcpu)
{
	uint32_t ended = lr_ended() & lr_mask();

	if (vcpu == 0)
		return;
	for (; ended != 0; ended &= ended - 1) {
		uint32_t index = (uint32_t)__builtin_ctz(ended);
		uint32_t intid = LR_INTID(lr_read(index));

		lr_write(index, 0);
		vgic_released(vcpu, intid);
	}
	lr_settle();
	(void)vgic_refill(vcpu);
}

/* ---- the vCPU ends ---- */

/*
 * Moves an SPI from a list register into one of the two sets. It stays pending or active though its
 * vCPU ends; vgic_give_up_sets() handles it later, as all list registers at once would take too
 * long.
 */
static void set_aside(struct vcpu *vcpu, uint64_t lr)
{
	uint32_t intid = LR_INTID(lr), level = VGIC_LEVEL(LR_GET_PRIORITY(lr));

	if ((lr & LR_ACTIVE) != 0)
		evicted_add(&vcpu->vgic, intid, level);
	else if ((lr & LR_PENDING) != 0)
		waiting_add(&vcpu->vgic, intid, level);
	else
		vgic_released(vcpu, intid);
}

void vgic_give_up(struct vcpu *vcpu)
{
	uint32_t used = ~lr_empty() & lr_mask();

	count_ends(vcpu);
	for (; used != 0; used &= used - 1) {
		uint32_t index = (uint32_t)__builtin_ctz(used);
		uint64_t lr = lr_read(index);

		lr_write(index, 0);
		if (LR_INTID(lr) >= VGIC_PRIVATE)
			set_aside(vcpu, lr);
	}
	sets_forget_private(&vcpu->vgic);
	gic_clear_active(gic_private(), vcpu->partition->vgic.physical);
	lr_want_maintenance(0);
}

bool vgic_give_up_sets(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;
	bool dead = own->epoch != vcpu->partition->vgic.epoch; /* a reset has silenced all */
	uint32_t intid;

	for (uint32_t i = 0; i < VGIC_STEP; i++) {
		if (own->waiting.levels != 0) {
			intid = waiting_first(own);
			waiting_remove(own, intid);
			if (!dead)
				vgic_put_back(vcpu, intid);
		} else if (own->evicted.words != 0) {
			intid = evicted_first(own);
			evicted_remove(own, intid);
			if (!dead)
				vgic_abandon(vcpu, intid);
		} else {
			return false;
		}
	}
	return true;
}

bool vgic_cpu_pending(const struct vcpu *vcpu)
{
	uint32_t used;

	if (vcpu->vgic.waiting.levels != 0)
		return true;
	lr_settle();
	for (used = ~lr_empty() & lr_mask(); used != 0; used &= used - 1)
		if ((lr_read((uint32_t)__builtin_ctz(used)) & LR_PENDING) != 0)
			return true;
	return false;
}

/* ---- a vCPU that isn't resident: its list registers lie in memory ---- */

/* Gives the vCPU an interrupt that it doesn't hold yet. If no list register is free, the interrupt
 * waits until the vCPU is resident. */
static void hold(struct vcpu *vcpu, uint32_t intid)
{
	struct resident_gic *gic = &vcpu->saved.gic;
	uint32_t free = ~gic->used & lr_mask(), index = (uint32_t)__builtin_ctz(free | 1u << 31);
	uint8_t priority = priority_of(vcpu, intid);

	if (vcpu->vgic.waiting.levels != 0 || free == 0) {
		waiting_add(&vcpu->vgic, intid, VGIC_LEVEL(priority));
		return;
	}
	gic->used |= 1u << index;
	gic->lr[index] = pending(vcpu, intid, priority);
}

void vgic_noted(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t word = intid / 32, bit = 1u << intid % 32;

	if ((vgic_look(&vgic->open[word]) & bit) == 0 || vgic->target[intid] != vcpu->index ||
	    !vcpu->vgic.online) {
		vgic_refuse(vcpu, intid);
		return;
	}
	if (((vgic_look(&vgic->latched[word]) | vgic_look(&vgic->carried[word])) & bit) != 0)
		vgic_carry(vcpu, intid);
	hold(vcpu, intid);
}

/* If a list register holds the interrupt already, makes it pending there, even if it is active.
 * False: none holds it. */
static bool held_again(struct resident_gic *gic, uint32_t intid)
{
	for (uint32_t used = gic->used; used != 0; used &= used - 1) {
		uint64_t *lr = &gic->lr[__builtin_ctz(used)];

		if (LR_INTID(*lr) == intid) {
			*lr |= LR_PENDING;
			return true;
		}
	}
	return false;
}

bool vgic_noted_sgi(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;
	uint32_t sgi = vgic_look(&own->incoming), intid;

	if (vgic_look(&own->asked) != 0 || !own->online || (sgi & own->open) == 0 ||
	    (sgi & (sgi - 1)) != 0 || ((own->waiting.all[0] | own->evicted.all[0]) & sgi) != 0)
		return false;
	vgic_clear(&own->incoming, sgi);
	intid = (uint32_t)__builtin_ctz(sgi);
	if (!held_again(&vcpu->saved.gic, intid))
		hold(vcpu, intid);
	return true;
}

bool vgic_noted_pulse(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t word = intid / 32, bit = 1u << intid % 32;

	if (!vcpu->vgic.online ||
	    (vgic_wanted_shared(vgic, word) & ~vgic_look(&vgic->latched[word]) & bit) == 0 ||
	    (__atomic_fetch_or(&vgic->taken[word], bit, __ATOMIC_SEQ_CST) & bit) != 0)
		return false;
	vgic_set(&vgic->carried[word], bit);
	hold(vcpu, intid);
	return true;
}

/* Has the vCPU's core told of all SGIs except these. Another vCPU may have left an SGI while that
 * SGI was still hushed, and so have sent no message. This function finds such an SGI, and sends the
 * message. */
static void heed(struct vcpu *vcpu, uint32_t but)
{
	struct vgic_cpu *own = &vcpu->vgic;

	__atomic_store_n(&own->waiting.hushed, but, __ATOMIC_SEQ_CST);
	barrier_full();
	if (((vgic_look(&own->incoming) & ~but) | vgic_look(&own->asked)) != 0)
		vcpu_tell_later(vcpu);
}

void vgic_hush(struct vcpu *vcpu)
{
	if (vcpu_is_roused(vcpu))
		heed(vcpu, vcpu->vgic.latched & VGIC_SGIS);
	else
		__atomic_store_n(&vcpu->vgic.waiting.hushed, VGIC_HUSHED, __ATOMIC_SEQ_CST);
}

void vgic_returned(struct vcpu *vcpu)
{
	if (vcpu->vgic.waiting.hushed != 0)
		heed(vcpu, 0);
	if (vcpu->vgic.waiting.levels == 0 || !vcpu->vgic.online)
		return; /* nothing waits, or the vCPU gives up what waits */
	lr_settle();
	(void)refill_lists(vcpu, 1); /* one step only, as the switch is long without it */
}
