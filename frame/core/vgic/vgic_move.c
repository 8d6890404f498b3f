/*
 * Physical interrupts of a vCPU that moves: their routes follow the vCPU from core to core. An
 * interrupt that comes to a core that the vCPU has left is brought to the vCPU. Until then it stays
 * physically active, so it can't come twice. Its bit in vgic.arrived is set: the core that clears
 * the bit takes the interrupt. state/vgic.h says which core may touch what.
 */
#include "vgic_deliver.h"

#include <machine/gic_cpu.h>
#include <state/partition.h>
#include <vgic/vgic.h>

#define ROUTES_STEP 8

void vgic_strayed(struct vcpu *to, uint32_t intid)
{
	vgic_set(&to->partition->vgic.arrived[intid / 32], 1u << intid % 32);
	vgic_ask(0, to, VGIC_ASK_MOVED);
}

/* The vCPU's GIC state still belongs to this core. */
void vgic_move(struct vcpu *vcpu, uint64_t affinity)
{
	__atomic_store_n(&vcpu->partition->vgic.cores[vcpu->index], affinity, __ATOMIC_SEQ_CST);
	vcpu->vgic.route = VGIC_PRIVATE;
	vgic_set(&vcpu->vgic.asked, VGIC_ASK_MOVED);
}

/* Takes an interrupt of the partition that arrived elsewhere. If it isn't for this vCPU, it is put
 * back and comes again. False: there is none. */
static bool take_strayed(struct vcpu *vcpu)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	for (uint32_t words = vgic->owned_words; words != 0; words &= words - 1) {
		uint32_t word = (uint32_t)__builtin_ctz(words);
		uint32_t bits = vgic_look(&vgic->arrived[word]);

		if (bits == 0)
			continue;
		if (vgic_clear(&vgic->arrived[word], bits & -bits) != 0)
			vgic_arrived(vcpu, word * 32 + (uint32_t)__builtin_ctz(bits));
		return true;
	}
	return false;
}

static bool follow_routes(struct vcpu *vcpu)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t *next = &vcpu->vgic.route;

	for (uint32_t i = 0; i < ROUTES_STEP && *next < VGIC_INTIDS;) {
		uint32_t bits = vgic->owned[*next / 32] & ~0u << *next % 32;

		if (bits == 0) {
			*next = (*next / 32 + 1) * 32;
			continue;
		}
		*next = *next / 32 * 32 + (uint32_t)__builtin_ctz(bits);
		if (vgic->target[*next] == vcpu->index && !vgic_sync_route(vgic, *next))
			break;
		++*next;
		i++;
	}
	return *next < VGIC_INTIDS;
}

bool vgic_follow(struct vcpu *vcpu)
{
	return take_strayed(vcpu) || follow_routes(vcpu);
}

void vgic_drop_strayed(struct vgic *vgic, uint32_t word, uint32_t bits)
{
	for (bits = vgic_clear(&vgic->arrived[word], bits); bits != 0; bits &= bits - 1)
		gic_deactivate(word * 32 + (uint32_t)__builtin_ctz(bits));
}
