/*
 * What a GICv2's distributor has and a GICv3's hasn't: targets as a bit for each vCPU, SGIs, and
 * what it says of itself. A vCPU's CPU interface has the number of the vCPU.
 */
#include "vgic_face.h"
#include "vgic_deliver.h"

#include <gic/gicv2.h>
#include <lib/index.h>

#define TYPER_LINES      0x1fu
#define TYPER_INTERFACES 5 /* the first bit of their number, less one */
#define FIRST_ID         0xfd0

#define IS_TARGET(offset) ((offset) >= GICD_ITARGETSR && (offset) < GICD_ITARGETSR + GIC_SPECIAL)

/* Returns a byte of GICD_ITARGETSR. That of a private interrupt is the reader itself. */
static uint8_t read_target(const struct vcpu *vcpu, uint32_t intid)
{
	const struct vgic *vgic = &vcpu->partition->vgic;

	intid = (uint32_t)index_within(intid, VGIC_INTIDS);
	if (intid < VGIC_PRIVATE)
		return (uint8_t)(1u << vcpu->index);
	if ((vgic_known(vgic, intid / 32) >> intid % 32 & 1) == 0)
		return 0;
	return (uint8_t)(1u << vgic->target[intid]);
}

static uint64_t read_targets(const struct vcpu *vcpu, uint32_t first, uint32_t size)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < size; i++)
		value |= (uint64_t)read_target(vcpu, first + i) << 8 * i;
	return value;
}

/*
 * Of several targets the first one gets the interrupt. A byte that names no vCPU changes nothing. A
 * byte that is done is passed over when the access is executed again: its route would want the room
 * that the next one's request has.
 */
static bool write_targets(struct vcpu *vcpu, uint32_t first, uint32_t size, uint64_t value)
{
	const struct partition *partition = vcpu->partition;
	const uint32_t all = (1u << partition->vcpu_count) - 1;

	for (uint32_t i = 0; i < size; i++) {
		uint32_t intid = (uint32_t)index_within(first + i, VGIC_INTIDS);
		uint32_t bit = 1u << intid % 32;
		uint32_t targets = (uint32_t)(value >> 8 * i) & all;
		uint8_t target;

		if (targets == 0 || intid < VGIC_PRIVATE)
			continue;
		target = (uint8_t)__builtin_ctz(targets);
		if (partition->vgic.target[intid] == target &&
		    !vgic_request_resumes(vcpu, VGIC_REQUEST_RECALL, intid / 32, bit))
			continue;
		if (!vgic_route(vcpu, intid, target, false))
			return false;
	}
	return true;
}

uint64_t vgic_face_read(struct vcpu *vcpu, uint32_t offset, uint32_t size)
{
	const uint32_t last = vcpu->partition->vcpu_count - 1u;

	if (IS_TARGET(offset) && size <= 4)
		return read_targets(vcpu, offset - GICD_ITARGETSR, size);
	if (size != 4)
		return 0;
	if (offset == GICD_TYPER)
		return (gic_typer() & TYPER_LINES) | last << TYPER_INTERFACES;
	/* Only an aligned offset is read: an unaligned access to a device would be the frame's own
	 * fault. */
	if (offset == GICD_IIDR || (offset >= FIRST_ID && offset % 4 == 0))
		return gic_identification(offset);
	return 0;
}

bool vgic_face_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	if (IS_TARGET(offset) && size <= 4)
		return write_targets(vcpu, offset - GICD_ITARGETSR, size, value);
	if (offset == GICD_SGIR && size == 4)
		vgic_send_sgi(vcpu, value, false);
	return true;
}

/* ---- the CPU interface: the frame has only its second page ---- */

bool vgic_own_read(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value)
{
	(void)vcpu;
	(void)offset;
	(void)size;
	*value = 0;
	return true;
}

bool vgic_own_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	if (offset == GICC_DIR && size == 4)
		vgic_deactivate(vcpu, GICC_INTID((uint32_t)value));
	return true;
}
