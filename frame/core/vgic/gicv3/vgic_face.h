/*
 * A virtual GICv3, as its guest sees it: a distributor with affinity routing and one security
 * state. Private interrupts are the redistributors' (vgic_redist.c).
 */
#ifndef VGIC_FACE_H
#define VGIC_FACE_H

#include <frame/gic.h>
#include <state/partition.h>
#include <vgic/vgic.h>

#define VGIC_CTLR_FIXED 0x50u /* ARE and DS */

/* True: the distributor's register is one of private interrupts, which each vCPU has for itself. */
static inline bool vgic_face_is_banked(uint32_t offset)
{
	(void)offset;
	return false;
}

/* Read and write the distributor's other registers. */
uint64_t vgic_face_read(struct vcpu *vcpu, uint32_t offset, uint32_t size);
bool vgic_face_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value);

/* ---- SGIs: values of ICC_SGI1R_EL1 ---- */

#define VGIC_SGI_INTID(value) ((value) >> SGI_INTID_SHIFT & 0xf)

/* True: an SGI that was sent for this group reaches a vCPU that has it in that group. */
static inline bool vgic_face_reaches(uint32_t group, bool group1)
{
	return (group != 0) == group1;
}

/* Bits of ICC_SGI1R_EL1: SGI_FIRST, and all affinities except the lowest. */
#define SGI_ELSEWHERE 0x00fff0ff00ff0000ULL

static inline bool vgic_face_targets(uint64_t value, const struct vcpu *to)
{
	uint64_t affinity = to->affinity;
	uint64_t lowest = MPIDR_AFF0(affinity) - SGI_FIRST(value);

	return MPIDR_AFF1(affinity) == (value >> SGI_AFF1_SHIFT & 0xff) &&
	       MPIDR_AFF2(affinity) == (value >> SGI_AFF2_SHIFT & 0xff) &&
	       MPIDR_AFF3(affinity) == (value >> SGI_AFF3_SHIFT & 0xff) && lowest < SGI_LIST_BITS &&
	       (SGI_LIST(value) >> lowest & 1) != 0;
}

/* Returns the vCPUs that a value of ICC_SGI1R_EL1 means, a bit each. */
static inline uint32_t vgic_face_receivers(const struct vcpu *from, uint64_t value)
{
	const struct partition *partition = from->partition;
	uint32_t all = (1u << partition->vcpu_count) - 1;
	uint32_t receivers = 0;

	if ((value & SGI_ALL_OTHERS) != 0)
		return all & ~(1u << from->index);
	/* most often all affinities except the lowest are 0, and so is the range */
	if (partition->vgic.plain && (value & SGI_ELSEWHERE) == 0)
		return (uint32_t)SGI_LIST(value) & all;
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		receivers |= (uint32_t)vgic_face_targets(value, &partition->vcpus[i]) << i;
	return receivers;
}

#endif
