/*
 * Which kept state a recovery believes (state/keep.h): each state must exist, each number be in its
 * range, each interrupt be the partition's. A partition for which that isn't so ends:
 * recover_lose.c.
 */
#include <frame/pstate.h>
#include <lib/bundle.h>
#include <start/recover.h>
#include <state/core.h>
#include <state/partition.h>
#include <vgic/vgic.h>

static bool header_holds(const struct keep_header *keep)
{
	return keep->magic == KEEP_MAGIC && keep->revision == KEEP_REVISION &&
	       keep->partition_size == offsetof(struct partition, index) &&
	       keep->vcpu_size == offsetof(struct vcpu, partition) &&
	       keep->partition_vgic == offsetof(struct partition, vgic) &&
	       keep->vcpu_vgic == offsetof(struct vcpu, vgic);
}

static bool identity_holds(const struct partition *partition, uint32_t index)
{
	const struct bundle_partition *config = &bundle_partitions(core_bundle)[index];

	return partition->index == index && partition->config == config &&
	       partition->vcpu_count == config->vcpus.count;
}

static bool life_holds(const struct partition *partition)
{
	return partition->life.status.state < LIFE_STATES &&
	       partition->life.step <= LIFE_STEP_OVER && partition->dma.state <= DMA_OPEN &&
	       partition->mend.step <= MEND_OVER;
}

static bool is_guests_mode(uint64_t pstate)
{
	const uint64_t mode = pstate & PSTATE_MODE;

	return mode == PSTATE_EL0T || mode == PSTATE_EL1T || mode == PSTATE_EL1H ||
	       mode == PSTATE_AARCH32;
}

static bool context_holds(const struct vcpu *vcpu, uint32_t id)
{
	const struct context *context = &vcpu->context;

	return context->kind == CONTEXT_VCPU && context->trace_id == id && context->fresh <= 1 &&
	       (context->state <= CONTEXT_READY || context->state == CONTEXT_EXHAUSTED) &&
	       is_guests_mode(context->pstate) &&
	       context->vttbr == stage2_vttbr(&vcpu->partition->stage2);
}

static bool place_holds(const struct vcpu *vcpu, const struct bundle_vcpu *config)
{
	return vcpu->core < BUNDLE_CORES_MAX && (config->cores >> vcpu->core & 1) != 0 &&
	       vcpu->affinity == config->affinity && vcpu->run.described == config->priority &&
	       (vcpu->run.priority == config->priority ||
	        (vcpu->run.priority >= config->priority_low &&
	         vcpu->run.priority <= config->priority_high));
}

static enum report_kept check_vcpu(const struct partition *partition, uint32_t i)
{
	const struct vcpu *vcpu = &partition->vcpus[i];
	const uint32_t id = partition->config->vcpus.first + i;

	if (vcpu->partition != partition || vcpu->index != i)
		return KEPT_VCPU;
	if (!context_holds(vcpu, id))
		return KEPT_CONTEXT;
	if (!place_holds(vcpu, &bundle_vcpus(core_bundle)[id]))
		return KEPT_PLACE;
	return vgic_lists_hold(vcpu) ? KEPT_HOLDS : KEPT_LISTS;
}

enum report_kept recover_check(const struct partition *partition, uint32_t index)
{
	if (!header_holds(&partition->keep))
		return KEPT_HEADER;
	if (!identity_holds(partition, index))
		return KEPT_IDENTITY;
	if (!life_holds(partition))
		return KEPT_LIFE;
	if (!vgic_targets_hold(partition))
		return KEPT_TARGET;
	for (uint32_t i = 0; i < partition->vcpu_count; i++) {
		enum report_kept kept = check_vcpu(partition, i);

		if (kept != KEPT_HOLDS)
			return kept;
	}
	return KEPT_HOLDS;
}
