/* A resident vCPU of this core begins, ends, parks, goes on, and carries out requests. */
#ifndef LIFE_VCPU_H
#define LIFE_VCPU_H

#include <frame/types.h>

struct vcpu;

/* A resident vCPU of this core ends. */
void vcpu_stop(struct vcpu *vcpu);

/* The vCPU parks or goes on, by its partition's state (VCPU_FOLLOW). On its core. */
void vcpu_follow(struct vcpu *vcpu);

/* The running vCPU goes on at its entry after a power-down by CPU_SUSPEND; its GIC state is kept.
 */
void vcpu_resume(struct vcpu *vcpu);

/* Carries out what was left for the vCPU: requests (enum vcpu_ask), then SGIs and other work of its
 * virtual GIC (vgic_asked()). */
void vcpu_asked(struct vcpu *vcpu);

/* Has the vCPU's core call vcpu_asked(): at once if the vCPU is resident here, otherwise by a
 * message. */
void vcpu_tell(struct vcpu *vcpu);

/* For a recovery: the requests that this core has taken and not carried out yet; whose, or 0. */
extern struct vcpu_in_hand {
	struct vcpu *vcpu;
	uint32_t asked;
} vcpu_in_hand;

#endif
