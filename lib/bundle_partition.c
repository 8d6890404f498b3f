/*
 * Verifying a bundle, third part: each partition, when the machine and the shared resources have
 * been found good. lib/bundle.c calls this file, under its rules.
 */
#include "bundle_check.h"

#define BUNDLE_FDT_HEADER 40u /* no property's value begins before it */
#define BUNDLE_FDT_BEFORE 12u /* bytes of a property before its value */

static bool bundle_text_equal(const char *a, const char *b, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static bool bundle_name_good(const char *name)
{
	if (!bundle_text_good(name, BUNDLE_NAME_SIZE))
		return false;
	for (; *name != 0; name++)
		if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
		      (*name >= '0' && *name <= '9') || *name == '-' || *name == '_'))
			return false;
	return true;
}

/* Whether one of the partition's RAM regions holds the whole span (guest addresses). */
static bool bundle_in_ram(const struct bundle_header *bundle,
                          const struct bundle_partition *partition, struct bundle_span ipa)
{
	const struct bundle_region *region = bundle_regions(bundle) + partition->regions.first;
	for (uint32_t i = 0; i < partition->regions.count; i++, region++)
		if (region->kind == BUNDLE_RAM &&
		    bundle_span_inside(ipa, (struct bundle_span){region->ipa, region->size}))
			return true;
	return false;
}

/* The frame's places in a guest's address space. Windows, and perhaps black boxes, lie in the
 * panel's memory. No other places overlap. */
#define BUNDLE_BOXES    7
#define BUNDLE_MEMORY   8
#define BUNDLE_WATCH    9 /* registers of a watched partition */
#define BUNDLE_MESSAGES 10
#define BUNDLE_EMULATED 11
static void bundle_emulated_spans(const struct bundle_header *bundle,
                                  const struct bundle_partition *partition,
                                  struct bundle_span spans[BUNDLE_EMULATED])
{
	const struct bundle_span none = {0, 0};
	const struct bundle_function *panel = bundle_panel(bundle, partition);
	const bool uart = (partition->flags & BUNDLE_CONSOLE) != 0;
	const bool rtc = (partition->flags & BUNDLE_RTC) != 0;
	const bool watchdog = (partition->flags & BUNDLE_WATCHDOG) != 0;
	spans[0] = (struct bundle_span){partition->gicd_ipa, bundle_gicd_size(&bundle->board)};
	spans[1] = (struct bundle_span){
	    partition->gicr_ipa, bundle_gic_own_size(&bundle->board, partition->vcpus.count)};
	spans[2] = (struct bundle_span){partition->uart_ipa, uart ? BUNDLE_PAGE : 0};
	spans[3] = (struct bundle_span){partition->rtc_ipa, rtc ? BUNDLE_PAGE : 0};
	spans[4] = (struct bundle_span){partition->watchdog_ipa, watchdog ? 2 * BUNDLE_PAGE : 0};
	spans[5] = (struct bundle_span){partition->pci_ecam_ipa,
	                                partition->functions.count != 0 ? BUNDLE_ECAM_SIZE : 0};
	spans[6] = panel != NULL ? bundle_bar_span(panel, PANEL_REGISTERS_BAR) : none;
	spans[BUNDLE_BOXES] =
	    (struct bundle_span){partition->blackbox_ipa,
	                         partition->blackbox_ipa != 0
	                             ? (uint64_t)bundle->partitions.count * BUNDLE_BLACKBOX_MEMORY
	                             : 0};
	spans[BUNDLE_MEMORY] = panel != NULL ? bundle_bar_span(panel, PANEL_MEMORY_BAR) : none;
	spans[BUNDLE_WATCH] =
	    (struct bundle_span){partition->watch_ipa, partition->watch_ipa != 0 ? BUNDLE_PAGE : 0};
	spans[BUNDLE_MESSAGES] = (struct bundle_span){
	    partition->message_ipa, partition->message_count != 0 ? BUNDLE_PAGE : 0};
}

static bool bundle_owns_interrupt(const struct bundle_header *bundle,
                                  const struct bundle_partition *partition, uint32_t intid)
{
	const struct bundle_interrupt *owned =
	    bundle_interrupts(bundle) + partition->interrupts.first;
	for (uint32_t i = 0; i < partition->interrupts.count; i++)
		if (owned[i].intid == intid)
			return true;
	return false;
}

/* Notes the interrupt number of an emulated device, a doorbell or a manager's signal. False: it is
 * the number of a physical interrupt of the partition, or was noted before. */
