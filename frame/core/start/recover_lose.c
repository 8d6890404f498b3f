/*
 * Makes anew what the frame keeps of a partition, after a recovery found it damaged. The
 * partition's life ends for this reason, and its restart rule brings it back from its pristine
 * images. Its memory, its devices and what only its start writes stay as they are until then.
 */
#include <lib/bundle.h>
#include <lib/string.h>
#include <start/recover.h>
#include <start/start.h>
#include <state/partition.h>
#include <vgic/vgic.h>
#include <word/timer.h>

/* The vCPU is off. It stays on its core if it may be there: a core that is off finds it there. */
static void lose_vcpu(struct partition *partition, uint32_t i)
{
	struct vcpu *vcpu = &partition->vcpus[i];
	const uint32_t id = partition->config->vcpus.first + i, at = vcpu->core;

	memset(vcpu, 0, sizeof(*vcpu));
	start_fill_vcpu(core_bundle, partition, i);
	vcpu->partition = partition;
	if (at < BUNDLE_CORES_MAX && (bundle_vcpus(core_bundle)[id].cores >> at & 1) != 0)
		vcpu->core = (uint8_t)at;
	shared_memory->move[id] = 0;
	if (partition->psci_states[i] != PSCI_VCPU_AWAY)
		partition->psci_states[i] = PSCI_VCPU_OFF;
}

/* What only the start finds out about the devices, and that stands beside what changes. */
static void lose_devices(struct partition *partition, uint32_t index)
{
	for (uint32_t i = 0; i < BUNDLE_PARTITION_FUNCTIONS_MAX; i++) {
		partition->real[i] = (*partition_pristine(index, real))[i];
		partition->real[i].asleep = FUNCTION_UNKNOWN;
	}
	partition->dma.domain = *partition_pristine(index, dma.domain);
	memcpy(partition->dma.kinds, partition_pristine(index, dma.kinds),
	       sizeof(partition->dma.kinds));
	partition->dma.state = DMA_OPEN; /* so that it is closed, whatever it was */
}

/* No earlier start's seeds come again. A machine without a source has none. */
static void lose_seed(struct partition *partition, uint32_t index)
{
	const uint64_t now = timer_read();
	uint8_t any = 0;

	memcpy(partition->seed, partition_pristine(index, seed), sizeof(partition->seed));
	for (uint32_t i = 0; i < sizeof(partition->seed); i++)
		any |= partition->seed[i];
	for (uint32_t i = 0; i < sizeof(now) && any != 0; i++)
		partition->seed[i] ^= (uint8_t)(now >> 8 * i);
}

/* Everybody has been shown the state. A life that hasn't begun doesn't end: it begins as soon as
 * the partitions that it waits for run. */
static void lose_life(struct partition *partition)
{
	const struct life_status shown = shared_memory->life[partition->index];
	const bool begun = shown.state != LIFE_STOPPED && shown.state != LIFE_WAITING;
	const uint64_t window = partition->life.window;

	memset(&partition->life, 0, sizeof(partition->life));
	partition->life.status = shown;
	partition->life.window = window;
	partition->life.due = TIMER_NEVER;
	partition->life.ran = shared_memory->ran >> partition->index & 1;
	if (!begun)
		return;
	partition->life.status.state = LIFE_RUNNING;
	partition->life.step = LIFE_STEP_EXAMINE;
	partition->life.ending = STOP_KEPT;
}

void recover_lose(struct partition *partition, uint32_t index)
{
	start_fill_identity(core_bundle, partition, index);
	lose_life(partition);
	memset(&partition->debug, 0, sizeof(partition->debug));
	memset(&partition->mend, 0, sizeof(partition->mend));
	partition->alive = partition->parked = partition->placed = 0;
	lose_devices(partition, index);
	partition->loader = *partition_pristine(index, loader); /* its home core may be off */
	lose_seed(partition, index);
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		lose_vcpu(partition, i);
	memset(&partition->vgic, 0, sizeof(partition->vgic));
	vgic_init(partition, core_bundle);
}
