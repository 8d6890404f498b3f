/*
 * The virtual GIC between its registers and the list registers: what should be pending for whom,
 * and how one vCPU's core asks another's. See vgic.h for who may touch what.
 */
#include <frame/core.h>
#include <frame/gic.h>
#include <frame/mail.h>
#include <frame/vgic_deliver.h>
#include <lib/bundle.h>
#include <machine/gic_cpu.h>

static void set_bit(uint32_t *words, uint32_t intid)
{
	__atomic_fetch_or(&words[intid / 32], 1u << intid % 32, __ATOMIC_SEQ_CST);
}

static bool clear_bit(uint32_t *words, uint32_t intid)
{
	uint32_t bit = 1u << intid % 32;

	return (__atomic_fetch_and(&words[intid / 32], ~bit, __ATOMIC_SEQ_CST) & bit) != 0;
}

bool vgic_is_enabled(const struct vcpu *vcpu, uint32_t intid)
{
	const struct vgic *vgic = &vcpu->partition->vgic;
	bool group1, enabled;

	if (intid < VGIC_PRIVATE) {
		enabled =
		    (__atomic_load_n(&vcpu->vgic.enabled, __ATOMIC_RELAXED) >> intid & 1) != 0;
		group1 = (vcpu->vgic.group >> intid & 1) != 0;
	} else {
		enabled = vgic_bit(vgic->enabled, intid);
		group1 = vgic_bit(vgic->group, intid);
	}
	return enabled && (vgic->ctlr & (group1 ? VGIC_ENABLE_1 : VGIC_ENABLE_0)) != 0;
}

void vgic_ask(struct vcpu *from, struct vcpu *to, enum vgic_ask what)
{
	__atomic_fetch_or(&to->vgic.asked, (uint32_t)what, __ATOMIC_SEQ_CST);
	if (to == from)
		vgic_asked(to);
	else
		vcpu_tell(to);
}

/* ---- private interrupts ---- */

static void deliver_latched(struct vcpu *vcpu)
{
	uint32_t pending = vcpu->vgic.latched;

	for (; pending != 0; pending &= pending - 1) {
		uint32_t intid = (uint32_t)__builtin_ctz(pending);

		if (!vgic_is_enabled(vcpu, intid))
			continue;
		vcpu->vgic.latched &= ~(1u << intid);
		vgic_deliver(vcpu, intid);
	}
}

/* Those that were disabled while held go back to where they came from. */
static void give_back_private(struct vcpu *vcpu)
{
	for (uint32_t intid = 0; intid < VGIC_PRIVATE; intid++) {
		if (vgic_is_enabled(vcpu, intid) || !vgic_take_back(vcpu, intid))
			continue;
		if ((vcpu->vgic.physical >> intid & 1) == 0)
			vcpu->vgic.latched |= 1u << intid;
		else
			gic_deactivate(intid);
	}
}

void vgic_sync_private(struct vcpu *vcpu)
{
	uint32_t mask = 0;

	for (uint32_t intid = 16; intid < VGIC_PRIVATE; intid++)
		if (vgic_is_enabled(vcpu, intid))
			mask |= 1u << intid;
	gic_private_set_enable(mask & vcpu->vgic.physical);
	gic_private_clear_enable(~mask & vcpu->vgic.physical);
	give_back_private(vcpu);
	deliver_latched(vcpu);
}

/* ---- wired interrupts ---- */

static void evaluate_wired_here(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	enum vgic_held held = vgic_held(vcpu, intid);
	bool edge = vgic_bit(vgic->edge, intid);
	bool line = !edge && vgic_bit(vgic->line, intid);

	if (!vgic_is_enabled(vcpu, intid)) {
		if (vgic_take_back(vcpu, intid) && !line)
			set_bit(vgic->latched, intid);
	} else if (held == VGIC_NOT_HELD || (held == VGIC_HELD_ACTIVE && edge)) {
		if (clear_bit(vgic->latched, intid) || line)
			vgic_deliver(vcpu, intid);
	} else if (held == VGIC_HELD_PENDING && !edge && !line && !vgic_bit(vgic->latched, intid)) {
		(void)vgic_take_back(vcpu, intid);
	}
}

void vgic_evaluate_wired(struct vcpu *from, uint32_t intid)
{
	struct partition *partition = from->partition;
	struct vcpu *to = &partition->vcpus[partition->vgic.target[intid]];

	if (to == core.vcpu)
		evaluate_wired_here(to, intid);
	else
		vgic_ask(from, to, VGIC_ASK_EVALUATE);
}

