/* A resident vCPU of this core begins, ends, parks, goes on, and carries out requests. */
#ifndef LIFE_VCPU_H
#define LIFE_VCPU_H

#include <frame/types.h>

struct vcpu;

/* A vCPU of this core, made resident, ends. */
void vcpu_stop(struct vcpu *vcpu);

/* The vCPU parks or goes on, by its partition's state (VCPU_FOLLOW). On its core. */
void vcpu_follow(struct vcpu *vcpu);

/* The running vCPU goes on at its entry after a power-down by CPU_SUSPEND; its GIC state is kept.
 */
void vcpu_resume(struct vcpu *vcpu);

/* Another core left a message for the vCPU: SGIs, or enum vcpu_ask. */
void vcpu_asked(struct vcpu *vcpu);

/* Tells the core of the vCPU to look at it: vcpu_asked(), at once if it's this core. */
void vcpu_tell(struct vcpu *vcpu);

#endif
