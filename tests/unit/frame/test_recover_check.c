/*
 * A recovery's checks of a partition's kept state: each checked field is damaged, one after the
 * other. After recover_lose() the state holds again, and the life ends for that reason.
 *
 * Shows: frame.kept.
 */
#include "vgic_machine.h"

#include <fake/cpu.h>
#include <frame/listreg.h>
#include <lib/bundle.h>
#include <start/recover.h>
#include <start/start.h>
#include <state/core.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define INDEX      1u /* of the partition */
#define FIRST      4u /* of its vCPUs, in the bundle */
#define FOREIGN    20 /* a word of interrupts that the partition doesn't have */
#define CORES_OF_1 0x2u

static struct {
	struct bundle_header header;
	struct bundle_partition partitions[2];
	struct bundle_core cores[MACHINE_VCPUS];
	struct bundle_vcpu vcpus[FIRST + MACHINE_VCPUS];
} * bundle;

#define PARTITION machine_partition
#define VCPU      (&machine_partition->vcpus[1])

/* ---- as the start does it ---- */

void start_fill_identity(const struct bundle_header *from, struct partition *partition,
                         uint32_t index)
{
	partition->config = &bundle_partitions(from)[index];
	partition->index = index;
	partition->vcpu_count = partition->config->vcpus.count;
	partition->keep = (struct keep_header){
	    KEEP_MAGIC,
	    KEEP_REVISION,
	    offsetof(struct partition, index),
	    offsetof(struct vcpu, partition),
	    offsetof(struct partition, vgic),
	    offsetof(struct vcpu, vgic),
	};
}

void start_fill_vcpu(const struct bundle_header *from, struct partition *partition, uint32_t index)
{
	const struct bundle_vcpu *config = &bundle_vcpus(from)[FIRST + index];
	struct vcpu *vcpu = &partition->vcpus[index];

	vcpu->index = (uint8_t)index;
	vcpu->core = (uint8_t)config->core;
	vcpu->affinity = config->affinity;
	vcpu->run.priority = vcpu->run.described = config->priority;
	vcpu->context.trace_id = (uint8_t)(FIRST + index);
	vcpu->context.vttbr = stage2_vttbr(&partition->stage2);
}

/* ---- the system ---- */

static void describe(void)
{
	bundle = (void *)LAYOUT_BUNDLE;
	bundle->header.partitions.offset =
	    (uint32_t)((uintptr_t)bundle->partitions - LAYOUT_BUNDLE);
	bundle->header.partitions.count = 2;
	bundle->header.cores.offset = (uint32_t)((uintptr_t)bundle->cores - LAYOUT_BUNDLE);
	bundle->header.cores.count = MACHINE_VCPUS;
	bundle->header.vcpus.offset = (uint32_t)((uintptr_t)bundle->vcpus - LAYOUT_BUNDLE);
	bundle->header.vcpus.count = FIRST + MACHINE_VCPUS;
	bundle->partitions[INDEX].vcpus.first = FIRST;
	bundle->partitions[INDEX].vcpus.count = MACHINE_VCPUS;
	for (uint32_t i = 0; i < MACHINE_VCPUS; i++)
		bundle->vcpus[FIRST + i] = (struct bundle_vcpu){
		    .core = (uint8_t)i,
		    .affinity = i,
		    .cores = (uint8_t)(i == 1 ? CORES_OF_1 : 0x7),
		    .priority = 100,
		    .priority_low = 50,
		    .priority_high = 150,
		};
}

static void setup(void)
{
	machine_start(2);
	describe();
	PARTITION->stage2.vmid = 7;
	start_fill_identity(core_bundle, PARTITION, INDEX);
	for (uint32_t i = 0; i < MACHINE_VCPUS; i++)
		start_fill_vcpu(core_bundle, PARTITION, i);
	PARTITION->life.status = (struct life_status){LIFE_RUNNING, STOP_RESET, 5, 2};
	PARTITION->life.step = LIFE_STEP_EXAMINE;
	shared_memory->life[INDEX] = PARTITION->life.status;
	VCPU->context.state = CONTEXT_READY;
	VCPU->saved.gic.used = 1;
	VCPU->saved.gic.lr[0] = LR_HW | (uint64_t)40 << 32 | 40;
}

