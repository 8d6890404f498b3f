/* Builds the machine of cores.h: the bundle and the partitions' slots, as the frame's start leaves
 * them, functions behind an SMMU, and each interrupt's owner. */
#include "cores.h"
#include "cores_parts.h"

#include <fake/device.h>
#include <fake/gic.h>
#include <fake/machine.h>
#include <fake/smmu.h>
#include <lib/bundle.h>
#include <machine/contexts.h>
#include <run/promise.h>
#include <state/core.h>
#include <state/partition.h>
#include <state/services.h>
#include <stdio.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/mend.h>

#define TABLE_PAGES 16
#define TABLES      ((uint64_t)(uintptr_t)tables) /* the fake SMMU reads by pointers */
#define GUEST_UART  38u                           /* wired: the same for every guest */
#define GUEST_RTC   39u

static _Alignas(4096) uint8_t tables[TABLE_PAGES][4096];
static struct page_pool pool;
static struct stage2 memory; /* for all guests */

/* ---- the bundle, and the partitions' slots ---- */

static struct bundle_header *header(void)
{
	return (struct bundle_header *)LAYOUT_BUNDLE;
}

static void *table(struct bundle_table *where, uint32_t count, uint32_t offset)
{
	*where = (struct bundle_table){.offset = offset, .count = count};
	return (void *)(LAYOUT_BUNDLE + offset);
}

static struct bundle_life life_of(uint32_t index)
{
	return cores_plan.life[index].at_limit != 0 ? cores_plan.life[index]
	                                            : (struct bundle_life)CORES_LIFE;
}

static uint32_t priority_of(uint32_t partition)
{
	if (cores_plan.last[partition])
		return 0;
	return cores_plan.priority[partition] != 0 ? cores_plan.priority[partition]
	                                           : CORES_PRIORITY;
}

static uint32_t core_of(uint32_t partition, uint32_t index, uint32_t global)
{
	return cores_plan.placed ? cores_plan.place[partition][index] : global;
}

uint32_t cores_home(uint32_t partition)
{
	return core_of(partition, 0, partition_at(partition)->config->vcpus.first);
}

static void fill_config(struct bundle_partition *config, uint32_t index, uint32_t first)
{
	*config = (struct bundle_partition){
	    .mend_limit = CORES_MEND_LIMIT,
	    .flags = BUNDLE_CONSOLE | BUNDLE_RTC | cores_plan.flags[index],
	    .life = life_of(index),
	    .priority = priority_of(index),
	    .vcpus = {.first = first, .count = cores_plan.vcpus[index]},
	    .interrupts = {.first = 2 * index, .count = 2},
	    .entry_ipa = CORES_ENTRY,
	    .dtb_ipa = CORES_DTB,
	    .uart_intid = GUEST_UART,
	    .rtc_intid = GUEST_RTC,
	};
	snprintf(config->name, sizeof(config->name), "partition-%u", index);
}

static struct bundle_vcpu config_of(uint32_t partition, uint32_t vcpu, uint32_t where)
{
	const uint8_t priority = (uint8_t)priority_of(partition);

	struct bundle_vcpu config = cores_plan.promise[partition][vcpu];

	config.affinity = vcpu;
	config.core = where;
	config.cores = 1u << where | cores_plan.roam[partition][vcpu];
	config.priority = config.priority_low = priority;
	config.priority_high = (uint8_t)(priority + config.priority_high);
	return config;
}

static uint32_t first_holder(uint32_t index)
{
	if (cores_plan.free >> index & 1)
		return HOLD_NOBODY;
	return (uint32_t)__builtin_ctz(cores_plan.holders[index]);
}

/* Does what start.c does. */
static void fill_holders(struct bundle_core *config, uint32_t index)
{
	uint32_t holders = cores_plan.holders[index];

	shared_memory->accounts.core[index].hold = HOLD_FIXED;
	if (holders == 0)
		return;
	config->holders = (uint8_t)holders;
	config->holder = (uint8_t)first_holder(index);
	shared_memory->accounts.core[index].hold = config->holder * 0x101ULL;
}

