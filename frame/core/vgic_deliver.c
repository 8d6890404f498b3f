/*
 * The list registers of the vCPU that this core runs: filling, refilling, taking back. Everything
 * here is bounded by the number of list registers, not of interrupts.
 */
#include "vgic_waiting.h"

#include <frame/core.h>
#include <frame/gic.h>
#include <frame/trace.h>
#include <frame/vgic_deliver.h>
#include <machine/gic_cpu.h>

static uint32_t lr_mask(void)
{
	return (1u << core.list_registers) - 1;
}

static uint8_t priority_of(const struct vcpu *vcpu, uint32_t intid)
{
	return intid < VGIC_PRIVATE ? vcpu->vgic.priority[intid]
	                            : vcpu->partition->vgic.priority[intid];
}

static bool group1_of(const struct vcpu *vcpu, uint32_t intid)
{
	return intid < VGIC_PRIVATE ? (vcpu->vgic.group >> intid & 1) != 0
	                            : vgic_bit(vcpu->partition->vgic.group, intid);
}

/* A wired level interrupt is looked at again when the guest has ended it. */
static uint64_t kind_bits(const struct vcpu *vcpu, uint32_t intid)
{
	if (vgic_is_physical(vcpu, intid))
		return LR_HW | LR_PHYSICAL(intid);
	if (intid >= VGIC_PRIVATE && !vgic_bit(vcpu->partition->vgic.edge, intid))
		return LR_EOI;
	return 0;
}

static void fill(struct vcpu *vcpu, uint32_t index, uint32_t intid)
{
	lr_write(index, LR_PENDING | kind_bits(vcpu, intid) |
	                    (group1_of(vcpu, intid) ? LR_GROUP1 : 0) |
	                    LR_PRIORITY(priority_of(vcpu, intid)) | intid);
	trace(TRACE_INJECT, vcpu->context.trace_id, intid);
}

/* The list register that holds it, or core.list_registers. */
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

/* ---- more interrupts than list registers ---- */

/* The least urgent list register that is pending only and less urgent than this priority. */
static uint32_t find_victim(uint8_t priority)
{
	uint32_t victim = core.list_registers;
	uint8_t worst = priority;

	for (uint32_t i = 0; i < core.list_registers; i++) {
		uint64_t lr = lr_read(i);

		if ((lr & LR_STATE) == LR_PENDING && LR_GET_PRIORITY(lr) > worst) {
			worst = LR_GET_PRIORITY(lr);
			victim = i;
		}
	}
	return victim;
}

static void take_first(struct vcpu *vcpu, uint32_t index)
{
	struct vgic_waiting *waiting = &vcpu->vgic.waiting;
	uint32_t intid = waiting_first(waiting);

	waiting_remove(waiting, intid);
	fill(vcpu, index, intid);
}

/* Puts the most urgent waiting one in the place of a less urgent one, once for each register. */
static void make_room(struct vcpu *vcpu)
{
	struct vgic_waiting *waiting = &vcpu->vgic.waiting;

	for (uint32_t i = 0; i < core.list_registers && waiting->levels != 0; i++) {
		uint32_t first = waiting_first(waiting);
		uint32_t victim = find_victim(priority_of(vcpu, first));
		uint64_t lr;

		if (victim == core.list_registers)
			return;
		lr = lr_read(victim);
		take_first(vcpu, victim);
		waiting_add(waiting, LR_INTID(lr), LR_GET_PRIORITY(lr));
	}
}

static bool any_pending(void)
{
	for (uint32_t i = 0; i < core.list_registers; i++)
		if ((lr_read(i) & LR_PENDING) != 0)
			return true;
	return false;
}

