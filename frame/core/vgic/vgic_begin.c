/*
 * The virtual GIC at the start, at a reset and at an end: the interrupts that the bundle gives a
 * partition, the reset of its distributor and redistributors, and a vCPU that stops. state/vgic.h
 * says which core may touch what.
 */
#include "vgic_deliver.h"

#include <lib/bundle.h>
#include <lib/string.h>
#include <machine/gic_cpu.h>
#include <state/partition.h>
#include <state/shared.h>
#include <vgic/vgic.h>

AT_START static void vgic_add(uint32_t *words, uint32_t *summary, uint32_t intid)
{
	words[intid / 32] |= 1u << intid % 32;
	*summary |= 1u << intid / 32;
}

AT_START static void add_bell(struct vgic *vgic, uint32_t intid, uint32_t subject)
{
	vgic_add(vgic->wired, &vgic->wired_words, intid);
	vgic->rung[intid / 32] |= 1u << intid % 32;
	vgic->bell[intid] = (uint8_t)subject;
}

/* For a partition without a panel, in which each doorbell has an interrupt of its own. */
AT_START static void add_bells(struct partition *partition, const struct bundle_header *from)
{
	const uint32_t manager = partition->config->manager_intid;

	if (manager != 0)
		add_bell(&partition->vgic, manager, DOORBELL_MANAGER + partition->index);
	for (uint32_t i = 0; i < from->doorbells.count; i++)
		if (bundle_doorbells(from)[i].to == partition->index)
			add_bell(&partition->vgic, bundle_doorbells(from)[i].intid, i);
}

/* Returns the physical priority of the vCPU's interrupts. It follows the highest priority that the
 * vCPU can have, as the handler of an interrupt may run with it. */
AT_START static uint8_t urgency_of(const struct bundle_vcpu *vcpu)
{
	uint32_t most = vcpu->priority_high > vcpu->priority ? vcpu->priority_high : vcpu->priority;

	return (uint8_t)gic_priority(gic_class(most));
}

AT_START void vgic_init(struct partition *partition, const struct bundle_header *from)
{
	const struct bundle_partition *config = partition->config;
	const struct bundle_board *board = &from->board;
	struct vgic *vgic = &partition->vgic;

	for (uint32_t i = 0; i < config->interrupts.count; i++)
		vgic_add(vgic->owned, &vgic->owned_words,
		         bundle_interrupts(from)[config->interrupts.first + i].intid);
	if ((config->flags & BUNDLE_CONSOLE) != 0)
		vgic_add(vgic->wired, &vgic->wired_words, config->uart_intid);
	if ((config->flags & BUNDLE_RTC) != 0)
		vgic_add(vgic->wired, &vgic->wired_words, config->rtc_intid);
	if ((config->flags & BUNDLE_WATCHDOG) != 0)
		vgic_add(vgic->wired, &vgic->wired_words, config->watchdog_intid);
	if ((config->flags & BUNDLE_PANEL) != 0)
		vgic_add(vgic->wired, &vgic->wired_words, partition->panel_intid);
	else
		add_bells(partition, from);
	for (uint32_t i = 0; i < from->ends.count; i++)
		if (bundle_ends(from)[i].partition == partition->index)
			vgic_add(vgic->wired, &vgic->wired_words, bundle_ends(from)[i].intid);
	for (uint32_t i = 0; i < config->message_count; i++) {
		vgic_add(vgic->wired, &vgic->wired_words, config->message_intid + i);
		vgic_add(vgic->sent, &vgic->owned_words, config->message_intid + i);
	}
	vgic->physical = 1u << board->virtual_timer_intid | 1u << board->physical_timer_intid;
	if (board->pmu_intid != 0)
		vgic->physical |= 1u << board->pmu_intid;
	vgic->plain = true;
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		vgic->cores[i] = bundle_cores(from)[partition->vcpus[i].core].affinity;
		vgic->urgency[i] = urgency_of(&bundle_vcpus(from)[config->vcpus.first + i]);
		vgic->plain = vgic->plain && partition->vcpus[i].affinity == i;
	}
}

