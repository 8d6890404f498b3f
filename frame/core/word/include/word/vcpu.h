/* vCPUs from any core: where a vCPU is, and messages to its core (life/vcpu.h). */
#ifndef WORD_VCPU_H
#define WORD_VCPU_H

#include <state/vcpu.h>

struct partition;

/* Leaves a request for all vCPUs of the partition, wherever they are. */
void partition_ask_all(struct partition *partition, enum vcpu_ask what);

/* Has the vCPU's core look at the vCPU: by a message, even if this is its core. */
void vcpu_tell_later(const struct vcpu *vcpu);

/* True: the vCPU is on this core, and the core has taken it over. */
bool vcpu_is_here(const struct vcpu *vcpu);

#endif
