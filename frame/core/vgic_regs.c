/*
 * The registers of the virtual distributor and redistributors. Bits of physical interrupts are the
 * physical distributor's, through the mask of what the partition owns; set- and clear-registers
 * need no lock there. What is neither owned nor wired reads as zero and ignores writes, as an
 * unimplemented interrupt does.
 */
#include <frame/core.h>
#include <frame/gic.h>
#include <frame/vgic_deliver.h>
#include <lib/bundle.h>
#include <machine/gic_cpu.h>

#define CTLR_FIXED   0x50u /* ARE and DS: one security state, affinity routing */
#define TYPER_HIDDEN (1u << 16 | 1u << 17 | 1u << 18) /* message-based SPIs, LPIs */
#define IROUTER_ANY  (1ULL << 31)

static uint32_t known(const struct vgic *vgic, uint32_t word)
{
	return vgic->owned[word] | vgic->wired[word];
}

static void change_bits(uint32_t *word, uint32_t mask, uint32_t value)
{
	__atomic_fetch_and(word, ~mask | value, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(word, mask & value, __ATOMIC_SEQ_CST);
}

/* ---- interrupts of one word, each in turn ---- */

static void each_recall(struct vcpu *vcpu, uint32_t word, uint32_t bits)
{
	for (; bits != 0; bits &= bits - 1)
		vgic_recall(vcpu, word * 32 + (uint32_t)__builtin_ctz(bits));
}

static void each_wired(struct vcpu *vcpu, uint32_t word, uint32_t bits)
{
	for (bits &= vcpu->partition->vgic.wired[word]; bits != 0; bits &= bits - 1)
		vgic_evaluate_wired(vcpu, word * 32 + (uint32_t)__builtin_ctz(bits));
}

/* Of a word: what this core's list registers and waiting set hold pending, and active. */
static void held_here(const struct vcpu *vcpu, uint32_t word, uint32_t *pending, uint32_t *active)
{
	const struct vgic_waiting *waiting = &vcpu->vgic.waiting;
	uint32_t levels = waiting->levels;

	*pending = *active = 0;
	for (uint32_t i = 0; i < core.list_registers; i++) {
		uint64_t lr = lr_read(i);

		if (LR_INTID(lr) / 32 != word)
			continue;
		if ((lr & LR_PENDING) != 0)
			*pending |= 1u << LR_INTID(lr) % 32;
		if ((lr & LR_ACTIVE) != 0)
			*active |= 1u << LR_INTID(lr) % 32;
	}
	for (; levels != 0; levels &= levels - 1)
		*pending |= waiting->bits[__builtin_ctz(levels)][word];
}

/* ---- enable ---- */

static uint32_t group_mask(const struct vgic *vgic, uint32_t group)
{
	return ((vgic->ctlr & VGIC_ENABLE_1) != 0 ? group : 0) |
	       ((vgic->ctlr & VGIC_ENABLE_0) != 0 ? ~group : 0);
}

void vgic_sync_word(struct vcpu *vcpu, uint32_t word)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t mask = vgic->enabled[word] & group_mask(vgic, vgic->group[word]);

	gic_set_enable(word, vgic->owned[word] & mask);
	gic_clear_enable(word, vgic->owned[word] & ~mask);
}

static void set_enable(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	value &= known(vgic, word);
	__atomic_fetch_or(&vgic->enabled[word], value, __ATOMIC_SEQ_CST);
	gic_set_enable(word, value & vgic->owned[word] & group_mask(vgic, vgic->group[word]));
	each_wired(vcpu, word, value);
}

static void clear_enable(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t before;

	value &= known(vgic, word);
	before = __atomic_fetch_and(&vgic->enabled[word], ~value, __ATOMIC_SEQ_CST);
	gic_clear_enable(word, value & vgic->owned[word]);
	each_recall(vcpu, word, value & before & gic_active(word) & vgic->owned[word]);
	each_wired(vcpu, word, value & before);
}

static void write_ctlr(struct vcpu *vcpu, uint32_t value)
{
	struct partition *partition = vcpu->partition;
	struct vgic *vgic = &partition->vgic;

	value &= VGIC_ENABLE_0 | VGIC_ENABLE_1;
	if (__atomic_exchange_n(&vgic->ctlr, value, __ATOMIC_SEQ_CST) == value)
		return;
	for (uint32_t word = 1; word < VGIC_WORDS; word++)
		if (vgic->owned[word] != 0)
			vgic_sync_word(vcpu, word);
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		vgic_ask(vcpu, &partition->vcpus[i], VGIC_ASK_PRIVATE | VGIC_ASK_EVALUATE);
}