static void fill_channel(struct bundle_header *h)
{
	struct bundle_channel *channel = table(&h->channels, 1, 0x5000);
	struct bundle_end *ends = table(&h->ends, cores_plan.partitions, 0x5100);

	channel->ends = (struct bundle_range){0, cores_plan.partitions};
	for (uint32_t p = 0; p < cores_plan.partitions; p++)
		ends[p] = (struct bundle_end){p, CORES_END_SPI, CORES_END, {2, 1}, {0}};
	shared_memory->channel[0].epoch = 1;
}

static void fill_bundle(void)
{
	struct bundle_header *h = header();
	struct bundle_core *cores = table(&h->cores, cores_plan.cores, 0x1000);
	struct bundle_partition *partitions = table(&h->partitions, cores_plan.partitions, 0x2000);
	struct bundle_vcpu *vcpus = table(&h->vcpus, BUNDLE_VCPUS_MAX, 0x3000);
	struct bundle_interrupt *interrupts =
	    table(&h->interrupts, 2 * cores_plan.partitions, 0x4000);
	uint32_t next = 0;

	h->console_core = (uint16_t)cores_plan.console_core;
	h->flags = cores_plan.stay_on ? BUNDLE_STAY_ON : 0;
	h->board.uart_base = cores_plan.console ? 0x9000000 : 0;
	h->board.uart_intid = CORES_UART_SPI;
	h->board.rtc_base = 0x9010000;
	h->board.gic_maintenance_intid = 25;
	h->board.hyp_timer_intid = 26;
	h->board.virtual_timer_intid = 27;
	h->board.physical_timer_intid = 30;
	for (uint32_t i = 0; i < cores_plan.cores; i++) {
		cores[i].affinity = i;
		h->speed[i] = cores_plan.speed[i] != 0 ? cores_plan.speed[i] : BUNDLE_SPEED_FASTEST;
		fill_holders(&cores[i], i);
	}
	for (uint32_t p = 0; p < cores_plan.partitions; p++) {
		fill_config(&partitions[p], p, next);
		interrupts[2 * p].intid = CORES_SPI(p);
		interrupts[2 * p + 1].intid = CORES_SPI(p) + 1;
		for (uint32_t i = 0; i < cores_plan.vcpus[p]; i++, next++)
			vcpus[next] = config_of(p, i, core_of(p, i, next));
	}
	h->vcpus.count = next;
	if (cores_plan.channel)
		fill_channel(h);
}

static void fill_vcpu(struct partition *partition, uint32_t index)
{
	struct vcpu *vcpu = &partition->vcpus[index];
	uint32_t global = partition->config->vcpus.first + index;

	vcpu->partition = partition;
	vcpu->affinity = partition->affinities[index] = index;
	vcpu->index = (uint8_t)index;
	vcpu->core = (uint8_t)core_of(partition->index, index, global);
	if (cores_plan.holders[vcpu->core] != 0 && first_holder(vcpu->core) != partition->index)
		partition->psci_states[index] = PSCI_VCPU_AWAY;
	context_init_vcpu(&vcpu->context, &partition->stage2, global,
	                  priority_of(partition->index));
	promise_init(vcpu, &bundle_vcpus(header())[global], sysreg_read(cntfrq_el0));
}

/* Does what start.c does: partitions that start without a command are awake from the beginning. */
static void fill_life(struct partition *partition)
{
	bool manual = (partition->config->flags & BUNDLE_MANUAL) != 0;
	uint32_t first = manual ? LIFE_STOPPED : LIFE_WAITING;

	partition->life.status.state = first;
	shared_memory->life[partition->index].state = first;
	shared_memory->awake += !manual;
}

static const int8_t workarounds[3] = {0, 1, -1};

