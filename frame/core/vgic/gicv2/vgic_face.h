/*
 * A virtual GICv2, as its guest sees it: a distributor without security extensions whose first
 * registers each vCPU has for itself; and GICV in place of the CPU interface, but for GICC_DIR.
 */
#ifndef VGIC_FACE_H
#define VGIC_FACE_H

#include <frame/gic.h>
#include <state/partition.h>
#include <vgic/vgic.h>

#define VGIC_CTLR_FIXED 0u

/* True: the distributor's register is one of private interrupts, which each vCPU has for itself. */
static inline bool vgic_face_is_banked(uint32_t offset)
{
	if (offset < GICD_IPRIORITYR)
		return offset >= GICD_IGROUPR && offset % GICD_BITS_SIZE < sizeof(uint32_t);
	return offset < GICD_IPRIORITYR + VGIC_PRIVATE ||
	       (offset >= GICD_ICFGR && offset < GICD_ICFGR + VGIC_PRIVATE / 4);
}

/* Read and write the distributor's other registers. */
uint64_t vgic_face_read(struct vcpu *vcpu, uint32_t offset, uint32_t size);
bool vgic_face_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value);

/* ---- SGIs: values of GICD_SGIR ---- */

#define SGI_TO_OTHERS         1u
#define SGI_TO_ITSELF         2u
#define SGI_FILTER(value)     ((value) >> 24 & 3)
#define SGI_TARGETS(value)    ((value) >> 16 & 0xff)
#define VGIC_SGI_INTID(value) ((uint32_t)(value)&0xf)

/* An SGI has no group of its own. */
static inline bool vgic_face_reaches(uint32_t group, bool group1)
{
	(void)group;
	(void)group1;
	return true;
}

/* Returns the vCPUs that the value means, a bit each. */
static inline uint32_t vgic_face_receivers(const struct vcpu *from, uint64_t value)
{
	const uint32_t all = (1u << from->partition->vcpu_count) - 1, own = 1u << from->index;

	if (SGI_FILTER(value) == SGI_TO_OTHERS)
		return all & ~own;
	return SGI_FILTER(value) == SGI_TO_ITSELF ? own : (uint32_t)SGI_TARGETS(value) & all;
}

#endif