static bool bundle_take_wired(const struct bundle_header *bundle,
                              const struct bundle_partition *partition, uint32_t intid,
                              uint32_t seen[(BUNDLE_SPI_LAST + 32) / 32])
{
	if (!bundle_spi_good(intid) || bundle_owns_interrupt(bundle, partition, intid) ||
	    (seen[intid / 32] & 1u << intid % 32) != 0)
		return false;
	seen[intid / 32] |= 1u << intid % 32;
	return true;
}

/* In a partition without a panel, each doorbell and the manager's signal have an interrupt of their
 * own. */
static bool bundle_bells_good(const struct bundle_header *bundle, uint32_t index,
                              uint32_t seen[(BUNDLE_SPI_LAST + 32) / 32])
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const struct bundle_doorbell *bells = bundle_doorbells(bundle);
	if (partition->manager_intid != 0 &&
	    !bundle_take_wired(bundle, partition, partition->manager_intid, seen))
		return false;
	for (uint32_t i = 0; i < bundle->doorbells.count; i++)
		if (bells[i].to == index &&
		    (bells[i].bit != 0 ||
		     !bundle_take_wired(bundle, partition, bells[i].intid, seen)))
			return false;
	return true;
}

/* In a partition with a panel, they share the panel's interrupt, and each doorbell has a bit of its
 * own. */
static bool bundle_bits_good(const struct bundle_header *bundle, uint32_t index, uint32_t intid)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const struct bundle_doorbell *bells = bundle_doorbells(bundle);
	uint32_t seen = 0;
	if (partition->manager_intid != 0 && partition->manager_intid != intid)
		return false;
	for (uint32_t i = 0; i < bundle->doorbells.count; i++) {
		if (bells[i].to != index)
			continue;
		if (bells[i].intid != intid || (seen >> bells[i].bit & 1) != 0)
			return false;
		seen |= 1u << bells[i].bit;
	}
	return true;
}

static bool bundle_wired_good(const struct bundle_header *bundle, uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const struct bundle_function *panel = bundle_panel(bundle, partition);
	uint32_t seen[(BUNDLE_SPI_LAST + 32) / 32] = {0};
	if ((partition->flags & BUNDLE_CONSOLE) != 0 &&
	    !bundle_take_wired(bundle, partition, partition->uart_intid, seen))
		return false;
	if ((partition->flags & BUNDLE_RTC) != 0 &&
	    !bundle_take_wired(bundle, partition, partition->rtc_intid, seen))
		return false;
	if ((partition->flags & BUNDLE_WATCHDOG) != 0 &&
	    !bundle_take_wired(bundle, partition, partition->watchdog_intid, seen))
		return false;
	for (uint32_t i = 0; i < bundle->ends.count; i++)
		if (bundle_ends(bundle)[i].partition == index &&
		    !bundle_take_wired(bundle, partition, bundle_ends(bundle)[i].intid, seen))
			return false;
	for (uint32_t i = 0; i < partition->message_count; i++)
		if (!bundle_take_wired(bundle, partition, partition->message_intid + i, seen))
			return false;
	if (panel == NULL)
		return bundle_bells_good(bundle, index, seen);
	return bundle_take_wired(bundle, partition, panel->intid, seen) &&
	       bundle_bits_good(bundle, index, panel->intid);
}

/* Messages need the ITS. Without an SMMU, functions write where the ITS itself is. */
static bool bundle_messages_good(const struct bundle_header *bundle,
                                 const struct bundle_partition *partition)
{
	if (partition->message_count == 0)
		return partition->message_intid == 0 && partition->message_ipa == 0;
	return bundle->board.its_base != 0 && partition->functions.count != 0 &&
	       partition->message_count <= BUNDLE_MESSAGES_MAX &&
	       partition->message_ipa == bundle->board.its_base + BUNDLE_ITS_WRITTEN;
}

static bool bundle_emulated_good(const struct bundle_header *bundle,
                                 const struct bundle_partition *partition)
{
	struct bundle_span spans[BUNDLE_EMULATED];
	bundle_emulated_spans(bundle, partition, spans);
	for (uint32_t i = 0; i < BUNDLE_EMULATED; i++) {
		const uint64_t align = i < 2 ? bundle_gic_align(&bundle->board) : BUNDLE_PAGE;
		if (spans[i].size == 0 ? spans[i].base != 0 : !bundle_span_valid(spans[i], align))
			return false;
		for (uint32_t j = 0; j < i; j++)
			if (bundle_span_overlaps(spans[i], spans[j]) &&
			    !(j == BUNDLE_BOXES && bundle_span_inside(spans[j], spans[i])))
				return false;
	}
	return true;
}

/* The partitions in the mask exist, and this partition isn't among them. */
static bool bundle_others_good(const struct bundle_header *bundle, uint32_t mask, uint32_t index)
{
	return mask >> bundle->partitions.count == 0 && (mask >> index & 1) == 0;
}