/* ---- pending and active ---- */

static uint32_t read_pending(struct vcpu *vcpu, uint32_t word)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t pending, active;

	held_here(vcpu, word, &pending, &active);
	return (gic_pending(word) & vgic->owned[word]) | vgic->latched[word] |
	       (vgic->line[word] & ~vgic->edge[word]) | (pending & known(vgic, word));
}

/* A physical one that is active and not held pending here is active at its vCPU, or about to be. */
static uint32_t read_active(struct vcpu *vcpu, uint32_t word)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t pending, active;

	held_here(vcpu, word, &pending, &active);
	return ((gic_active(word) & vgic->owned[word] & ~pending) | active) & known(vgic, word);
}

static void set_pending(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	gic_set_pending(word, value & vgic->owned[word]);
	__atomic_fetch_or(&vgic->latched[word], value & vgic->wired[word], __ATOMIC_SEQ_CST);
	each_wired(vcpu, word, value);
}

static void clear_pending(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t pending, active;

	value &= known(vgic, word);
	__atomic_fetch_and(&vgic->latched[word], ~value, __ATOMIC_SEQ_CST);
	held_here(vcpu, word, &pending, &active);
	for (pending &= value; pending != 0; pending &= pending - 1) {
		uint32_t intid = word * 32 + (uint32_t)__builtin_ctz(pending);

		if (vgic_take_back(vcpu, intid) && vgic_bit(vgic->owned, intid))
			gic_deactivate(intid);
	}
	gic_clear_pending(word, value & vgic->owned[word]);
	each_wired(vcpu, word, value);
}

static void clear_active(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t pending, active;

	held_here(vcpu, word, &pending, &active);
	for (active &= value; active != 0; active &= active - 1)
		vgic_end(vcpu, word * 32 + (uint32_t)__builtin_ctz(active));
	each_wired(vcpu, word, value & known(vgic, word));
}

/* ---- group, priority, trigger, route ---- */

static void write_group(struct vcpu *vcpu, uint32_t word, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t changed = (value ^ vgic->group[word]) & known(vgic, word);

	change_bits(&vgic->group[word], known(vgic, word), value & known(vgic, word));
	vgic_sync_word(vcpu, word);
	each_recall(vcpu, word, changed & gic_active(word) & vgic->owned[word]);
	each_wired(vcpu, word, changed);
}

static uint64_t read_priority(const uint8_t *priority, uint32_t size)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < size; i++)
		value |= (uint64_t)priority[i] << 8 * i;
	return value;
}

/* Five bits of priority, as the list registers have. */
static void write_priority(struct vcpu *vcpu, uint32_t first, uint32_t size, uint64_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	for (uint32_t i = 0; i < size; i++) {
		uint32_t intid = first + i;

		if (intid >= VGIC_INTIDS || (known(vgic, intid / 32) >> intid % 32 & 1) == 0)
			continue;
		vgic->priority[intid] = (uint8_t)(value >> 8 * i) & 0xf8;
		vgic_requeue(vcpu, intid);
	}
}

static uint32_t read_config(uint32_t edge, uint32_t half)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < 16; i++)
		value |= (edge >> (16 * half + i) & 1) << (2 * i + 1);
	return value;
}

static uint32_t config_to_edge(uint32_t value, uint32_t half)
{
	uint32_t edge = 0;

	for (uint32_t i = 0; i < 16; i++)
		edge |= (value >> (2 * i + 1) & 1) << (16 * half + i);
	return edge;
}

static void write_config(struct vcpu *vcpu, uint32_t word, uint32_t half, uint32_t value)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t mask = known(vgic, word) & (half != 0 ? 0xffff0000 : 0xffff);
	uint32_t edge = config_to_edge(value, half);
	uint32_t changed = (edge ^ vgic->edge[word]) & mask;

	change_bits(&vgic->edge[word], mask, edge & mask);
	for (uint32_t bits = changed & vgic->owned[word]; bits != 0; bits &= bits - 1) {
		uint32_t bit = (uint32_t)__builtin_ctz(bits);

		gic_set_edge(word * 32 + bit, (edge >> bit & 1) != 0);
	}
	each_wired(vcpu, word, changed);
}

static uint64_t read_route(const struct partition *partition, uint32_t intid)
{
	if (vgic_bit(partition->vgic.any, intid))
		return IROUTER_ANY;
	return partition->vcpus[partition->vgic.target[intid]].affinity;
}

