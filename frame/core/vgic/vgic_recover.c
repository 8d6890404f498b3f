/*
 * The virtual GIC in a recovery from a crash of the frame: checks and mends what a vCPU has kept,
 * and makes the distributor agree with it. All list registers are in memory meanwhile, and no vCPU
 * runs.
 */
#include "vgic_deliver.h"
#include "vgic_sets.h"

#include <frame/listreg.h>
#include <lib/string.h>
#include <state/partition.h>
#include <vgic/vgic.h>

/* True: the partition has such an interrupt. */
AT_START static bool has(const struct partition *partition, uint32_t intid)
{
	const struct vgic *vgic = &partition->vgic;

	return intid < VGIC_PRIVATE ||
	       (intid < VGIC_INTIDS &&
	        ((vgic->owned[intid / 32] | vgic->wired[intid / 32]) >> intid % 32 & 1) != 0);
}

/* A list register that is linked to a physical interrupt lets the guest deactivate that. So it must
 * be the partition's own. */
AT_START static bool list_holds(const struct vcpu *vcpu, uint64_t lr)
{
	uint32_t intid = LR_INTID(lr);
	bool linked = (lr & LR_HW) != 0;

	if (!has(vcpu->partition, intid) || linked != vgic_is_physical(vcpu, intid))
		return false;
	return !linked || LR_GET_PHYSICAL(lr) == intid;
}

AT_START bool vgic_lists_hold(const struct vcpu *vcpu)
{
	const struct resident_gic *gic = &vcpu->saved.gic;

	for (uint32_t used = gic->used; used != 0; used &= used - 1) {
		uint32_t i = (uint32_t)__builtin_ctz(used);

		if (i >= 16 || !list_holds(vcpu, gic->lr[i]))
			return false;
	}
	return true;
}

AT_START bool vgic_targets_hold(const struct partition *partition)
{
	const struct vgic *vgic = &partition->vgic;

	for (uint32_t word = 1; word < VGIC_WORDS; word++)
		for (uint32_t bits = vgic->owned[word] | vgic->wired[word]; bits != 0;
		     bits &= bits - 1)
			if (vgic->target[word * 32 + (uint32_t)__builtin_ctz(bits)] >=
			    partition->vcpu_count)
				return false;
	return true;
}

/* True: the level has nothing. A recovery looks at all levels of all vCPUs; most have nothing. */
AT_START static bool is_empty(const uint32_t bits[VGIC_WORDS])
{
	uint32_t any = 0;

	for (uint32_t word = 0; word < VGIC_WORDS; word += 8)
		any |= bits[word] | bits[word + 1] | bits[word + 2] | bits[word + 3] |
		       bits[word + 4] | bits[word + 5] | bits[word + 6] | bits[word + 7];
	return any == 0;
}

AT_START static void mend_level(struct vcpu *vcpu, uint32_t level)
{
	struct vgic_cpu *own = &vcpu->vgic;
	struct vgic_waiting *w = &own->waiting;

	for (uint32_t word = 0; word < VGIC_WORDS; word++) {
		uint32_t bits = w->bits[level][word] & ~w->all[word];

		w->bits[level][word] = 0;
		for (; bits != 0; bits &= bits - 1) {
			uint32_t intid = word * 32 + (uint32_t)__builtin_ctz(bits);

			if (has(vcpu->partition, intid))
				waiting_add(own, intid, level);
		}
	}
}

/* Makes the waiting set's summaries anew. An interrupt that the partition doesn't have goes. */
AT_START static void mend_waiting(struct vcpu *vcpu)
{
	struct vgic_waiting *w = &vcpu->vgic.waiting;

	w->levels = w->hushed = 0;
	memset(w->words, 0, sizeof(w->words));
	memset(w->all, 0, sizeof(w->all));
	for (uint32_t level = 0; level < VGIC_LEVELS; level++)
		if (!is_empty(w->bits[level]))
			mend_level(vcpu, level);
}

/* Makes the evicted set anew. Which of one level was the last is lost, if there are several. */
AT_START static void mend_evicted(struct vcpu *vcpu)
{
	struct vgic_cpu *own = &vcpu->vgic;
	struct vgic_evicted *e = &own->evicted;

	e->words = e->levels = 0;
	for (uint32_t word = 0; word < VGIC_WORDS; word++) {
		uint32_t bits = e->all[word] & ~own->waiting.all[word];

		e->all[word] = 0;
		for (; bits != 0; bits &= bits - 1) {
			uint32_t intid = word * 32 + (uint32_t)__builtin_ctz(bits);

			if (has(vcpu->partition, intid))
				evicted_add(own, intid, own->level[intid] % VGIC_LEVELS);
		}
	}
}

AT_START void vgic_mend(struct vcpu *vcpu)
{
	mend_waiting(vcpu);
	mend_evicted(vcpu);
	/* Whatever was asked for and left its word already is asked for again. */
	__atomic_fetch_or(&vcpu->vgic.asked,
	                  VGIC_ASK_EVALUATE | VGIC_ASK_REQUEST | VGIC_ASK_WORDS | VGIC_ASK_ROUND |
	                      VGIC_ASK_OTHERS | VGIC_ASK_MOVED,
	                  __ATOMIC_SEQ_CST);
}

/* ---- the distributor ---- */

/* Returns the interrupts of a word that some vCPU of the partition holds. */
AT_START static uint32_t held_in(const struct partition *partition, uint32_t word)
{
	uint32_t held = 0;

	for (uint32_t v = 0; v < partition->vcpu_count; v++)
		held |= vgic_held_by(&partition->vcpus[v], word, false);
	return held;
}

/* An interrupt that nobody holds was taken and not delivered, or put back in part: it comes again.
 * A level comes by itself. */
AT_START static void release_physical(struct vgic *vgic, uint32_t word, uint32_t held)
{
	uint32_t lost = gic_active(gic_spis(word)) & vgic->owned[word] &
	                ~(held | vgic->by_hand[word] | vgic->arrived[word]);

	gic_set_pending(gic_spis(word),
	                lost & (vgic->edge[word] | vgic->latched[word] | vgic->carried[word]));
	gic_clear_active(gic_spis(word), lost);
	vgic->latched[word] |= lost & vgic->carried[word];
	vgic->carried[word] &= ~lost;
}

/* The same for a wired interrupt. */
AT_START static void release_wired(struct vgic *vgic, uint32_t word, uint32_t held)
{
	uint32_t lost = vgic->taken[word] & ~held;

	vgic->taken[word] &= ~lost;
	vgic->latched[word] |= lost & (vgic->edge[word] | vgic->carried[word]);
	vgic->carried[word] &= ~lost;
}

AT_START void vgic_agree(struct partition *partition)
{
	struct vgic *vgic = &partition->vgic;

	for (uint32_t words = vgic->owned_words | vgic->wired_words; words != 0;
	     words &= words - 1) {
		uint32_t word = (uint32_t)__builtin_ctz(words);
		uint32_t held = held_in(partition, word);

		release_physical(vgic, word, held);
		release_wired(vgic, word, held);
	}
	vgic->stale |= vgic->owned_words; /* the enable bits are made again, word by word */
}