static bool bundle_life_good(const struct bundle_header *bundle, uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const struct bundle_life *life = &partition->life;
	const struct bundle_region *region = bundle_regions(bundle) + partition->regions.first;
	if (life->on_crash > LIFE_DO_HOLD || life->at_limit < LIFE_DO_STOP ||
	    life->at_limit > LIFE_DO_OFF || life->delay > BUNDLE_DELAY_MAX ||
	    !bundle_others_good(bundle, life->after, index) ||
	    !bundle_others_good(bundle, life->manages, index))
		return false;
	for (uint32_t i = 0; i < partition->regions.count; i++)
		if (region[i].kind == BUNDLE_DEVICE &&
		    region[i].silence == BUNDLE_SILENCE_UNKNOWN &&
		    (partition->flags & BUNDLE_NO_RESTART) == 0)
			return false;
	return true;
}

/* All of it lies in memory that the watched partition owns. */
static bool bundle_is_watched(const struct bundle_header *bundle,
                              const struct bundle_partition *watched,
                              const struct bundle_region *region)
{
	const struct bundle_region *owned = bundle_regions(bundle) + watched->regions.first;
	const struct bundle_span pa = {region->pa, region->size};
	for (uint32_t i = 0; i < watched->regions.count; i++)
		if ((owned[i].kind == BUNDLE_RAM || owned[i].kind == BUNDLE_KEPT) &&
		    bundle_span_inside(pa, (struct bundle_span){owned[i].pa, owned[i].size}))
			return true;
	return false;
}

/* What a device writes around the SMMU is nothing that a watcher could refuse. */
static bool bundle_guardable(const struct bundle_header *bundle, uint32_t index)
{
	return (bundle_partitions(bundle)[index].flags & BUNDLE_UNCONFINED) == 0;
}

static bool bundle_watch_good(const struct bundle_header *bundle, uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const struct bundle_region *region = bundle_regions(bundle) + partition->regions.first;
	const bool watches = partition->watch_ipa != 0;
	const struct bundle_partition *watched;
	if (partition->mend_limit > BUNDLE_MEND_MAX ||
	    partition->watches >= bundle->partitions.count ||
	    (watches ? partition->watches == index
	             : partition->watches != 0 || (partition->flags & BUNDLE_MENDS) != 0))
		return false;
	watched = &bundle_partitions(bundle)[partition->watches];
	if ((partition->flags & BUNDLE_PREVENTS) != 0 &&
	    ((partition->flags & BUNDLE_MENDS) == 0 ||
	     !bundle_guardable(bundle, partition->watches)))
		return false;
	if ((partition->flags & BUNDLE_MENDS) != 0 &&
	    ((watched->flags & BUNDLE_NO_SUSPEND) != 0 || watched->mend_limit == 0))
		return false;
	for (uint32_t i = 0; i < partition->regions.count; i++)
		if (region[i].kind == BUNDLE_WATCHED &&
		    !(watches && bundle_is_watched(bundle, watched, &region[i])))
			return false;
	return true;
}

static struct bundle_verdict bundle_check_partition(const struct bundle_header *bundle,
                                                    uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const uint32_t known = BUNDLE_CONSOLE | BUNDLE_RTC | BUNDLE_MANUAL | BUNDLE_NO_RESTART |
	                       BUNDLE_HIDE_TIME | BUNDLE_WATCHDOG | BUNDLE_PANEL |
	                       BUNDLE_UNCONFINED | BUNDLE_MANAGES_POWER | BUNDLE_NO_SUSPEND |
	                       BUNDLE_MENDS | BUNDLE_PREVENTS;
	const struct bundle_span entry = {partition->entry_ipa, 4};
	const struct bundle_span dtb = {partition->dtb_ipa, BUNDLE_FDT_HEADER};
	const bool power = (partition->flags & BUNDLE_MANAGES_POWER) != 0;
	bool good =
	    bundle_name_good(partition->name) && (partition->flags & ~known) == 0 &&
	    (!power || bundle->board.uart_base != 0) && /* the warden, which needs the UART */
	    partition->priority <= 255 && entry.base % 4 == 0 && dtb.base % 8 == 0 &&
	    bundle_in_ram(bundle, partition, entry) &&
	    (dtb.base == 0 || bundle_in_ram(bundle, partition, dtb)) &&
	    bundle_bus_good(bundle, partition) && bundle_emulated_good(bundle, partition) &&
	    partition->reserved == 0 && bundle_messages_good(bundle, partition) &&
	    bundle_wired_good(bundle, index) && bundle_life_good(bundle, index) &&
	    bundle_watch_good(bundle, index);
	for (uint32_t i = 0; i < index && good; i++)
		good = !bundle_text_equal(partition->name, bundle_partitions(bundle)[i].name,
		                          BUNDLE_NAME_SIZE);
	return good ? bundle_good() : bundle_bad(BUNDLE_BAD_PARTITION, index);
}

