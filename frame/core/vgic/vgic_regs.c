/*
 * The registers of the virtual distributor. Bits of physical interrupts are the physical
 * distributor's, through the mask of owned interrupts; set- and clear-registers need no lock there.
 * An interrupt that is neither owned nor wired reads as zero and ignores writes, as an
 * unimplemented interrupt does. When a write is done, it has taken effect everywhere, so
 * GICD_CTLR.RWP is always 0. A write that needs other cores is executed again until they have done
 * their part, so each part of a write can be repeated.
 */
#include "vgic_deliver.h"
#include "vgic_face.h"

#include <frame/gic.h>
#include <lib/index.h>
#include <state/partition.h>
#include <vgic/vgic.h>

/* Which part of the distributor an offset is in: bits, priorities or triggers. The first registers
 * of priorities and triggers are left out: they belong to private interrupts. */
#define IS_BIT(offset) ((offset) >= GICD_IGROUPR && (offset) < GICD_IPRIORITYR)
#define IS_PRIORITY(offset)                                                                        \
	((offset) >= GICD_IPRIORITYR + VGIC_PRIVATE && (offset) < GICD_IPRIORITYR + GIC_SPECIAL)
#define IS_TRIGGER(offset)                                                                         \
	((offset) >= GICD_ICFGR + VGIC_PRIVATE / 4 && (offset) < GICD_ICFGR + VGIC_INTIDS / 4)
#define TRIGGER_WORD(offset) (((offset)-GICD_ICFGR) / 8)
#define TRIGGER_HALF(offset) ((offset) / 4 % 2)

static void change_bits(uint32_t *word, uint32_t mask, uint32_t value)
{
	vgic_clear(word, mask & ~value);
	vgic_set(word, mask & value);
}

/* ---- enable ---- */

static bool set_enable(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	vgic_set(&vgic->enabled[word], value);
	vgic_sync(vcpu, word, value);
	if ((value & vgic->wired[word]) != 0)
		vgic_evaluate_wired(vcpu, word, value);
	return true;
}

static bool clear_enable(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	if (!vgic_request_resumes(vcpu, VGIC_REQUEST_RECALL, word, value)) {
		vgic_clear(&vgic->enabled[word], value);
		vgic_sync(vcpu, word, value);
	}
	return vgic_request_holders(vcpu, VGIC_REQUEST_RECALL, word, value) != 0;
}

/* Writes GICD_CTLR. All vCPUs put back interrupts that aren't wanted any more, and set the physical
 * enable bits. */
static bool write_ctlr(struct vcpu *vcpu, uint32_t value)
{
	struct partition *partition = vcpu->partition;
	struct vgic *vgic = &partition->vgic;
	uint32_t all = (1u << partition->vcpu_count) - 1;

	value &= VGIC_ENABLE_0 | VGIC_ENABLE_1;
	if (!vgic_request_resumes(vcpu, VGIC_REQUEST_SETTLE, 0, value)) {
		if (vgic_look(&vgic->ctlr) == value && vgic_look(&vgic->stale) == 0)
			return true;
		if (!vgic_request_ready(vcpu, VGIC_REQUEST_SETTLE, 0))
			return false;
		__atomic_store_n(&vgic->ctlr, value, __ATOMIC_SEQ_CST);
		vgic_set(&vgic->stale, vgic->owned_words);
	}
	return vgic_request(vcpu, VGIC_REQUEST_SETTLE, 0, value, all) != 0;
}

/* ---- pending and active ---- */

static bool read_pending(struct vcpu *vcpu, uint32_t word, uint64_t *value)
{
	struct vgic_held held;
	uint32_t distributor;

	if (!vgic_request_held(vcpu, word, &held, &distributor))
		return false;
	*value = distributor | (held.pending & vgic_known(&vcpu->partition->vgic, word));
	return true;
}

static bool read_active(struct vcpu *vcpu, uint32_t word, uint64_t *value)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	struct vgic_held held;
	uint32_t distributor;

	if (!vgic_request_held(vcpu, word, &held, &distributor))
		return false;
	*value = vgic_look(&vgic->by_hand[word]) | (held.active & vgic_known(vgic, word));
	return true;
}

/* An interrupt that a vCPU already holds pending isn't made pending once more. It stays pending if
 * its line falls. */
static bool set_pending(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	struct vgic_held held;
	uint32_t distributor;

	if (!vgic_request_held(vcpu, word, &held, &distributor))
		return false;
	vgic_set(&vgic->carried[word], value & held.pending);
	value &= ~held.pending;
	vgic_set(&vgic->latched[word], value);
	gic_set_pending(gic_spis(word), value & vgic->owned[word]);
	vgic_evaluate_wired(vcpu, word, value);
	return true;
}

