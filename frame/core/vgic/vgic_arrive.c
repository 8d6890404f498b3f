/*
 * The short ways to a guest's handler: an interrupt arrives, or an SGI is sent, and there is room
 * in the list registers. These ways are compiled for speed, the long ways (vgic_deliver.c, vgic.c)
 * for size. An interrupt that finds no room, or isn't wanted any more, goes a long way.
 *
 * After a short way nothing looks for an empty list register before the next trap, so the list
 * registers aren't settled here. A doorbell is the exception, as another message may follow.
 */
#include "vgic_face.h"
#include "vgic_lr.h"

#include <frame/listreg.h>
#include <state/partition.h>
#include <vgic/vgic.h>
#include <word/trace.h>
#include <word/vcpu.h>

/* ---- physical interrupts ---- */

static inline void arrive(struct vcpu *vcpu, uint32_t intid, uint64_t priority, uint64_t group)
{
	uint32_t empty = lr_free();

	if (vcpu->vgic.waiting.levels != 0 || empty == 0) {
		vgic_queue(vcpu, intid);
		(void)vgic_refill(vcpu);
		return;
	}
	lr_write((uint32_t)__builtin_ctz(empty), LR_PENDING | LR_HW | (group & 1) * LR_GROUP1 |
	                                             LR_PRIORITY(priority) | LR_PHYSICAL(intid) |
	                                             intid);
	trace(TRACE_INJECT, vcpu->context.trace_id, TRACE_PHYSICAL(LR_HW) | intid);
}

/* What find_private() and find_shared() tell of an interrupt that arrived. */
struct arrived {
	bool wanted, carried;
	uint8_t priority;
	uint32_t group; /* from bit 0 on */
};

static inline struct arrived find_private(const struct vcpu *vcpu, uint32_t intid)
{
	const struct vgic_cpu *own = &vcpu->vgic;
	uint32_t bit = 1u << intid;

	return (struct arrived){(own->open & vcpu->partition->vgic.physical & bit) != 0,
	                        ((own->latched | own->carried) & bit) != 0, own->priority[intid],
	                        own->group >> intid};
}

static inline struct arrived find_shared(const struct vcpu *vcpu, uint32_t intid)
{
	const struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t word = intid / 32, bit = 1u << intid % 32;

	return (struct arrived){
	    (vgic_look(&vgic->open[word]) & bit) != 0 && vgic->target[intid] == vcpu->index &&
	        vcpu->vgic.online,
	    ((vgic_look(&vgic->latched[word]) | vgic_look(&vgic->carried[word])) & bit) != 0,
	    vgic->priority[intid], vgic_look(&vgic->group[word]) >> intid % 32};
}

void vgic_arrived(struct vcpu *vcpu, uint32_t intid)
{
	struct arrived found =
	    intid < VGIC_PRIVATE ? find_private(vcpu, intid) : find_shared(vcpu, intid);

	if (!found.wanted) {
		vgic_refuse(vcpu, intid);
		return;
	}
	if (found.carried)
		vgic_carry(vcpu, intid);
	arrive(vcpu, intid, found.priority, found.group);
}

/* ---- wired interrupts by an event ---- */

/*
 * Gives the interrupt to this core's resident vCPU. `wanted`: what of the interrupt's word may be
 * delivered. False: it is for another vCPU, is pending already, or waits behind others.
 */
static inline bool put_event(const struct partition *partition, struct vgic *vgic, uint32_t intid,
                             uint32_t wanted, bool carried)
{
	struct vcpu *vcpu = core.vcpu;
	uint32_t word = intid / 32, bit = 1u << intid % 32, empty = lr_free();

	if (empty == 0 || (wanted & ~vgic_look(&vgic->latched[word]) & bit) == 0 ||
	    &partition->vcpus[vgic->target[intid]] != vcpu || !vcpu->vgic.online ||
	    vcpu->vgic.waiting.levels != 0 ||
	    (__atomic_fetch_or(&vgic->taken[word], bit, __ATOMIC_SEQ_CST) & bit) != 0)
		return false;
	if (carried)
		vgic_set(&vgic->carried[word], bit);
	lr_write((uint32_t)__builtin_ctz(empty),
	         LR_PENDING | LR_EOI |
	             (vgic_look(&vgic->group[word]) >> intid % 32 & 1) * LR_GROUP1 |
	             LR_PRIORITY(vgic->priority[intid]) | intid);
	trace(TRACE_INJECT, vcpu->context.trace_id, intid);
	return true;
}

void vgic_pulse(struct partition *partition, uint32_t intid)
{
	struct vgic *vgic = &partition->vgic;

	if (put_event(partition, vgic, intid, vgic_wanted_shared(vgic, intid / 32), true))
		lr_settle();
	else
		vgic_latch(partition, intid);
}

/* An edge needn't be noted as carried: it is pending again if it is put back. */
void vgic_message(struct partition *partition, uint32_t intid)
{
	struct vgic *vgic = &partition->vgic;
	uint32_t word = intid / 32;
	uint32_t wanted = vgic_look(&vgic->open[word]) & vgic_look(&vgic->edge[word]);

	if (!put_event(partition, vgic, intid, wanted, false))
		vgic_latch_message(partition, intid);
}

void vgic_deliver_sgis(struct vcpu *vcpu, uint32_t sgis)
{
	struct vgic_cpu *own = &vcpu->vgic;
	uint32_t intid = (uint32_t)__builtin_ctz(sgis);

	if ((sgis & (sgis - 1)) != 0 || (sgis & own->open & ~own->evicted.all[0]) == 0 ||
	    own->waiting.levels != 0 || lr_free() != lr_mask()) {
		own->latched |= sgis;
		(void)vgic_deliver_private(vcpu);
		return;
	}
	lr_write(0, LR_PENDING | (own->group >> intid & 1) * LR_GROUP1 |
	                LR_PRIORITY(own->priority[intid]) | intid);
	trace(TRACE_INJECT, vcpu->context.trace_id, intid);
}

/* ---- SGIs ---- */

static void leave_sgi(struct vcpu *to, uint32_t intid)
{
	vgic_set(&to->vgic.incoming, 1u << intid);
	/* a hushed vCPU finds the SGI when it runs; until then the SGI changes nothing */
	if ((vgic_hushed(to) >> intid & 1) == 0)
		vcpu_tell_later(to);
}

/* An SGI to this vCPU alone goes the short way. If there are other receivers, this vCPU has a
 * message like them, as all at once would take long. */
void vgic_send_sgi(struct vcpu *vcpu, uint64_t value, bool group1)
{
	uint32_t receivers = vgic_face_receivers(vcpu, value);
	uint32_t intid = VGIC_SGI_INTID(value);
	bool alone = receivers == 1u << vcpu->index;

	for (; receivers != 0; receivers &= receivers - 1) {
		struct vcpu *to = &vcpu->partition->vcpus[__builtin_ctz(receivers)];

		if (!vgic_face_reaches(vgic_look(&to->vgic.group) >> intid & 1, group1))
			continue;
		if (alone)
			vgic_deliver_sgis(to, 1u << intid);
		else
			leave_sgi(to, intid);
	}
}