static void fill_end(struct partition *partition)
{
	struct broker *broker = (struct broker *)((uint8_t *)partition->stolen + 0x2000);

	partition->end_count = 1;
	broker->due = TIMER_NEVER;
	partition->brokers = broker;
	*broker = (struct broker){
	    .partition = partition, .number = partition->index, .place = partition->index};
	broker->service.failure = (struct service_report *)((uint8_t *)partition->stolen + 0x1000);
	context_init_service(&broker->service.context, CONTEXT_BROKER, &memory, TRACE_BROKER,
	                     priority_of(partition->index));
}

static void fill_partition(uint32_t index)
{
	struct partition *partition = partition_at(index);
	uint64_t slot = LAYOUT_PARTITION + index * LAYOUT_SLOT;

	partition->config = (const struct bundle_partition *)(LAYOUT_BUNDLE + 0x2000) + index;
	partition->index = index;
	partition->vcpu_count = cores_plan.vcpus[index];
	partition->stage2.vmid = CORES_VMID(index);
	partition->console = (struct console_ring *)(slot + 0x80000);
	partition->loader_info = (struct loader_info *)(slot + 0x90000);
	partition->stolen = (struct stolen_record *)(slot + 0xa0000);
	partition->stolen_ipa = CORES_STOLEN;
	partition->tick = 1ULL << 32;
	partition->psci = (struct psci_guest){
	    .vcpus = cores_plan.vcpus[index],
	    .affinities = partition->affinities,
	    .states = partition->psci_states,
	    .memory = &memory,
	    .workarounds = workarounds,
	};
	partition->loader_info->vcpus = cores_plan.vcpus[index];
	partition->loader_info->debug = (uintptr_t)&partition->console->debug;
	partition->loader_info->report = (uintptr_t)&partition->console->report;
	if (cores_plan.mended)
		partition->loader_info->mend = (uintptr_t)mend_box_of(index);
	memset(partition->seed, (int)index + 1, sizeof(partition->seed));
	for (uint32_t i = 0; i < partition->vcpu_count; i++)
		fill_vcpu(partition, i);
	context_init_service(&partition->loader.context, CONTEXT_LOADER, &memory, TRACE_LOADER,
	                     priority_of(index));
	if (cores_plan.channel)
		fill_end(partition);
	vgic_init(partition, header());
	fill_life(partition);
}

static void fill_memory(void)
{
	fake_reset(tables, pa_at(TABLES), TABLE_PAGES);
	page_pool_init(&pool, tables, pa_at(TABLES), TABLE_PAGES);
	assert_int_equal(stage2_init(&memory, &pool, 1), STAGE2_OK);
	assert_int_equal(
	    stage2_map(&memory, ipa_at(CORES_RAM), pa_at(CORES_RAM), CORES_RAM_SIZE, STAGE2_RAM),
	    STAGE2_OK);
}

static void fill_gic(void)
{
	uint32_t mine[32] = {0};

	mine[CORES_UART_SPI / 32] |= 1u << CORES_UART_SPI % 32;
	mine[CORES_SMMU_EVENTS / 32] |= 1u << CORES_SMMU_EVENTS % 32;
	for (uint32_t p = 0; p < cores_plan.partitions; p++)
		mine[1] |= 3u << (CORES_SPI(p) - 32);
	fake_gic_reset(cores_plan.list_registers != 0 ? cores_plan.list_registers : 4, mine);
}

/* ---- functions and the SMMU ---- */

uint32_t cores_space[CORES_FUNCTIONS][1024];

static uint32_t read_first(uint64_t offset)
{
	return cores_space[0][offset / 4];
}

static uint32_t read_second(uint64_t offset)
{
	return cores_space[1][offset / 4];
}

static void write_first(uint64_t offset, uint32_t value)
{
	cores_space[0][offset / 4] = value;
}

static void write_second(uint64_t offset, uint32_t value)
{
	cores_space[1][offset / 4] = value;
}