static void clear_in_distributor(struct partition *partition, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &partition->vgic;

	vgic_listen(partition, word, vgic_clear(&vgic->latched[word], value));
	gic_clear_pending(gic_spis(word), value & vgic->owned[word]);
	vgic_drop_strayed(vgic, word, value);
}

/* After all vCPUs have answered, the bits are cleared once more: a vCPU may have put an interrupt
 * back before it was asked. */
static bool clear_pending(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	bool resumes = vgic_request_resumes(vcpu, VGIC_REQUEST_DROP, word, value);

	if (!resumes)
		clear_in_distributor(vcpu->partition, word, value);
	if (vgic_request_holders(vcpu, VGIC_REQUEST_DROP, word, value) == 0)
		return false;
	if (resumes)
		clear_in_distributor(vcpu->partition, word, value);
	vgic_evaluate_wired(vcpu, word, value);
	return true;
}

/*
 * No vCPU holds an interrupt that is active by hand; it is physically disabled instead of active.
 * If a vCPU turns out to hold the interrupt active, it isn't active by hand, and ends with the
 * guest's deactivation.
 */
static bool set_active(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	const struct vgic_request *answers;
	uint32_t active;

	if (!vgic_request_resumes(vcpu, VGIC_REQUEST_RECALL, word, value)) {
		vgic_set(&vgic->by_hand[word], value);
		vgic_sync(vcpu, word, value);
	}
	answers = vgic_request_holders(vcpu, VGIC_REQUEST_RECALL, word, value);
	if (answers == 0)
		return false;
	active = vgic_clear(&vgic->by_hand[word], answers->active & value);
	vgic_sync(vcpu, word, active);
	return true;
}

static bool clear_active(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	vgic_sync(vcpu, word, vgic_clear(&vgic->by_hand[word], value));
	if (vgic_request_holders(vcpu, VGIC_REQUEST_END, word, value) == 0)
		return false;
	vgic_evaluate_wired(vcpu, word, value);
	return true;
}

/* ---- group, priority, trigger, route ---- */

/* Writes the groups. Interrupts of the word that vCPUs hold pending are put back, and come again in
 * their new group. */
static bool write_group(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t known = vgic_known(vgic, word);

	if (!vgic_request_resumes(vcpu, VGIC_REQUEST_RECALL, word, known)) {
		if (((value ^ vgic->group[word]) & known) == 0)
			return true;
		if (!vgic_request_ready(vcpu, VGIC_REQUEST_RECALL, word))
			return false;
		change_bits(&vgic->group[word], known, value);
		vgic_sync(vcpu, word, known);
	}
	if (vgic_request_holders(vcpu, VGIC_REQUEST_RECALL, word, known) == 0)
		return false;
	vgic_evaluate_wired(vcpu, word, known);
	return true;
}

uint64_t vgic_read_priority(const uint8_t *priority, uint32_t size)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < size; i++)
		value |= (uint64_t)priority[i] << 8 * i;
	return value;
}

static void write_priority(struct vcpu *vcpu, uint32_t first, uint32_t size, uint64_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	for (uint32_t i = 0; i < size; i++) {
		uint32_t intid = first + i;

		if ((vgic_known(vgic, intid / 32) >> intid % 32 & 1) == 0)
			continue;
		vgic->priority[intid] = (uint8_t)(value >> 8 * i) & VGIC_PRIORITY_BITS;
		vgic_requeue(vcpu, intid);
	}
}

uint32_t vgic_read_config(uint32_t edge)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < 16; i++)
		value |= (edge >> i & 1) << (2 * i + 1);
	return value;
}

/* Gathers every second bit, from bit 1 on, into sixteen bits side by side, and shifts them to their
 * half of a word. */
static uint32_t config_to_edge(uint32_t value, uint32_t half)
{
	uint32_t edge = value >> 1 & 0x55555555;

	edge = (edge | edge >> 1) & 0x33333333;
	edge = (edge | edge >> 2) & 0x0f0f0f0f;
	edge = (edge | edge >> 4) & 0x00ff00ff;
	edge = (edge | edge >> 8) & 0xffff;
	return edge << 16 * half;
}

static void write_config(struct vcpu *vcpu, uint32_t word, uint32_t half, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t mask = vgic_known(vgic, word) & (half != 0 ? 0xffff0000 : 0xffff);
	uint32_t edge = config_to_edge(value, half);
	uint32_t changed = (edge ^ vgic->edge[word]) & mask;

	change_bits(&vgic->edge[word], mask, edge & mask);
	gic_set_edges(word, changed & vgic->owned[word], edge);
	vgic_evaluate_wired(vcpu, word, changed);
}

/*
 * Sets where the interrupt goes from now on. False: execute the access again. `*changed`: the
 * target was another one. If not, nothing more is to be done: the access that set this target
 * recalls what was delivered before.
 */
