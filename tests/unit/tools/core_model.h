/*
 * A model by hand: a system of one core whose partitions have a vCPU each. A test says more of them
 * in place.
 */
#ifndef UNIT_TOOLS_CORE_MODEL_H
#define UNIT_TOOLS_CORE_MODEL_H

#include <host/model.h>

#define CORE_MODEL_VCPUS 8

extern struct model_vcpu vcpus[CORE_MODEL_VCPUS];
extern struct model_partition partitions[CORE_MODEL_VCPUS];
extern struct model model;

/* Anew, with so many; an instruction takes a nanosecond. */
void system_of(size_t count);

/* Its priority, for all that it does. */
void urgent(size_t index, uint8_t priority);

#endif
