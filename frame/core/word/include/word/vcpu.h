/* vCPUs from any core: where one is, and word left for it at that core (life/vcpu.h). */
#ifndef WORD_VCPU_H
#define WORD_VCPU_H

#include <state/vcpu.h>

struct partition;

/* Asks all of its vCPUs, wherever they are. */
void partition_ask_all(struct partition *partition, enum vcpu_ask what);

/* Has the core of the vCPU look at it, by a message, on this core, too. */
void vcpu_tell_later(const struct vcpu *vcpu);

/* On this core, which has taken it over. */
bool vcpu_is_here(const struct vcpu *vcpu);

#endif