static bool set_route(struct vcpu *vcpu, uint32_t intid, uint8_t target, bool any, bool *changed)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t word = intid / 32, bit = 1u << intid % 32;

	if (!vgic_request_ready(vcpu, VGIC_REQUEST_RECALL, word))
		return false;
	change_bits(&vgic->any[word], bit, any ? bit : 0);
	*changed = __atomic_exchange_n(&vgic->target[intid], target, __ATOMIC_SEQ_CST) != target;
	if ((vgic->owned[word] & bit) != 0 && !vgic_sync_route(vgic, intid))
		return false;
	if (*changed && vgic_clear(&vgic->parked[word], bit) != 0)
		vgic_sync(vcpu, word, bit);
	return true;
}

bool vgic_route(struct vcpu *vcpu, uint32_t intid, uint8_t target, bool any)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t word = intid / 32, bit = 1u << intid % 32;
	bool changed = true;

	if ((vgic_known(vgic, word) & bit) == 0)
		return true;
	if (!vgic_request_resumes(vcpu, VGIC_REQUEST_RECALL, word, bit) &&
	    !set_route(vcpu, intid, target, any, &changed))
		return false;
	if (!changed)
		return true;
	if (vgic_request_holders(vcpu, VGIC_REQUEST_RECALL, word, bit) == 0)
		return false;
	vgic_evaluate_wired(vcpu, word, bit);
	return true;
}

/* ---- the distributor: its registers are 32 bits wide, except priorities and routes ---- */

static bool dist_read_bits(struct vcpu *vcpu, uint32_t offset, uint64_t *value)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t word = offset % GICD_BITS_SIZE / 4;

	*value = 0;
	if (word == 0)
		return true; /* private interrupts are in vgic_private.c */
	switch (offset - offset % GICD_BITS_SIZE) {
	case GICD_IGROUPR:
		*value = vgic->group[word];
		return true;
	case GICD_ISENABLER:
	case GICD_ICENABLER:
		*value = vgic->enabled[word];
		return true;
	case GICD_ISPENDR:
	case GICD_ICPENDR:
		return read_pending(vcpu, word, value);
	case GICD_ISACTIVER:
	case GICD_ICACTIVER:
		return read_active(vcpu, word, value);
	default:
		return true;
	}
}

static bool dist_write_bits(struct vcpu *vcpu, uint32_t offset, uint32_t value)
{
	uint32_t word = offset % GICD_BITS_SIZE / 4;

	if (word == 0)
		return true;
	value &= vgic_known(&vcpu->partition->vgic, word); /* other partitions' bits stay */
	switch (offset - offset % GICD_BITS_SIZE) {
	case GICD_IGROUPR:
		return write_group(vcpu, word, value);
	case GICD_ISENABLER:
		return set_enable(vcpu, word, value);
	case GICD_ICENABLER:
		return clear_enable(vcpu, word, value);
	case GICD_ISPENDR:
		return set_pending(vcpu, word, value);
	case GICD_ICPENDR:
		return clear_pending(vcpu, word, value);
	case GICD_ISACTIVER:
		return set_active(vcpu, word, value);
	case GICD_ICACTIVER:
		return clear_active(vcpu, word, value);
	default:
		return true;
	}
}

bool vgic_dist_read(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t *value)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	*value = 0;
	if (vgic_face_is_banked(offset))
		return vgic_private_ask(vcpu, vcpu, offset, size, value);
	if (size == 4 && offset == GICD_CTLR)
		*value = VGIC_CTLR_FIXED | vgic->ctlr;
	else if (size == 4 && IS_BIT(offset))
		return dist_read_bits(vcpu, offset, value);
	else if (size <= 4 && IS_PRIORITY(offset))
		*value = vgic_read_priority(
		    &vgic->priority[index_within(offset - GICD_IPRIORITYR, VGIC_INTIDS)], size);
	else if (size == 4 && IS_TRIGGER(offset))
		*value =
		    vgic_read_config(vgic->edge[TRIGGER_WORD(offset)] >> 16 * TRIGGER_HALF(offset));
	else
		*value = vgic_face_read(vcpu, offset, size);
	return true;
}

static bool dist_write_rest(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	if (size <= 4 && IS_PRIORITY(offset))
		write_priority(vcpu, offset - GICD_IPRIORITYR, size, value);
	else if (size == 4 && offset == GICD_CTLR)
		return write_ctlr(vcpu, (uint32_t)value);
	else if (size == 4 && IS_TRIGGER(offset))
		write_config(vcpu, TRIGGER_WORD(offset), TRIGGER_HALF(offset), (uint32_t)value);
	else
		return vgic_face_write(vcpu, offset, size, value);
	return true;
}

bool vgic_dist_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	if (vgic_face_is_banked(offset))
		return vgic_private_change(vcpu, vcpu, offset, size, (uint32_t)value);
	if (size == 4 && IS_BIT(offset))
		return dist_write_bits(vcpu, offset, (uint32_t)value);
	return dist_write_rest(vcpu, offset, size, value);
}
