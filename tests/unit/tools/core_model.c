/* See core_model.h. */
#include <string.h>

#include "core_model.h"

struct model_vcpu vcpus[CORE_MODEL_VCPUS];
struct model_partition partitions[CORE_MODEL_VCPUS];
struct model model;

static struct model_core core;

void system_of(size_t count)
{
	memset(vcpus, 0, sizeof(vcpus));
	memset(partitions, 0, sizeof(partitions));
	model = (struct model){.cores = &core,
	                       .core_count = 1,
	                       .partitions = partitions,
	                       .partition_count = count,
	                       .instruction_ps = 1000};
	for (size_t i = 0; i < count; i++) {
		partitions[i].name = "guest";
		partitions[i].vcpus = &vcpus[i];
		partitions[i].vcpu_count = 1;
		vcpus[i].cores = 1;
	}
}

void urgent(size_t index, uint8_t priority)
{
	partitions[index].priority = priority;
	vcpus[index].priority = vcpus[index].priority_low = vcpus[index].priority_high = priority;
}
