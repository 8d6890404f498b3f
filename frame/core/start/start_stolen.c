/*
 * The start's part for stolen time: where a partition finds its records. The description has no
 * address for them. So they lie in the last free 64 KiB of what stage 2 can map.
 */
#include <frame/gic_registers.h>
#include <frame/stop.h>
#include <lib/bundle.h>
#include <machine/sysreg.h>
#include <start/start.h>
#include <state/partition.h>

_Static_assert(BUNDLE_PARTITION_VCPUS_MAX * sizeof(struct stolen_record) <= PAGE_SIZE,
               "each has one");

/* a guest's pages may be of 64 KiB */
#define STEP 0x10000

static bool inside(uint64_t ipa, uint64_t base, uint64_t size)
{
	return base != 0 && ipa - base < size;
}

/* True: the partition has nothing at this address. Emulated devices aren't in stage 2, so they are
 * compared here. PCI functions need no look: their BARs are below 4 GiB. */
static bool is_free(const struct partition *partition, uint64_t ipa)
{
	const struct bundle_partition *config = partition->config;

	return stage2_lookup(&partition->stage2, ipa_at(ipa)).kind == STAGE2_NOTHING &&
	       !inside(ipa, config->gicd_ipa, GICD_SIZE) &&
	       !inside(ipa, config->gicr_ipa, GIC_OWN_SIZE(config->vcpus.count)) &&
	       !inside(ipa, config->uart_ipa, PAGE_SIZE) &&
	       !inside(ipa, config->rtc_ipa, PAGE_SIZE) &&
	       !inside(ipa, config->watchdog_ipa, 2 * PAGE_SIZE) &&
	       !inside(ipa, config->pci_ecam_ipa, BUNDLE_ECAM_SIZE);
}

uint32_t start_count_stolen(void)
{
	return stage2_tables_for(ipa_at(STAGE2_IPA_SIZE - STEP), pa_at(PAGE_SIZE), PAGE_SIZE,
	                         STAGE2_CONSTANT);
}

void start_fill_stolen(struct partition *partition, uint64_t stolen)
{
	uint64_t ipa = STAGE2_IPA_SIZE - STEP;

	while (!is_free(partition, ipa))
		ipa -= STEP;
	if (stage2_map(&partition->stage2, ipa_at(ipa), pa_at(stolen), PAGE_SIZE,
	               STAGE2_CONSTANT) != STAGE2_OK)
		stop_machine("a partition's records of stolen time can't be mapped");
	partition->stolen_ipa = ipa;
	partition->tick = (1000000000ULL << 32) / sysreg_read(cntfrq_el0);
}