void vgic_evaluate(struct vcpu *vcpu)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	deliver_latched(vcpu);
	for (uint32_t word = 1; word < VGIC_WORDS; word++) {
		uint32_t bits = vgic->wired[word];

		for (; bits != 0; bits &= bits - 1) {
			uint32_t intid = word * 32 + (uint32_t)__builtin_ctz(bits);

			if (vgic->target[intid] == vcpu->index)
				evaluate_wired_here(vcpu, intid);
		}
	}
}

void vgic_set_line(struct partition *partition, uint32_t intid, bool level)
{
	struct vgic *vgic = &partition->vgic;
	bool before = vgic_bit(vgic->line, intid);

	if (before == level)
		return;
	if (level) {
		set_bit(vgic->line, intid);
		if (vgic_bit(vgic->edge, intid))
			set_bit(vgic->latched, intid);
	} else {
		clear_bit(vgic->line, intid);
	}
	vgic_evaluate_wired(core.vcpu, intid);
}

/* ---- giving back ---- */

static void give_back(struct vcpu *vcpu, uint32_t intid)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	bool edge = vgic_bit(vgic->edge, intid);

	if (!vgic_take_back(vcpu, intid))
		return;
	if (vgic_bit(vgic->owned, intid)) {
		/* A level that still stands makes itself pending again; an edge is gone. */
		if (edge)
			gic_set_pending(intid / 32, 1u << intid % 32);
		gic_deactivate(intid);
	} else {
		if (edge)
			set_bit(vgic->latched, intid);
		vgic_evaluate_wired(vcpu, intid);
	}
}

void vgic_recall(struct vcpu *from, uint32_t intid)
{
	struct partition *partition = from->partition;

	if (vgic_held(from, intid) != VGIC_NOT_HELD) {
		give_back(from, intid);
		return;
	}
	set_bit(partition->vgic.recall, intid);
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		if (&partition->vcpus[i] != from)
			vgic_ask(from, &partition->vcpus[i], VGIC_ASK_RECALL);
}

static void recall_asked(struct vcpu *vcpu)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	for (uint32_t word = 1; word < VGIC_WORDS; word++) {
		uint32_t bits = __atomic_load_n(&vgic->recall[word], __ATOMIC_RELAXED);

		for (; bits != 0; bits &= bits - 1) {
			uint32_t intid = word * 32 + (uint32_t)__builtin_ctz(bits);

			if (vgic_held(vcpu, intid) == VGIC_NOT_HELD)
				continue;
			clear_bit(vgic->recall, intid);
			give_back(vcpu, intid);
		}
	}
}

/* ---- what others ask ---- */

void vgic_asked(struct vcpu *vcpu)
{
	uint32_t sgis = __atomic_exchange_n(&vcpu->vgic.incoming, 0, __ATOMIC_SEQ_CST);
	uint32_t asked;

	if (sgis != 0) {
		vcpu->vgic.latched |= sgis;
		deliver_latched(vcpu);
	}
	if (__atomic_load_n(&vcpu->vgic.asked, __ATOMIC_RELAXED) == 0)
		return;
	asked = __atomic_exchange_n(&vcpu->vgic.asked, 0, __ATOMIC_SEQ_CST);
	if ((asked & VGIC_ASK_RECALL) != 0)
		recall_asked(vcpu);
	if ((asked & VGIC_ASK_PRIVATE) != 0)
		vgic_sync_private(vcpu);
	if ((asked & VGIC_ASK_EVALUATE) != 0)
		vgic_evaluate(vcpu);
}

static bool sgi_targets(uint64_t value, const struct vcpu *from, const struct vcpu *to)
{
	uint64_t affinity = to->affinity;
	uint64_t first = (value >> 44 & 0xf) * 16;

	if ((value >> 40 & 1) != 0)
		return to != from;
	if ((affinity >> 8 & 0xff) != (value >> 16 & 0xff) ||
	    (affinity >> 16 & 0xff) != (value >> 32 & 0xff) ||
	    (affinity >> 32 & 0xff) != (value >> 48 & 0xff))
		return false;
	return (affinity & 0xff) >= first && (affinity & 0xff) < first + 16 &&
	       (value >> ((affinity & 0xff) - first) & 1) != 0;
}

void vgic_send_sgi(struct vcpu *vcpu, uint64_t value, bool group1)
{
	struct partition *partition = vcpu->partition;
	uint32_t intid = value >> 24 & 0xf;

	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		struct vcpu *to = &partition->vcpus[i];

		if (!sgi_targets(value, vcpu, to) || ((to->vgic.group >> intid & 1) != 0) != group1)
			continue;
		__atomic_fetch_or(&to->vgic.incoming, 1u << intid, __ATOMIC_SEQ_CST);
		if (to == vcpu)
			vgic_asked(to);
		else
			vcpu_tell(to);
	}
}

