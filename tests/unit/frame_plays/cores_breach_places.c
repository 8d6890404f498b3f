/*
 * Where vCPUs and their interrupts are in the machine of cores.h: each must be in one place during
 * all moves, and none may be on its way for ever.
 */
#include "cores.h"
#include "cores_parts.h"

#include <fake/gic.h>
#include <frame/listreg.h>
#include <lib/bundle.h>
#include <state/core.h>
#include <state/partition.h>
#include <vgic/vgic.h>

#define NOBODY 0xffu /* the holder's index, if no vCPU is on the core */

static bool is_among(const struct vcpu *vcpu)
{
	const struct vcpu *v = core.vcpus;

	while (v != NULL && v != vcpu)
		v = v->run.next_here;
	return v != NULL;
}

static uint32_t all_here(void)
{
	uint32_t count = 0;

	for (const struct vcpu *vcpu = core.vcpus; vcpu != NULL; vcpu = vcpu->run.next_here)
		count++;
	return count;
}

/* The present core must know only its own vCPUs. */
static const char *breach_of_core(void)
{
	if (core.here != all_here())
		return "a core counts vCPUs that aren't there, or not all that are";
	if (core.leaving != NULL)
		return "a vCPU was to leave its core and hasn't";
	if (core.ready != NULL && core.ready != core.current && !core.reschedule)
		return "a core goes on with one that isn't the first of its queue";
	for (const struct vcpu *vcpu = core.vcpus; vcpu != NULL; vcpu = vcpu->run.next_here)
		if (vcpu->core != core.index || vcpu->comes)
			return "a core keeps a vCPU that isn't there";
	for (struct context *c = core.ready; c != NULL; c = c->next)
		if (c->kind == CONTEXT_VCPU && !is_among(vcpu_of(c)))
			return "a core would run a vCPU that isn't there";
	for (const struct vcpu *vcpu = core.sleepers; vcpu != NULL; vcpu = vcpu->run.next_due)
		if (!is_among(vcpu) || vcpu->run.due == TIMER_NEVER ||
		    (!vcpu->run.waits && !vcpu->run.below))
			return "a core would wake a vCPU that isn't there, or doesn't wait";
	for (int i = 0; i < 2; i++) {
		const struct vcpu *holds = i == 0 ? core.vcpu : core.el1;

		if (holds != NULL && holds->index != NOBODY && !is_among(holds))
			return "a core holds registers of a vCPU that isn't there";
	}
	return NULL;
}

static uint32_t cores_with(const struct vcpu *vcpu)
{
	uint32_t cores = 0;

	for (uint32_t i = 0; i < cores_plan.cores; i++) {
		cores_on(i);
		cores += is_among(vcpu);
	}
	return cores;
}

static const char *breach_of_place(const struct vcpu *vcpu)
{
	uint32_t id = vcpu->context.trace_id, at = vcpu->core;

	if ((bundle_vcpus(core_bundle)[id].cores >> at & 1) == 0)
		return "a vCPU is where it may not be";
	if (cores_with(vcpu) != (vcpu->comes == 0))
		return "a vCPU is on no core, or on two";
	if (vcpu->comes && (shared_memory->box[at].word[MAIL_VCPU] >> id & 1) == 0)
		return "a vCPU never arrives";
	if (!vcpu->comes && vcpu->run.account->core != at)
		return "others look for a vCPU where it isn't";
	return NULL;
}

static uint64_t list_register(const struct vcpu *vcpu, uint32_t index)
{
	cores_on(vcpu->core);
	if (core.vcpu == vcpu)
		return fake_gic_list_register(vcpu->core, index);
	return (vcpu->saved.gic.used >> index & 1) != 0 ? vcpu->saved.gic.lr[index] : 0;
}

/* An interrupt that the present core's looks would take for lost. */
static const char *breach_of_looks(void)
{
	if (vgic_lost_private(gic_active(gic_private())) != 0)
		return "a core takes a private interrupt for lost";
	for (uint32_t p = 0; p < cores_plan.partitions; p++) {
		uint32_t word = CORES_SPI(p) / 32;

		if ((core.hosts >> p & 1) != 0 &&
		    vgic_lost_shared(partition_at(p), word, gic_active(gic_spis(word))) != 0)
			return "a core takes an SPI for lost";
	}
	return NULL;
}

uint32_t cores_holds(const struct vcpu *vcpu, uint32_t intid, uint32_t lists)
{
	uint32_t places = vcpu->vgic.waiting.all[intid / 32] >> intid % 32 & 1;

	places += vcpu->vgic.evicted.all[intid / 32] >> intid % 32 & 1;
	for (uint32_t i = 0; i < lists; i++) {
		uint64_t lr = list_register(vcpu, i);

		places += (lr & LR_STATE) != 0 && LR_INTID(lr) == intid;
	}
	return places;
}

