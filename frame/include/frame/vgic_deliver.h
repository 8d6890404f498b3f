/* Between the parts of the virtual GIC: what the register model asks of the list registers. */
#ifndef FRAME_VGIC_DELIVER_H
#define FRAME_VGIC_DELIVER_H

#include <frame/partition.h>
#include <frame/vgic.h>

static inline bool vgic_bit(const uint32_t *words, uint32_t intid)
{
	return (__atomic_load_n(&words[intid / 32], __ATOMIC_RELAXED) >> intid % 32 & 1) != 0;
}

static inline bool vgic_is_physical(const struct vcpu *vcpu, uint32_t intid)
{
	return intid < VGIC_PRIVATE ? (vcpu->vgic.physical >> intid & 1) != 0
	                            : vgic_bit(vcpu->partition->vgic.owned, intid);
}

/* Enabled by itself and by its group. */
bool vgic_is_enabled(const struct vcpu *vcpu, uint32_t intid);

/* ---- this core's list registers ---- */

/* Puts it where the guest takes it: a list register, or the waiting set. */
void vgic_deliver(struct vcpu *vcpu, uint32_t intid);

enum vgic_held { VGIC_NOT_HELD, VGIC_HELD_PENDING, VGIC_HELD_ACTIVE, VGIC_HELD_BOTH };
enum vgic_held vgic_held(const struct vcpu *vcpu, uint32_t intid);

/* Takes back one that is held pending and not active; false if it isn't. */
bool vgic_take_back(struct vcpu *vcpu, uint32_t intid);

/* Ends one that is held active, as the guest's deactivation would. */
void vgic_end(struct vcpu *vcpu, uint32_t intid);

/* Its priority changed: in the waiting set, it moves. */
void vgic_requeue(struct vcpu *vcpu, uint32_t intid);

/* All list registers and the waiting set empty; physical ones go back to the distributor. */
void vgic_forget(struct vcpu *vcpu);

/* ---- across vCPUs ---- */

/* Looks at what of the private and wired interrupts should be pending for this vCPU. */
void vgic_evaluate(struct vcpu *vcpu);

/* A wired interrupt may have to go to, or come back from, the vCPU it is routed to. */
void vgic_evaluate_wired(struct vcpu *from, uint32_t intid);

/* Wherever it is held: back to where it came from (its enable, route or group changed). */
void vgic_recall(struct vcpu *from, uint32_t intid);

/* Asks another vCPU of the partition, or does it here. */
void vgic_ask(struct vcpu *from, struct vcpu *to, enum vgic_ask what);

/* Makes this core's physical private enable bits what the vCPU's are. */
void vgic_sync_private(struct vcpu *vcpu);

/* The physical enable bits of word n: owned, enabled, in an enabled group. */
void vgic_sync_word(struct vcpu *vcpu, uint32_t word);

#endif