/* ---- physical interrupts ---- */

void vgic_arrived(struct vcpu *vcpu, uint32_t intid)
{
	if (vgic_is_physical(vcpu, intid) && vgic_is_enabled(vcpu, intid)) {
		vgic_deliver(vcpu, intid);
		return;
	}
	/* It was disabled while on its way: it stays pending where it came from. */
	if (intid >= VGIC_PRIVATE) {
		gic_clear_enable(intid / 32, 1u << intid % 32);
		if (vgic_bit(vcpu->partition->vgic.edge, intid))
			gic_set_pending(intid / 32, 1u << intid % 32);
	} else {
		gic_private_clear_enable(1u << intid);
	}
	gic_deactivate(intid);
}

/* ---- beginnings and ends ---- */

static void set_word_bit(uint32_t *words, uint32_t intid)
{
	words[intid / 32] |= 1u << intid % 32;
}

void vgic_init(struct partition *partition, const struct bundle_header *from)
{
	const struct bundle_partition *config = partition->config;
	struct vgic *vgic = &partition->vgic;

	for (uint32_t i = 0; i < config->interrupts.count; i++)
		set_word_bit(vgic->owned,
		             bundle_interrupts(from)[config->interrupts.first + i].intid);
	if ((config->flags & BUNDLE_CONSOLE) != 0)
		set_word_bit(vgic->wired, config->uart_intid);
	if ((config->flags & BUNDLE_RTC) != 0)
		set_word_bit(vgic->wired, config->rtc_intid);
}

void vgic_cpu_reset(struct vcpu *vcpu)
{
	const struct bundle_board *board = &core_bundle->board;
	struct vgic_cpu *own = &vcpu->vgic;

	vgic_cpu_stop(vcpu);
	own->physical = 1u << board->virtual_timer_intid | 1u << board->physical_timer_intid;
	if ((vcpu->partition->config->flags & BUNDLE_OWN_PMU) != 0 && board->pmu_intid != 0)
		own->physical |= 1u << board->pmu_intid;
	own->enabled = own->group = own->latched = own->incoming = own->asked = 0;
	own->edge = 0xffff;
	own->waker = 6; /* asleep */
	for (uint32_t i = 0; i < VGIC_PRIVATE; i++)
		own->priority[i] = 0;
	gic_private_clear_enable(own->physical);
	gic_private_clear_pending(own->physical);
	gic_private_clear_active(own->physical);
	vcpu_interface_reset();
}

void vgic_cpu_stop(struct vcpu *vcpu)
{
	vgic_forget(vcpu);
	gic_private_clear_enable(vcpu->vgic.physical);
	vcpu->vgic.latched = 0;
	vcpu->vgic.enabled = 0;
}

void vgic_silence(struct partition *partition)
{
	struct vgic *vgic = &partition->vgic;

	for (uint32_t word = 1; word < VGIC_WORDS; word++) {
		if (vgic->owned[word] == 0)
			continue;
		gic_clear_enable(word, vgic->owned[word]);
		gic_clear_pending(word, vgic->owned[word]);
		gic_clear_active(word, vgic->owned[word]);
	}
}

static void reset_spi(struct partition *partition, uint32_t intid)
{
	partition->vgic.priority[intid] = 0;
	partition->vgic.target[intid] = 0;
	if (!vgic_bit(partition->vgic.owned, intid))
		return;
	gic_route(intid, bundle_cores(core_bundle)[partition->vcpus[0].core].affinity);
	gic_set_edge(intid, false);
}

void vgic_reset(struct partition *partition)
{
	struct vgic *vgic = &partition->vgic;

	vgic->ctlr = 0;
	for (uint32_t word = 0; word < VGIC_WORDS; word++) {
		uint32_t bits = vgic->owned[word] | vgic->wired[word];

		vgic->enabled[word] = vgic->group[word] = vgic->edge[word] = 0;
		vgic->line[word] = vgic->latched[word] = vgic->recall[word] = 0;
		vgic->any[word] = 0;
		for (; bits != 0; bits &= bits - 1)
			reset_spi(partition, word * 32 + (uint32_t)__builtin_ctz(bits));
	}
}

bool vgic_cpu_pending(const struct vcpu *vcpu)
{
	if (vcpu->vgic.waiting.levels != 0)
		return true;
	for (uint32_t i = 0; i < core.list_registers; i++)
		if ((lr_read(i) & LR_PENDING) != 0)
			return true;
	return false;
}