/* In a living partition an interrupt must be physically active exactly as long as it is in one
 * place. */
static const char *breach_of_interrupt(const struct partition *partition, uint32_t intid)
{
	const struct vgic *vgic = &partition->vgic;
	uint32_t bit = 1u << intid % 32, places = (vgic->arrived[intid / 32] & bit) != 0;

	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		places += cores_holds(&partition->vcpus[i], intid, cores_plan.list_registers);
	if (places > 1)
		return "an interrupt is in two places";
	if (places == 1 && !fake_gic_active(intid))
		return "an interrupt that somebody holds may come again";
	if (places == 0 && fake_gic_active(intid) && (vgic->by_hand[intid / 32] & bit) == 0)
		return "an interrupt is lost";
	return NULL;
}

static bool is_alive(const struct partition *partition)
{
	uint32_t state = partition->life.status.state;

	return state >= LIFE_RUNNING && state <= LIFE_HELD;
}

/* Tests that don't say how many list registers there are make no interrupts. */
static const char *breach_of_interrupts(const struct partition *partition)
{
	const char *breach = NULL;
	uint32_t first = CORES_SPI(partition->index);

	if (!is_alive(partition) || cores_plan.list_registers == 0)
		return NULL;
	for (uint32_t intid = first; intid <= first + 1 && breach == NULL; intid++)
		breach = breach_of_interrupt(partition, intid);
	return breach;
}

const char *cores_breach_places(void)
{
	const char *breach = NULL;

	for (uint32_t i = 0; i < cores_plan.cores && breach == NULL; i++) {
		cores_on(i);
		breach = breach_of_core();
		if (breach == NULL)
			breach = breach_of_looks();
	}
	for (uint32_t p = 0; p < cores_plan.partitions && breach == NULL; p++) {
		const struct partition *partition = partition_at(p);

		for (uint32_t i = 0; i < partition->vcpu_count && breach == NULL; i++)
			breach = breach_of_place(&partition->vcpus[i]);
		if (breach == NULL)
			breach = breach_of_interrupts(partition);
	}
	return breach;
}

/* ---- when nothing is on its way ---- */

/* Whether a vCPU waits for an answer of another one. An access that was given up doesn't count. */
static bool is_unanswered(const struct vcpu *vcpu)
{
	for (uint32_t i = 0; i < 2; i++) {
		const struct vgic_request *request = &vcpu->vgic.request[i];

		if ((request->left & ~request->unasked) != 0 &&
		    request->epoch == vcpu->partition->vgic.epoch)
			return true;
	}
	return false;
}

static const char *breach_of_rest(const struct vcpu *vcpu)
{
	if (vcpu->comes)
		return "a vCPU is on its way for ever";
	cores_on(vcpu->core);
	if (core.only == NULL && shared_memory->move[vcpu->context.trace_id] != 0)
		return "a vCPU was told to move and hasn't heard of it";
	if (!is_alive(vcpu->partition))
		return NULL;
	if (vcpu->vgic.online && vcpu->vgic.incoming != 0)
		return "an SGI is left";
	if (is_unanswered(vcpu))
		return "a vCPU has no answer of another one";
	return NULL;
}

/* Whether an interrupt is pending that its core should have taken. */
static bool stays_away(uint32_t intid)
{
	return fake_gic_pending(intid) && fake_gic_enabled(intid) && !fake_gic_active(intid);
}

static const char *breach_of_way(const struct partition *partition, uint32_t intid)
{
	const struct vgic *vgic = &partition->vgic;

	if (!is_alive(partition))
		return NULL;
	if (fake_gic_route(intid) != partition->vcpus[vgic->target[intid]].core)
		return "an interrupt doesn't go where its vCPU is";
	return stays_away(intid) ? "an interrupt never comes" : NULL;
}

const char *cores_breach_places_settled(void)
{
	for (uint32_t p = 0; p < cores_plan.partitions; p++) {
		const struct partition *partition = partition_at(p);
		const char *breach = NULL;

		for (uint32_t i = 0; i < partition->vcpu_count && breach == NULL; i++)
			breach = breach_of_rest(&partition->vcpus[i]);
		for (uint32_t i = 0; i < 2 && breach == NULL; i++)
			breach = breach_of_way(partition, CORES_SPI(p) + i);
		if (breach != NULL)
			return breach;
	}
	return NULL;
}