const struct unit_fixture unit_each = {setup, NULL};

/* ---- damages ---- */

struct damage {
	void *at;
	size_t size;
	uint64_t value;
	enum report_kept kept;
};

#define DAMAGE(field, value, kept)                                                                 \
	{                                                                                          \
		&(field), sizeof(field), (uint64_t)(value), kept                                   \
	}

#define DAMAGE_POINTER(field, kept)                                                                \
	{                                                                                          \
		&(field), sizeof(uintptr_t), 0, kept                                               \
	}

static void damage(const struct damage *damage)
{
	assert_int_equal(recover_check(PARTITION, INDEX), KEPT_HOLDS);
	memcpy(damage->at, &damage->value, damage->size); /* the host is little-endian, too */
	assert_int_equal(recover_check(PARTITION, INDEX), damage->kept);
}

TEST(test_each_field)
{
	for (uint32_t i = 0;; i++) {
		const struct damage all[] = {
		    DAMAGE(PARTITION->keep.magic, 0, KEPT_HEADER),
		    DAMAGE(PARTITION->keep.revision, KEEP_REVISION + 1, KEPT_HEADER),
		    DAMAGE(PARTITION->keep.partition_size, 1, KEPT_HEADER),
		    DAMAGE(PARTITION->keep.vcpu_size, 1, KEPT_HEADER),
		    DAMAGE(PARTITION->keep.partition_vgic, 1, KEPT_HEADER),
		    DAMAGE(PARTITION->keep.vcpu_vgic, 1, KEPT_HEADER),
		    DAMAGE(PARTITION->index, 0, KEPT_IDENTITY),
		    DAMAGE_POINTER(PARTITION->config, KEPT_IDENTITY),
		    DAMAGE(PARTITION->vcpu_count, 8, KEPT_IDENTITY),
		    DAMAGE(PARTITION->life.status.state, LIFE_STATES, KEPT_LIFE),
		    DAMAGE(PARTITION->life.step, LIFE_STEP_OVER + 1, KEPT_LIFE),
		    DAMAGE(PARTITION->dma.state, DMA_OPEN + 1, KEPT_LIFE),
		    DAMAGE(PARTITION->mend.step, MEND_OVER + 1, KEPT_LIFE),
		    DAMAGE(PARTITION->vgic.target[MACHINE_UART], MACHINE_VCPUS, KEPT_TARGET),
		    DAMAGE(PARTITION->vgic.target[MACHINE_LAST], 255, KEPT_TARGET),
		    DAMAGE_POINTER(VCPU->partition, KEPT_VCPU),
		    DAMAGE(VCPU->index, 2, KEPT_VCPU),
		    DAMAGE(VCPU->context.kind, CONTEXT_LOADER, KEPT_CONTEXT),
		    DAMAGE(VCPU->context.trace_id, FIRST, KEPT_CONTEXT),
		    DAMAGE(VCPU->context.fresh, 2, KEPT_CONTEXT),
		    DAMAGE(VCPU->context.state, 3, KEPT_CONTEXT),
		    DAMAGE(VCPU->context.state, CONTEXT_EXHAUSTED + 1, KEPT_CONTEXT),
		    DAMAGE(VCPU->context.vttbr, 8, KEPT_CONTEXT),
		    DAMAGE(VCPU->context.pstate, 9, KEPT_CONTEXT), /* EL2, by its own stack */
		    DAMAGE(VCPU->core, 2, KEPT_PLACE),
		    DAMAGE(VCPU->core, 255, KEPT_PLACE),
		    DAMAGE(VCPU->affinity, 0, KEPT_PLACE),
		    DAMAGE(VCPU->run.described, 99, KEPT_PLACE),
		    DAMAGE(VCPU->run.priority, 49, KEPT_PLACE),
		    DAMAGE(VCPU->run.priority, 151, KEPT_PLACE),
		    DAMAGE(VCPU->saved.gic.used, 1u << 16, KEPT_LISTS),
		    DAMAGE(VCPU->saved.gic.lr[0], 40, KEPT_LISTS),
		    DAMAGE(VCPU->saved.gic.lr[0], FOREIGN * 32, KEPT_LISTS),
		    DAMAGE(VCPU->saved.gic.lr[0], LR_HW | (uint64_t)39 << 32 | 40, KEPT_LISTS),
		};

		if (i == sizeof(all) / sizeof(all[0]))
			break;
		damage(&all[i]);
		recover_lose(PARTITION, INDEX);
		assert_int_equal(recover_check(PARTITION, INDEX), KEPT_HOLDS);
		assert_int_equal(PARTITION->life.ending, STOP_KEPT);
		assert_int_equal(PARTITION->life.status.state, LIFE_RUNNING);
		assert_int_equal(PARTITION->life.status.starts, 5);
		assert_int_equal(VCPU->context.state, CONTEXT_OFF);
		assert_int_equal(VCPU->core, 1);
		setup();
	}
}