static void fill_spaces(void)
{
	static uint32_t (*const read[])(uint64_t) = {read_first, read_second};
	static void (*const write[])(uint64_t, uint32_t) = {write_first, write_second};

	memset(cores_space, 0, sizeof(cores_space));
	for (uint32_t i = 0; i < CORES_FUNCTIONS; i++)
		fake_device_add(&(struct fake_device){LAYOUT_PCI + CORES_STREAM(i) * PAGE_SIZE,
		                                      PAGE_SIZE, read[i], write[i]});
}

static void fill_functions(void)
{
	struct bundle_header *h = header();
	struct bundle_function *functions = table(&h->functions, CORES_FUNCTIONS, 0x5000);
	struct bundle_partition *partitions = (void *)(LAYOUT_BUNDLE + 0x2000);

	h->board.smmu_base = LAYOUT_SMMU;
	h->board.smmu_event_intid = CORES_SMMU_EVENTS;
	partitions[0].functions.count = CORES_FUNCTIONS;
	for (uint32_t i = 0; i < CORES_FUNCTIONS; i++) {
		functions[i].kind = BUNDLE_FUNCTION_REAL;
		functions[i].slot = (uint16_t)CORES_STREAM(i);
		functions[i].stream = CORES_STREAM(i);
		functions[i].bar[i] = 0x10000000 + 0x10000 * i;
		functions[i].bar_size[i] = 0x10000;
	}
}

/* Does what the frame's start does for DMA, but all guests have the same tables. */
static void fill_dma(void)
{
	static const struct fake_smmu_plan plan = {.base = LAYOUT_SMMU, .coherent = true};
	struct partition *partition = partition_at(0);

	fake_devices_reset();
	if (!cores_plan.dma)
		return;
	fill_functions();
	fill_spaces();
	fake_smmu_reset(&plan);
	smmu_init((va_t){LAYOUT_SMMU}, smmu_own);
	fake_smmu_pace(1);
	assert_int_equal(stage2_init(&partition->dma_tables, &pool, CORES_VMID(0)), STAGE2_OK);
	assert_int_equal(stage2_map(&partition->dma_tables, ipa_at(CORES_RAM), pa_at(CORES_RAM),
	                            CORES_RAM_SIZE,
	                            cores_plan.dma_pages ? STAGE2_DMA_CONSTANT : STAGE2_DMA),
	                 STAGE2_OK);
	partition->dma.kinds[0] = STAGE2_DMA_CONSTANT;
	partition->dma.kinds[1] = STAGE2_DMA;
	smmu_init_domain((va_t){LAYOUT_SMMU}, smmu_own, 0, &partition->dma_tables,
	                 &partition->dma.domain);
	for (uint32_t i = 0; i < CORES_FUNCTIONS; i++)
		smmu_init_stream((va_t){LAYOUT_SMMU}, smmu_own, CORES_STREAM(i),
		                 &partition->dma_tables);
	partition->real[0].power = CORES_POWER;
}

void cores_fill(void)
{
	fill_memory();
	fill_gic();
	fill_bundle();
	for (uint32_t p = 0; p < cores_plan.partitions; p++)
		fill_partition(p);
	fill_dma();
	for (uint32_t p = 0; p < cores_plan.partitions; p++)
		memcpy((void *)(LAYOUT_PARTITION + p * LAYOUT_SLOT + LAYOUT_FIXED), partition_at(p),
		       PARTITION_PRISTINE_SIZE);
	services_console->failure = &services_own->console_info.failure;
	services_warden->failure = &services_own->warden_info.failure;
	for (uint32_t i = CONTEXT_CONSOLE; i < CONTEXT_KINDS; i++)
		context_init_service(&services_own->lasting[i - CONTEXT_CONSOLE].context,
		                     (enum context_kind)i, &memory, service_rows[i].trace_id,
		                     CORES_PRIORITY);
	*(uint32_t *)LAYOUT_RTC = 1700000000;
}
