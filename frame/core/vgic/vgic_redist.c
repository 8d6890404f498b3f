/*
 * The registers of the virtual redistributors. All that concerns a vCPU's private interrupts is
 * done by its own core: an access to another vCPU's goes there as a request. Identification and the
 * sleep bit are answered at once.
 */
#include "vgic_deliver.h"

#include <frame/gic.h>
#include <state/partition.h>
#include <vgic/vgic.h>

#define FRAME_SIZE     0x20000u
#define SGI_FRAME      0x10000u
#define WAKER_SLEEP    2u
#define WAKER_CHILDREN 4u

static uint64_t typer(const struct vcpu *vcpu)
{
	uint64_t affinity = (vcpu->affinity & 0xffffff) | (vcpu->affinity >> 32 & 0xff) << 24;
	uint64_t last = vcpu->index + 1u == vcpu->partition->vcpu_count;

	return affinity << 32 | (uint64_t)vcpu->index << 8 | last << 4;
}

static uint64_t read_control(const struct vcpu *vcpu, uint32_t offset, uint32_t size)
{
	switch (offset) {
	case 0x08:
		return size == 4 ? (uint32_t)typer(vcpu) : typer(vcpu);
	case 0x0c:
		return typer(vcpu) >> 32;
	case 0x14:
		return vcpu->vgic.waker;
	default:
		break;
	}
	/* Never unaligned: of a device that is the frame's own fault. */
	if (offset == 0x04 || (offset >= 0xffd0 && offset % 4 == 0))
		return gic_redistributor_identification(offset);
	return 0;
}

static void write_control(struct vcpu *vcpu, uint32_t offset, uint32_t value)
{
	if (offset == 0x14)
		vcpu->vgic.waker = (value & WAKER_SLEEP) != 0 ? WAKER_SLEEP | WAKER_CHILDREN : 0;
}

/* ---- the SGI frame, on the vCPU's own core ---- */

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
	if (size <= 4 && offset >= 0x400 && offset + size <= 0x420)
		return (uint32_t)vgic_read_priority(&vcpu->vgic.priority[offset - 0x400], size);
	if (size != 4)
		return 0;
	switch (offset) {
	case 0x080:
		return vcpu->vgic.group;
	case 0x100:
	case 0x180:
		return vcpu->vgic.enabled;
	case 0x200:
	case 0x280:
		return read_pending(vcpu);
	case 0x300:
	case 0x380:
		return read_active(vcpu);
	case 0xc00:
		return 0xaaaaaaaa; /* SGIs are edge-triggered */
	case 0xc04:
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

/* Active by hand: held by nobody, not delivered. What is held active already stays as it is. */
static void set_active(struct vcpu *vcpu, uint32_t value)
{
	vcpu->vgic.by_hand |= value & ~vgic_held(vcpu, 0).active;
	vgic_sync_private(vcpu);
	give_back_unwanted(vcpu);
}

static void write_priority(struct vcpu *vcpu, uint32_t first, uint32_t size, uint32_t value)
{
	for (uint32_t i = 0; i < size; i++) {
		vcpu->vgic.priority[first + i] = (uint8_t)(value >> 8 * i) & 0xf8;
		vgic_requeue(vcpu, first + i);
	}
}

/* Clearing pending and active bits are requests of their own kinds. */
static void write_bits(struct vcpu *vcpu, uint32_t offset, uint32_t value)
{
	struct vgic_cpu *own = &vcpu->vgic;

	switch (offset) {
	case 0x080:
		__atomic_store_n(&own->group, value, __ATOMIC_SEQ_CST);
		break;
	case 0x100:
		own->enabled |= value;
		break;
	case 0x180:
		own->enabled &= ~value;
		break;
	case 0x200:
		set_pending(vcpu, value);
		return;
	case 0x300:
		set_active(vcpu, value);
		return;
	default:
		return;
	}
	vgic_sync_private(vcpu);
	if (offset == 0x100)
		(void)vgic_deliver_private(vcpu);
	else
		give_back_unwanted(vcpu);
}

void vgic_private_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint32_t value)
{
	if (size <= 4 && offset >= 0x400 && offset + size <= 0x420)
		write_priority(vcpu, offset - 0x400, size, value);
	else if (size == 4)
		write_bits(vcpu, offset, value);
}

/* ---- which redistributor ---- */

static bool read_sgi_frame(struct vcpu *from, struct vcpu *of, uint32_t offset, uint32_t size,
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

static bool write_sgi_frame(struct vcpu *from, struct vcpu *of, uint32_t offset, uint32_t size,
                            uint32_t value)
{
	uint32_t whom = 1u << of->index;

	if (offset == 0x280 && size == 4)
		return vgic_request(from, VGIC_REQUEST_DROP, 0, value, whom) != 0;
	if (offset == 0x380 && size == 4)
		return vgic_request(from, VGIC_REQUEST_END, 0, value, whom) != 0;
	if (from == of) {
		vgic_private_write(of, offset, size, value);
		return true;
	}
	return vgic_request(from, VGIC_REQUEST_WRITE, offset | size << VGIC_REQUEST_SIZE, value,
	                    whom) != 0;
}

bool vgic_redist_read(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value)
{
	struct vcpu *of = &vcpu->partition->vcpus[offset / FRAME_SIZE];

	offset %= FRAME_SIZE;
	if (offset >= SGI_FRAME)
		return read_sgi_frame(vcpu, of, offset - SGI_FRAME, size, value);
	*value = size >= 4 ? read_control(of, offset, size) : 0;
	return true;
}

bool vgic_redist_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	struct vcpu *of = &vcpu->partition->vcpus[offset / FRAME_SIZE];

	offset %= FRAME_SIZE;
	if (offset >= SGI_FRAME)
		return write_sgi_frame(vcpu, of, offset - SGI_FRAME, size, (uint32_t)value);
	if (size == 4)
		write_control(of, offset, (uint32_t)value);
	return true;
}