void vgic_silence(struct partition *partition, uint32_t word)
{
	uint32_t owned = partition->vgic.owned[word];

	gic_clear_enable(gic_spis(word), owned);
	gic_clear_pending(gic_spis(word), owned);
	gic_clear_active(gic_spis(word), owned);
	partition->vgic.arrived[word] = 0;
}

void vgic_reset(struct partition *partition)
{
	struct vgic *vgic = &partition->vgic;

	vgic->epoch++;
	vgic->ctlr = 0;
	vgic->stale = 0;
	for (uint32_t words = vgic->owned_words | vgic->wired_words; words != 0;
	     words &= words - 1) {
		uint32_t word = (uint32_t)__builtin_ctz(words);

		vgic->enabled[word] = vgic->group[word] = vgic->edge[word] = 0;
		vgic->by_hand[word] = vgic->parked[word] = 0;
		vgic->line[word] = vgic->latched[word] = vgic->carried[word] = 0;
		vgic->taken[word] = vgic->any[word] = vgic->open[word] = 0;
	}
	vgic->fresh = vgic->owned_words | vgic->wired_words;
	vgic_ask_later(&partition->vcpus[0], VGIC_ASK_WORDS);
}

void vgic_reset_word(struct partition *partition)
{
	struct vgic *vgic = &partition->vgic;
	uint32_t word = (uint32_t)__builtin_ctz(vgic->fresh);

	memset(&vgic->priority[word * 32], 0, 32);
	memset(&vgic->target[word * 32], 0, 32);
	gic_set_edges(word, vgic->owned[word], 0);
	for (uint32_t bits = vgic->owned[word]; bits != 0; bits &= bits - 1) {
		uint32_t intid = word * 32 + (uint32_t)__builtin_ctz(bits);

		gic_route(intid, vgic->cores[0]);
		gic_set_priority(intid, vgic->urgency[0]);
	}
	vgic->fresh &= ~(1u << word);
}

/* Has interrupts come again that came for a vCPU that was off. */
static void unpark(struct vcpu *vcpu)
{
	struct vgic *vgic = &vcpu->partition->vgic;

	for (uint32_t words = vgic->owned_words; words != 0; words &= words - 1) {
		uint32_t word = (uint32_t)__builtin_ctz(words);

		if (vgic_look(&vgic->parked[word]) == 0)
			continue;
		vgic_clear(&vgic->parked[word], ~0u);
		vgic_set(&vgic->stale, 1u << word);
	}
	vgic_ask_later(vcpu, (enum vgic_ask)(VGIC_ASK_WORDS | VGIC_ASK_EVALUATE));
}

void vgic_cpu_reset(struct vcpu *vcpu)
{
	struct vgic *vgic = &vcpu->partition->vgic;
	struct vgic_cpu *own = &vcpu->vgic;

	/* Messages have done both already, step by step, unless this core had no time for the
	 * messages. */
	while (own->epoch != vgic->epoch && vgic_give_up_sets(vcpu))
		;
	while (vcpu->index == 0 && vgic->fresh != 0)
		vgic_reset_word(vcpu->partition);
	own->epoch = vgic->epoch;
	own->enabled = own->group = own->by_hand = own->carried = own->latched = 0;
	__atomic_store_n(&own->incoming, 0, __ATOMIC_SEQ_CST);
	own->edge = 0xffff;
	own->round_words = own->round_bits = 0;
	own->round_again = false;
	own->waker = 6; /* asleep */
	memset(own->priority, 0, sizeof(own->priority));
	vgic_request_reset(vcpu);
	gic_clear_enable(gic_private(), vgic->physical);
	gic_clear_pending(gic_private(), vgic->physical);
	gic_clear_active(gic_private(), vgic->physical);
	vcpu_interface_reset();
	own->online = true;
	own->open = 0;
	unpark(vcpu);
}

void vgic_cpu_stop(struct vcpu *vcpu)
{
	vcpu->vgic.online = false;
	vgic_sync_private(vcpu);
	vgic_give_up(vcpu);
	/* The guest may have made a timer's interrupt pending by hand. It would reach the core's
	 * next vCPU, whose timer isn't over. */
	gic_clear_pending(gic_private(), vcpu->partition->vgic.physical);
	vcpu->vgic.latched = 0;
	vcpu->vgic.enabled = 0;
	vgic_ask_later(vcpu, VGIC_ASK_WORDS);
}