/* A region can't overlap emulated devices, as these aren't mapped. It can be a window in the
 * panel's memory. */
static bool bundle_region_apart(const struct bundle_region *region,
                                const struct bundle_span spans[BUNDLE_EMULATED])
{
	const struct bundle_span ipa = {region->ipa, region->size};
	for (uint32_t i = 0; i < BUNDLE_EMULATED; i++)
		if (bundle_span_overlaps(ipa, spans[i]) &&
		    !(i == BUNDLE_MEMORY && bundle_is_window(region) &&
		      bundle_span_inside(ipa, spans[i])))
			return false;
	return true;
}

/* Within one guest's address space, regions lie apart from each other and from emulated devices. */
static struct bundle_verdict bundle_check_addresses(const struct bundle_header *bundle,
                                                    uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const struct bundle_region *regions = bundle_regions(bundle);
	const uint32_t first = partition->regions.first;
	struct bundle_span spans[BUNDLE_EMULATED];
	bundle_emulated_spans(bundle, partition, spans);
	for (uint32_t i = first; i < first + partition->regions.count; i++) {
		struct bundle_span ipa = {regions[i].ipa, regions[i].size};
		if (!bundle_region_apart(&regions[i], spans))
			return bundle_bad(BUNDLE_OVERLAP, i);
		for (uint32_t j = first; j < i; j++)
			if (bundle_span_overlaps(
			        ipa, (struct bundle_span){regions[j].ipa, regions[j].size}))
				return bundle_bad(BUNDLE_OVERLAP, i);
	}
	return bundle_check_ends(bundle, index, spans, BUNDLE_EMULATED);
}

/* The loader overwrites a seed's value, and perhaps the words before it, in the laid-out tree.
 * Whatever the tree says, they have to be inside the part. */
static bool bundle_seed_good(const struct bundle_part *part, uint32_t offset, uint32_t size)
{
	if (offset == 0)
		return true;
	return part->kind == BUNDLE_DTB && offset % 4 == 0 &&
	       offset >= BUNDLE_FDT_HEADER + BUNDLE_FDT_BEFORE && size <= part->size &&
	       offset <= part->size - size;
}

static bool bundle_load_good(const struct bundle_header *bundle,
                             const struct bundle_partition *partition,
                             const struct bundle_load *load)
{
	const struct bundle_region *region = bundle_regions(bundle) + partition->regions.first;
	const struct bundle_span span = {load->pa, load->space};
	if (load->part >= bundle->parts.count || load->reserved != 0 || load->pa % 8 != 0)
		return false;
	const struct bundle_part *part = &bundle_parts(bundle)[load->part];
	if (load->space < part->size || !bundle_seed_good(part, load->kaslr_seed, 8) ||
	    !bundle_seed_good(part, load->rng_seed, BUNDLE_RNG_SEED_SIZE))
		return false;
	for (uint32_t i = 0; i < partition->regions.count; i++, region++)
		if (region->kind == BUNDLE_RAM &&
		    bundle_span_inside(span, (struct bundle_span){region->pa, region->size}))
			return true;
	return false;
}

static struct bundle_verdict bundle_check_loads(const struct bundle_header *bundle, uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const struct bundle_load *loads = bundle_loads(bundle);
	const uint32_t first = partition->loads.first;
	for (uint32_t i = first; i < first + partition->loads.count; i++) {
		struct bundle_span span = {loads[i].pa, loads[i].space};
		if (!bundle_load_good(bundle, partition, &loads[i]))
			return bundle_bad(BUNDLE_BAD_LOAD, i);
		for (uint32_t j = first; j < i; j++)
			if (bundle_span_overlaps(span,
			                         (struct bundle_span){loads[j].pa, loads[j].space}))
				return bundle_bad(BUNDLE_BAD_LOAD, i);
	}
	return bundle_good();
}

struct bundle_verdict bundle_check_partitions(const struct bundle_header *bundle)
{
	struct bundle_verdict verdict = bundle_good();
	for (uint32_t i = 0; i < bundle->partitions.count && verdict.fault == BUNDLE_OK; i++) {
		verdict = bundle_check_partition(bundle, i);
		if (verdict.fault == BUNDLE_OK)
			verdict = bundle_check_addresses(bundle, i);
		if (verdict.fault == BUNDLE_OK)
			verdict = bundle_check_loads(bundle, i);
	}
	return verdict;
}
