/*
 * The registers of the virtual redistributors. A vCPU may touch another one's: enable, group and
 * trigger bits and priorities are changed in place and the other's core is asked to look; pending
 * and active bits of another vCPU's private interrupts are that core's alone: they read as zero and
 * ignore writes, except that a pending SGI can be set.
 */
#include "vgic_waiting.h"

#include <frame/core.h>
#include <frame/gic.h>
#include <frame/vgic_deliver.h>
#include <lib/bundle.h>
#include <machine/gic_cpu.h>

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
	return offset == 0x04 || offset >= 0xffd0 ? gic_redistributor_identification(offset) : 0;
}

static void write_control(struct vcpu *vcpu, uint32_t offset, uint32_t value)
{
	if (offset == 0x14)
		vcpu->vgic.waker = (value & WAKER_SLEEP) != 0 ? WAKER_SLEEP | WAKER_CHILDREN : 0;
}

/* ---- this vCPU's pending and active bits ---- */

static void held(const struct vcpu *vcpu, uint32_t *pending, uint32_t *active)
{
	const struct vgic_waiting *waiting = &vcpu->vgic.waiting;
	uint32_t levels = waiting->levels;

	*pending = *active = 0;
	for (uint32_t i = 0; i < core.list_registers; i++) {
		uint64_t lr = lr_read(i);

		if (LR_INTID(lr) >= VGIC_PRIVATE)
			continue;
		if ((lr & LR_PENDING) != 0)
			*pending |= 1u << LR_INTID(lr);
		if ((lr & LR_ACTIVE) != 0)
			*active |= 1u << LR_INTID(lr);
	}
	for (; levels != 0; levels &= levels - 1)
		*pending |= waiting->bits[__builtin_ctz(levels)][0];
}

static uint32_t read_pending(const struct vcpu *vcpu)
{
	uint32_t pending, active;

	held(vcpu, &pending, &active);
	return pending | vcpu->vgic.latched | (gic_private_pending() & vcpu->vgic.physical);
}

static uint32_t read_active(const struct vcpu *vcpu)
{
	uint32_t pending, active;

	held(vcpu, &pending, &active);
	return active | (gic_private_active() & vcpu->vgic.physical & ~pending);
}

static void set_pending(struct vcpu *vcpu, uint32_t value)
{
	gic_private_set_pending(value & vcpu->vgic.physical);
	vcpu->vgic.latched |= value & ~vcpu->vgic.physical;
	vgic_evaluate(vcpu);
}

static void clear_pending(struct vcpu *vcpu, uint32_t value)
{
	uint32_t pending, active;

	held(vcpu, &pending, &active);
	vcpu->vgic.latched &= ~value;
	for (pending &= value; pending != 0; pending &= pending - 1) {
		uint32_t intid = (uint32_t)__builtin_ctz(pending);

		if (vgic_take_back(vcpu, intid) && vgic_is_physical(vcpu, intid))
			gic_deactivate(intid);
	}
	gic_private_clear_pending(value & vcpu->vgic.physical);
}

static void clear_active(struct vcpu *vcpu, uint32_t value)
{
	uint32_t pending, active;

	held(vcpu, &pending, &active);
	for (active &= value; active != 0; active &= active - 1)
		vgic_end(vcpu, (uint32_t)__builtin_ctz(active));
	gic_private_clear_active(value & vcpu->vgic.physical & ~pending);
}

/* ---- the SGI frame ---- */

static uint64_t read_sgi_frame(const struct vcpu *vcpu, uint32_t offset, uint32_t size, bool own)
{
	uint64_t value = 0;

	switch (offset) {
	case 0x080:
		return vcpu->vgic.group;
	case 0x100:
	case 0x180:
		return vcpu->vgic.enabled;
	case 0x200:
	case 0x280:
		return own ? read_pending(vcpu) : 0;
	case 0x300:
	case 0x380:
		return own ? read_active(vcpu) : 0;
	case 0xc00:
		return 0xaaaaaaaa; /* SGIs are edge-triggered */
	case 0xc04:
		for (uint32_t i = 0; i < 16; i++)
			value |= (uint64_t)(vcpu->vgic.edge >> (16 + i) & 1) << (2 * i + 1);
		return value;
	default:
		break;
	}
	for (uint32_t i = 0; offset >= 0x400 && offset < 0x420 && i < size; i++)
		value |= (uint64_t)vcpu->vgic.priority[offset - 0x400 + i] << 8 * i;
	return value;
}

static void write_priority(struct vcpu *vcpu, uint32_t first, uint32_t size, uint64_t value,
                           bool own)
{
	for (uint32_t i = 0; i < size && first + i < VGIC_PRIVATE; i++) {
		vcpu->vgic.priority[first + i] = (uint8_t)(value >> 8 * i) & 0xf8;
		if (own)
			vgic_requeue(vcpu, first + i);
	}
}

static void write_own_bits(struct vcpu *vcpu, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case 0x200:
		set_pending(vcpu, value);
		break;
	case 0x280:
		clear_pending(vcpu, value);
		break;
	case 0x300:
		gic_private_set_active(value & vcpu->vgic.physical);
		break;
	case 0x380:
		clear_active(vcpu, value);
		break;
	default:
		break;
	}
}

static void write_sgi_frame(struct vcpu *from, struct vcpu *vcpu, uint32_t offset, uint32_t size,
                            uint64_t value)
{
	uint32_t bits = (uint32_t)value;

	if (offset >= 0x400 && offset < 0x420) {
		write_priority(vcpu, offset - 0x400, size, value, from == vcpu);
		return;
	}
	switch (offset) {
	case 0x080:
		__atomic_store_n(&vcpu->vgic.group, bits, __ATOMIC_SEQ_CST);
		break;
	case 0x100:
		__atomic_fetch_or(&vcpu->vgic.enabled, bits, __ATOMIC_SEQ_CST);
		break;
	case 0x180:
		__atomic_fetch_and(&vcpu->vgic.enabled, ~bits, __ATOMIC_SEQ_CST);
		break;
	case 0x200:
		if (from != vcpu)
			__atomic_fetch_or(&vcpu->vgic.incoming, bits & 0xffff, __ATOMIC_SEQ_CST);
		/* fall through */
	default:
		if (from == vcpu)
			write_own_bits(vcpu, offset, bits);
		break;
	}
	if (offset == 0x080 || offset == 0x100 || offset == 0x180 || from != vcpu)
		vgic_ask(from, vcpu, VGIC_ASK_PRIVATE);
}

/* ---- which redistributor ---- */

uint64_t vgic_redist_read(struct vcpu *vcpu, uint32_t offset, uint32_t size)
{
	const struct vcpu *of = &vcpu->partition->vcpus[offset / FRAME_SIZE];

	offset %= FRAME_SIZE;
	if (offset < SGI_FRAME)
		return read_control(of, offset, size);
	return read_sgi_frame(of, offset - SGI_FRAME, size, of == vcpu);
}

void vgic_redist_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	struct vcpu *of = &vcpu->partition->vcpus[offset / FRAME_SIZE];

	offset %= FRAME_SIZE;
	if (offset < SGI_FRAME)
		write_control(of, offset, (uint32_t)value);
	else
		write_sgi_frame(vcpu, of, offset - SGI_FRAME, size, value);
}
