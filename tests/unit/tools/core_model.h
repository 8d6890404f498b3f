/*
 * A model that isn't loaded from a description: a system with one core, whose partitions have one
 * vCPU each. A test then changes it.
 */
#ifndef UNIT_TOOLS_CORE_MODEL_H
#define UNIT_TOOLS_CORE_MODEL_H

#include <host/model.h>

#define CORE_MODEL_VCPUS 8

extern struct model_vcpu vcpus[CORE_MODEL_VCPUS];
extern struct model_partition partitions[CORE_MODEL_VCPUS];
extern struct model model;

/* Begins a new model with so many partitions. An instruction takes a nanosecond. */
void system_of(size_t count);

/* Sets a partition's priority, for everything that it does. */
void urgent(size_t index, uint8_t priority);

#endif