static void refill(struct vcpu *vcpu)
{
	struct vgic_waiting *waiting = &vcpu->vgic.waiting;
	uint32_t want = 0;

	while (waiting->levels != 0 && (lr_empty() & lr_mask()) != 0)
		take_first(vcpu, (uint32_t)__builtin_ctz(lr_empty() & lr_mask()));
	if (waiting->levels != 0) {
		make_room(vcpu);
		/* Called again when at most one is left, or as soon as none of them is pending. */
		want = ICH_HCR_UIE | (any_pending() ? ICH_HCR_NPIE : 0);
	}
	lr_want_maintenance(want);
}

void vgic_deliver(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic_waiting *waiting = &vcpu->vgic.waiting;
	uint32_t empty = lr_empty() & lr_mask();

	if (!vgic_is_physical(vcpu, intid) && empty != lr_mask()) {
		uint32_t index = find(intid);

		if (index < core.list_registers) {
			lr_write(index, lr_read(index) | LR_PENDING);
			return;
		}
	}
	if (waiting->levels == 0 && empty != 0) {
		fill(vcpu, (uint32_t)__builtin_ctz(empty), intid);
		return;
	}
	if (!waiting_has(waiting, intid))
		waiting_add(waiting, intid, priority_of(vcpu, intid));
	refill(vcpu);
}

/* ---- looking and taking back ---- */

enum vgic_held vgic_held(const struct vcpu *vcpu, uint32_t intid)
{
	uint32_t index = find(intid);
	uint64_t lr;

	if (index == core.list_registers)
		return waiting_has(&vcpu->vgic.waiting, intid) ? VGIC_HELD_PENDING : VGIC_NOT_HELD;
	lr = lr_read(index);
	if ((lr & LR_STATE) == LR_STATE)
		return VGIC_HELD_BOTH;
	return (lr & LR_ACTIVE) != 0 ? VGIC_HELD_ACTIVE : VGIC_HELD_PENDING;
}

bool vgic_take_back(struct vcpu *vcpu, uint32_t intid)
{
	uint32_t index = find(intid);
	uint64_t lr;

	if (index == core.list_registers) {
		if (!waiting_has(&vcpu->vgic.waiting, intid))
			return false;
		waiting_remove(&vcpu->vgic.waiting, intid);
		return true;
	}
	lr = lr_read(index);
	if ((lr & LR_PENDING) == 0)
		return false;
	lr_write(index, (lr & LR_ACTIVE) != 0 ? lr & ~LR_PENDING : 0);
	refill(vcpu);
	return (lr & LR_ACTIVE) == 0 || (lr & LR_HW) == 0;
}

void vgic_end(struct vcpu *vcpu, uint32_t intid)
{
	uint32_t index = find(intid);
	uint64_t lr;

	if (index == core.list_registers)
		return;
	lr = lr_read(index);
	if ((lr & LR_ACTIVE) == 0)
		return;
	lr_write(index, (lr & LR_PENDING) != 0 ? lr & ~LR_ACTIVE : 0);
	if ((lr & LR_HW) != 0)
		gic_deactivate(intid);
	refill(vcpu);
}

void vgic_requeue(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic_waiting *waiting = &vcpu->vgic.waiting;

	if (waiting_has(waiting, intid)) {
		waiting_remove(waiting, intid);
		waiting_add(waiting, intid, priority_of(vcpu, intid));
		refill(vcpu);
	}
}

static void forget(const struct vcpu *vcpu, uint32_t intid)
{
	if (vgic_is_physical(vcpu, intid))
		gic_deactivate(intid);
}

void vgic_forget(struct vcpu *vcpu)
{
	struct vgic_waiting *waiting = &vcpu->vgic.waiting;

	for (uint32_t i = 0; i < core.list_registers; i++) {
		uint64_t lr = lr_read(i);

		lr_write(i, 0);
		if ((lr & LR_STATE) != 0)
			forget(vcpu, LR_INTID(lr));
	}
	while (waiting->levels != 0) {
		uint32_t intid = waiting_first(waiting);

		waiting_remove(waiting, intid);
		forget(vcpu, intid);
	}
	lr_want_maintenance(0);
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
		vgic_evaluate_wired(vcpu, intid);
	}
	refill(vcpu);
}
