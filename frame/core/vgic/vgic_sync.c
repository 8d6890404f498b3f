/*
 * Sets the physical enable bits and routes of a partition's own interrupts, and which messages may
 * be delivered, by the words that its vCPUs write. Called after each change of one of these words,
 * on any core of the partition.
 */
#include "vgic_deliver.h"

#include <frame/gic.h>
#include <machine/sysreg.h>
#include <state/partition.h>

void vgic_sync_private(struct vcpu *vcpu)
{
	uint32_t physical = vcpu->partition->vgic.physical;
	uint32_t want = vcpu->vgic.online ? vgic_wanted(vcpu, 0) : 0;

	vcpu->vgic.open = want;
	gic_set_enable(gic_private(), physical & want);
	gic_clear_enable(gic_private(), physical & ~want);
}

static void make_enables(struct vgic *vgic, uint32_t word, uint32_t on, uint32_t off)
{
	vgic_set(&vgic->open[word], on);
	vgic_clear(&vgic->open[word], off);
	barrier_full();
	gic_set_enable(gic_spis(word), on & vgic->owned[word]);
	gic_clear_enable(gic_spis(word), off & vgic->owned[word]);
	barrier_full();
}

/*
 * Several vCPUs may do this at once, and one may have read older words than another. So each looks
 * again after its own writes have arrived: the last vCPU to look has seen the last change. A
 * further turn is needed only if another vCPU changed the same interrupts in between. A vCPU that
 * isn't done after all its turns leaves the word to a later step of its own.
 */
void vgic_sync(struct vcpu *vcpu, uint32_t word, uint32_t bits)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t owned = bits & (vgic->owned[word] | vgic->sent[word]);

	if (owned == 0)
		return;
	for (uint32_t turn = 0; turn < VGIC_STEP; turn++) {
		uint32_t want = owned & vgic_wanted_shared(vgic, word);

		make_enables(vgic, word, want, owned & ~want);
		if ((vgic_wanted_shared(vgic, word) & owned) == want)
			return;
	}
	vgic_set(&vgic->stale, 1u << word);
	vgic_ask_later(vcpu, VGIC_ASK_WORDS);
}

bool vgic_sync_stale(struct vcpu *vcpu)
{
	uint32_t *stale = &vcpu->partition->vgic.stale;
	uint32_t words = vgic_look(stale);

	if (words == 0)
		return false;
	for (uint32_t i = 0; i < VGIC_STEP && words != 0; i++, words &= words - 1) {
		uint32_t word = (uint32_t)__builtin_ctz(words);

		if (vgic_clear(stale, 1u << word) != 0)
			vgic_sync(vcpu, word, ~0u);
	}
	return true;
}

static uint64_t place_of(const struct vgic *vgic, uint32_t intid)
{
	uint8_t target = __atomic_load_n(&vgic->target[intid], __ATOMIC_SEQ_CST);

	return __atomic_load_n(&vgic->cores[target], __ATOMIC_SEQ_CST);
}

bool vgic_sync_route(struct vgic *vgic, uint32_t intid)
{
	for (uint32_t turn = 0; turn < VGIC_STEP; turn++) {
		uint64_t place = place_of(vgic, intid);

		barrier_full();
		gic_route(intid, place);
		gic_set_priority(intid, vgic->urgency[vgic->target[intid]]);
		barrier_full();
		if (place_of(vgic, intid) == place)
			return true;
	}
	return false;
}