/* Each value that there is. */
TEST(test_what_holds)
{
	for (uint32_t s = 0; s < LIFE_STATES; s++) {
		PARTITION->life.status.state = s;
		assert_int_equal(recover_check(PARTITION, INDEX), KEPT_HOLDS);
	}
	for (uint32_t priority = 50; priority <= 150; priority++) {
		VCPU->run.priority = (uint8_t)priority;
		assert_int_equal(recover_check(PARTITION, INDEX), KEPT_HOLDS);
	}
	PARTITION->vgic.target[FOREIGN * 32] = 255;
	assert_int_equal(recover_check(PARTITION, INDEX), KEPT_HOLDS);
	PARTITION->vcpus[0].core = 2; /* one of those where it may be, and stays */
	assert_int_equal(recover_check(PARTITION, INDEX), KEPT_HOLDS);
	recover_lose(PARTITION, INDEX);
	assert_int_equal(PARTITION->vcpus[0].core, 2);
}

/* A life that hasn't begun has no end. */
TEST(test_before_a_life)
{
	static const uint32_t before[] = {LIFE_STOPPED, LIFE_WAITING};

	for (uint32_t i = 0; i < 2; i++) {
		shared_memory->life[INDEX].state = before[i];
		PARTITION->life.status.state = 99;
		recover_lose(PARTITION, INDEX);
		assert_int_equal(recover_check(PARTITION, INDEX), KEPT_HOLDS);
		assert_int_equal(PARTITION->life.status.state, before[i]);
		assert_int_equal(PARTITION->life.ending, STOP_NONE);
		setup();
	}
}

/* What only the start finds out about the devices stands beside what changes. */
TEST(test_all_before_the_fixed_part_is_zero)
{
	PARTITION->dma.domain.open = 5;
	PARTITION->dma.kinds[1] = STAGE2_DMA;
	PARTITION->real[0].power = 0x40;
	memcpy((void *)(uintptr_t)partition_pristine(INDEX, keep), PARTITION,
	       PARTITION_PRISTINE_SIZE);
	memset(PARTITION, 0, PARTITION_FIXED);
	assert_int_equal(recover_check(PARTITION, INDEX), KEPT_HEADER);
	recover_lose(PARTITION, INDEX);
	assert_int_equal(recover_check(PARTITION, INDEX), KEPT_HOLDS);
	assert_int_equal(PARTITION->life.ending, STOP_KEPT);
	assert_int_equal(PARTITION->dma.domain.open, 5);
	assert_int_equal(PARTITION->dma.kinds[1], STAGE2_DMA);
	assert_int_equal(PARTITION->real[0].power, 0x40);
}