/* To "any" vCPU is to the first; to one that isn't there, too. */
static void write_route(struct vcpu *vcpu, uint32_t intid, uint64_t value)
{
	struct partition *partition = vcpu->partition;
	struct vgic *vgic = &partition->vgic;
	bool any = (value & IROUTER_ANY) != 0;
	uint8_t target = 0;

	if (intid >= VGIC_INTIDS || (known(vgic, intid / 32) >> intid % 32 & 1) == 0)
		return;
	for (uint32_t i = 0; i < partition->vcpu_count && !any; i++)
		if (partition->vcpus[i].affinity == (value & 0xff00ffffffULL))
			target = (uint8_t)i;
	change_bits(&vgic->any[intid / 32], 1u << intid % 32, any ? 1u << intid % 32 : 0);
	if (vgic->target[intid] == target)
		return;
	vgic->target[intid] = target;
	if (vgic_bit(vgic->owned, intid)) {
		gic_route(intid, bundle_cores(core_bundle)[partition->vcpus[target].core].affinity);
		if ((gic_active(intid / 32) >> intid % 32 & 1) != 0)
			vgic_recall(vcpu, intid);
	} else {
		vgic_recall(vcpu, intid);
		vgic_evaluate_wired(vcpu, intid);
	}
}

/* ---- the distributor ---- */

static uint64_t dist_read_bits(struct vcpu *vcpu, uint32_t offset)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	uint32_t word = offset % 0x80 / 4;

	if (word == 0)
		return 0; /* private interrupts are the redistributors' */
	switch (offset & ~0x7fu) {
	case 0x080:
		return vgic->group[word];
	case 0x100:
	case 0x180:
		return vgic->enabled[word];
	case 0x200:
	case 0x280:
		return read_pending(vcpu, word);
	case 0x300:
	case 0x380:
		return read_active(vcpu, word);
	default:
		return 0;
	}
}

static void dist_write_bits(struct vcpu *vcpu, uint32_t offset, uint32_t value)
{
	uint32_t word = offset % 0x80 / 4;

	if (word == 0)
		return;
	switch (offset & ~0x7fu) {
	case 0x080:
		write_group(vcpu, word, value);
		break;
	case 0x100:
		set_enable(vcpu, word, value);
		break;
	case 0x180:
		clear_enable(vcpu, word, value);
		break;
	case 0x200:
		set_pending(vcpu, word, value);
		break;
	case 0x280:
		clear_pending(vcpu, word, value);
		break;
	case 0x300:
		gic_set_active(word, value & vcpu->partition->vgic.owned[word]);
		break;
	case 0x380:
		clear_active(vcpu, word, value);
		break;
	default:
		break;
	}
}

uint64_t vgic_dist_read(struct vcpu *vcpu, uint32_t offset, uint32_t size)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	if (offset == 0x000)
		return CTLR_FIXED | vgic->ctlr;
	if (offset == 0x004)
		return gic_typer() & ~TYPER_HIDDEN;
	if (offset >= 0x080 && offset < 0x400)
		return dist_read_bits(vcpu, offset);
	if (offset >= 0x420 && offset < 0x800)
		return read_priority(&vgic->priority[offset - 0x400], size);
	if (offset >= 0xc08 && offset < 0xd00)
		return read_config(vgic->edge[(offset - 0xc00) / 8], offset / 4 % 2);
	if (offset >= 0x6100 && offset < 0x7fe0)
		return read_route(vcpu->partition, (offset - 0x6000) / 8) >>
		       (size == 4 ? offset % 8 * 8 : 0);
	if (offset == 0x008 || offset >= 0xffd0)
		return gic_identification(offset);
	return 0;
}

void vgic_dist_write(struct vcpu *vcpu, uint32_t offset, uint32_t size, uint64_t value)
{
	if (offset == 0x000)
		write_ctlr(vcpu, (uint32_t)value);
	else if (offset >= 0x080 && offset < 0x400)
		dist_write_bits(vcpu, offset, (uint32_t)value);
	else if (offset >= 0x420 && offset < 0x800)
		write_priority(vcpu, offset - 0x400, size, value);
	else if (offset >= 0xc08 && offset < 0xd00)
		write_config(vcpu, (offset - 0xc00) / 8, offset / 4 % 2, (uint32_t)value);
	else if (offset >= 0x6100 && offset < 0x7fe0 && offset % 8 == 0)
		write_route(vcpu, (offset - 0x6000) / 8, value);
}
