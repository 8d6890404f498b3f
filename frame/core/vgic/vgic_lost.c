/*
 * Finds physical interrupts that are lost: active, but no vCPU holds them. A wild jump out of a
 * handler leaves one like that, and it never comes again. vgic_recover.c brings it back.
 */
#include "vgic_lr.h"

#include <frame/listreg.h>
#include <state/partition.h>
#include <vgic/vgic.h>
#include <word/vcpu.h>

#define LOST_VCPUS 3u /* that a look has time for, with interrupts masked */

uint32_t vgic_held_by(const struct vcpu *vcpu, uint32_t word, bool resident)
{
	const struct resident_gic *gic = &vcpu->saved.gic;
	uint32_t used = resident ? ~lr_empty() & lr_mask() : gic->used;
	uint32_t held = vcpu->vgic.waiting.all[word] | vcpu->vgic.evicted.all[word];

	for (; used != 0; used &= used - 1) {
		uint32_t index = (uint32_t)__builtin_ctz(used);
		uint32_t intid = LR_INTID(resident ? lr_read(index) : gic->lr[index]);

		held |= (uint32_t)(intid / 32 == word) << intid % 32;
	}
	return held;
}

uint32_t vgic_lost_private(uint32_t active)
{
	active &= core.privates;
	if (active == 0 || core.vcpu == 0)
		return 0;
	lr_settle();
	return active & ~vgic_held_by(core.vcpu, 0, true);
}

uint32_t vgic_lost_shared(const struct partition *partition, uint32_t word, uint32_t active)
{
	const struct vgic *vgic = &partition->vgic;

	active &=
	    vgic->owned[word] & ~vgic_look(&vgic->by_hand[word]) & ~vgic_look(&vgic->arrived[word]);
	if (RELAXED(partition->life.status.state) != LIFE_RUNNING ||
	    partition->vcpu_count > LOST_VCPUS)
		return 0;
	lr_settle();
	for (uint32_t i = 0; i < partition->vcpu_count && active != 0; i++) {
		const struct vcpu *vcpu = &partition->vcpus[i];

		active &= vcpu_is_here(vcpu) ? ~vgic_held_by(vcpu, word, vcpu == core.vcpu) : 0;
	}
	return active;
}
