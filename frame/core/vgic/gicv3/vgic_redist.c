/*
 * The registers of the virtual redistributors. Identification and the sleep bit are answered at
 * once; the private interrupts' registers are in vgic_private.c.
 */
#include "vgic_deliver.h"

#include <frame/gic.h>
#include <gic/gicv3.h>
#include <state/partition.h>
#include <vgic/vgic.h>

#define WAKER_SLEEP    2u
#define WAKER_CHILDREN 4u

static uint64_t typer(const struct vcpu *vcpu)
{
	uint64_t last = vcpu->index + 1u == vcpu->partition->vcpu_count;

	return MPIDR_PACKED(vcpu->affinity) << 32 | (uint64_t)vcpu->index << 8 | last << 4;
}

static uint64_t read_control(const struct vcpu *vcpu, uint32_t offset, uint32_t size)
{
	switch (offset) {
	case GICR_TYPER:
		return size == 4 ? (uint32_t)typer(vcpu) : typer(vcpu);
	case GICR_TYPER + 4:
		return typer(vcpu) >> 32;
	case GICR_WAKER:
		return vcpu->vgic.waker;
	default:
		break;
	}
	/* Only an aligned offset is read: an unaligned access to a device would be the frame's own
	 * fault. */
	if (offset == GICR_IIDR || (offset >= GIC_IDS && offset % 4 == 0))
		return gic_redistributor_identification(offset);
	return 0;
}

static void write_control(struct vcpu *vcpu, uint32_t offset, uint32_t value)
{
	if (offset == GICR_WAKER)
		vcpu->vgic.waker = (value & WAKER_SLEEP) != 0 ? WAKER_SLEEP | WAKER_CHILDREN : 0;
}

bool vgic_own_read(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value)
{
	struct vcpu *of = &vcpu->partition->vcpus[offset / GICR_STEP];

	offset %= GICR_STEP;
	if (offset >= GICR_SGI)
		return vgic_private_ask(vcpu, of, offset - GICR_SGI, size, value);
	*value = size >= 4 ? read_control(of, offset, size) : 0;
	return true;
}

bool vgic_own_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	struct vcpu *of = &vcpu->partition->vcpus[offset / GICR_STEP];

	offset %= GICR_STEP;
	if (offset >= GICR_SGI)
		return vgic_private_change(vcpu, of, offset - GICR_SGI, size, (uint32_t)value);
	if (size == 4)
		write_control(of, offset, (uint32_t)value);
	return true;
}
