/*
 * What a GICv3's distributor has and a GICv2's hasn't: routes by affinity, and what it says of
 * itself.
 */
#include "vgic_face.h"
#include "vgic_deliver.h"

#include <lib/index.h>

/* Fields of GICD_TYPER that read as 0: extended SPIs with their range, NMIs, message-based SPIs,
 * LPIs with their number, and the second security state. */
#define TYPER_HIDDEN     (0x1fu << 27 | 7u << 16 | 0x1fu << 11 | 7u << 8)
#define IROUTER_ANY      (1ULL << 31)
#define IROUTER_AFFINITY 0xff00ffffffULL

/* The first routes are left out: private interrupts have none. */
#define IS_ROUTE(offset)                                                                           \
	((offset) >= GICD_IROUTER + VGIC_PRIVATE * 8 && (offset) < GICD_IROUTER + GIC_SPECIAL * 8)
#define ROUTE_INTID(offset) (((offset)-GICD_IROUTER) / 8)

static uint64_t read_route(const struct partition *partition, uint32_t intid)
{
	intid = (uint32_t)index_within(intid, VGIC_INTIDS);
	if ((vgic_look(&partition->vgic.any[intid / 32]) >> intid % 32 & 1) != 0)
		return IROUTER_ANY;
	return partition->vcpus[partition->vgic.target[intid]].affinity;
}

/* Returns the target of a route. A route to any vCPU, or to a vCPU that doesn't exist, leads to the
 * first vCPU. */
static uint8_t route_target(const struct partition *partition, uint64_t value)
{
	for (uint32_t i = 0; i < partition->vcpu_count && (value & IROUTER_ANY) == 0; i++)
		if (partition->vcpus[i].affinity == (value & IROUTER_AFFINITY))
			return (uint8_t)i;
	return 0;
}

static bool write_route(struct vcpu *vcpu, uint32_t intid, uint64_t value)
{
	return vgic_route(vcpu, intid, route_target(vcpu->partition, value),
	                  (value & IROUTER_ANY) != 0);
}

/* Writes half of a route. The other half stays. */
static bool write_route_half(struct vcpu *vcpu, uint32_t offset, uint32_t value)
{
	uint32_t intid = ROUTE_INTID(offset);
	uint64_t now = read_route(vcpu->partition, intid);

	if (offset % 8 == 0)
		return write_route(vcpu, intid, (now & ~0xffffffffULL) | value);
	return write_route(vcpu, intid, (uint32_t)now | (uint64_t)value << 32);
}

uint64_t vgic_face_read(struct vcpu *vcpu, uint32_t offset, uint32_t size)
{
	if (IS_ROUTE(offset) && size >= 4)
		return read_route(vcpu->partition, ROUTE_INTID(offset)) >> offset % 8 * 8;
	if (size != 4)
		return 0;
	if (offset == GICD_TYPER)
		return gic_typer() & ~TYPER_HIDDEN;
	/* Only an aligned offset is read: an unaligned access to a device would be the frame's own
	 * fault. */
	if (offset == GICD_IIDR || (offset >= GIC_IDS && offset % 4 == 0))
		return gic_identification(offset);
	return 0;
}

bool vgic_face_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	if (!IS_ROUTE(offset) || size < 4)
		return true;
	if (size == 8)
		return write_route(vcpu, ROUTE_INTID(offset), value);
	return write_route_half(vcpu, offset, (uint32_t)value);
}
