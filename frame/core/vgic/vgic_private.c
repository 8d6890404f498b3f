/*
 * The registers of a vCPU's private interrupts, wherever its guest sees them. The vCPU's own core
 * does all that concerns them: an access to those of another vCPU goes to its core as a request.
 */
#include "vgic_deliver.h"

#include <frame/gic.h>
#include <state/partition.h>
#include <vgic/vgic.h>

#define SGIS_EDGES 0xaaaaaaaau /* of the first ICFGR: SGIs are edge-triggered */

#define IS_PRIORITY(offset, size)                                                                  \
	((offset) >= GICD_IPRIORITYR && (offset) + (size) <= GICD_IPRIORITYR + VGIC_PRIVATE)

/* ---- on the vCPU's own core ---- */

static uint32_t read_pending(struct vcpu *vcpu)
{
	uint32_t physical = vcpu->partition->vgic.physical;

	return vgic_held(vcpu, 0).pending | (vcpu->vgic.latched & ~physical) |
	       (gic_pending(gic_private()) & physical);
}

static uint32_t read_active(struct vcpu *vcpu)
{
	return vgic_held(vcpu, 0).active | vcpu->vgic.by_hand;
}

uint32_t vgic_private_read(struct vcpu *vcpu, uint32_t offset, uint32_t size)
{
	if (size <= 4 && IS_PRIORITY(offset, size))
		return (uint32_t)vgic_read_priority(&vcpu->vgic.priority[offset - GICD_IPRIORITYR],
		                                    size);
	if (size != 4)
		return 0;
	switch (offset) {
	case GICD_IGROUPR:
		return vcpu->vgic.group;
	case GICD_ISENABLER:
	case GICD_ICENABLER:
		return vcpu->vgic.enabled;
	case GICD_ISPENDR:
	case GICD_ICPENDR:
		return read_pending(vcpu);
	case GICD_ISACTIVER:
	case GICD_ICACTIVER:
		return read_active(vcpu);
	case GICD_ICFGR:
		return SGIS_EDGES;
	case GICD_ICFGR + 4:
		return vgic_read_config(vcpu->vgic.edge >> 16);
	default:
		return 0;
	}
}

static void set_pending(struct vcpu *vcpu, uint32_t value)
{
	uint32_t physical = vcpu->partition->vgic.physical;

	value &= ~vgic_held(vcpu, 0).pending;
	vcpu->vgic.latched |= value;
	gic_set_pending(gic_private(), value & physical);
	vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
}

static void give_back_unwanted(struct vcpu *vcpu)
{
	vgic_give_back_unwanted(vcpu);
	vgic_ask_later(vcpu, VGIC_ASK_EVALUATE);
}

/* Makes interrupts active by hand: no vCPU holds them, and they aren't delivered. An interrupt that
 * the vCPU holds active already stays as it is. */
static void set_active(struct vcpu *vcpu, uint32_t value)
{
	vcpu->vgic.by_hand |= value & ~vgic_held(vcpu, 0).active;
	vgic_sync_private(vcpu);
	give_back_unwanted(vcpu);
}

static void write_priority(struct vcpu *vcpu, uint32_t first, uint32_t size, uint32_t value)
{
	for (uint32_t i = 0; i < size; i++) {
		vcpu->vgic.priority[first + i] = (uint8_t)(value >> 8 * i) & VGIC_PRIORITY_BITS;
		vgic_requeue(vcpu, first + i);
	}
}

/* Writes registers with a bit for each interrupt. GICD_ICPENDR and GICD_ICACTIVER don't come here:
 * they are requests of their own. */
static void write_bits(struct vcpu *vcpu, uint32_t offset, uint32_t value)
{
	struct vgic_cpu *own = &vcpu->vgic;

	switch (offset) {
	case GICD_IGROUPR:
		__atomic_store_n(&own->group, value, __ATOMIC_SEQ_CST);
		break;
	case GICD_ISENABLER:
		own->enabled |= value;
		break;
	case GICD_ICENABLER:
		own->enabled &= ~value;
		break;
	case GICD_ISPENDR:
		set_pending(vcpu, value);
		return;
	case GICD_ISACTIVER:
		set_active(vcpu, value);
		return;
	default:
		return;
	}
	vgic_sync_private(vcpu);
	if (offset == GICD_ISENABLER)
		(void)vgic_deliver_private(vcpu);
	else
		give_back_unwanted(vcpu);
}

void vgic_private_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint32_t value)
{
	if (size <= 4 && IS_PRIORITY(offset, size))
		write_priority(vcpu, offset - GICD_IPRIORITYR, size, value);
	else if (size == 4)
		write_bits(vcpu, offset, value);
}

/* ---- on any core ---- */

bool vgic_private_ask(struct vcpu *from, struct vcpu *of, uint32_t offset, uint32_t size,
                      uint64_t *value)
{
	const struct vgic_request *answer;

	if (from == of) {
		*value = vgic_private_read(of, offset, size);
		return true;
	}
	answer = vgic_request(from, VGIC_REQUEST_READ, offset | size << VGIC_REQUEST_SIZE, 0,
	                      1u << of->index);
	*value = answer != 0 ? answer->pending : 0;
	return answer != 0;
}

bool vgic_private_change(struct vcpu *from, struct vcpu *of, uint32_t offset, uint32_t size,
                         uint32_t value)
{
	uint32_t vcpus = 1u << of->index;

	if (offset == GICD_ICPENDR && size == 4)
		return vgic_request(from, VGIC_REQUEST_DROP, 0, value, vcpus) != 0;
	if (offset == GICD_ICACTIVER && size == 4)
		return vgic_request(from, VGIC_REQUEST_END, 0, value, vcpus) != 0;
	if (from == of) {
		vgic_private_write(of, offset, size, value);
		return true;
	}
	return vgic_request(from, VGIC_REQUEST_WRITE, offset | size << VGIC_REQUEST_SIZE, value,
	                    vcpus) != 0;
}
