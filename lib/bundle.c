/*
 * Verifying a bundle: everything that must hold before a word of it is believed. The host command
 * runs it on what it has packed, the frame at each start, with caches and MMU perhaps still off; so
 * it keeps no state, holds no pointers in constant data (it may run at another address than its
 * link address), and goes through the tables a bounded number of times.
 *
 * Order matters: a function below may rely on what those called before it in bundle_verify() have
 * found true. Up to the CRC nothing is believed but `available`; the entries after it are checked
 * as if an attacker had written them, for a CRC proves no author.
 */
#include <lib/bundle.h>
#include <lib/crc32c.h>

#define BUNDLE_PAGE       4096u
#define BUNDLE_GIC_ALIGN  0x10000u
#define BUNDLE_GICD_SIZE  0x10000u
#define BUNDLE_GICR_SIZE  0x20000u /* of one core or vCPU */
#define BUNDLE_RAM_ALIGN  0x200000u
#define BUNDLE_AFFINITY   0xff00ffffffULL
#define BUNDLE_FDT_HEADER 40u /* no property's value can stand before the end of it */
#define BUNDLE_FDT_BEFORE 12u /* the words of a property before its value */

struct bundle_span {
	uint64_t base, size;
};

static struct bundle_verdict bundle_good(void)
{
	return (struct bundle_verdict){BUNDLE_OK, 0};
}

static struct bundle_verdict bundle_bad(enum bundle_fault fault, uint32_t index)
{
	return (struct bundle_verdict){fault, index};
}

/* Not empty, aligned, and below the limit without running over it. */
static bool bundle_span_valid(struct bundle_span span, uint64_t align)
{
	return span.size != 0 && span.base % align == 0 && span.size % align == 0 &&
	       span.base < BUNDLE_ADDRESS_LIMIT && span.size <= BUNDLE_ADDRESS_LIMIT - span.base;
}

/* The spans' ends must not overflow: bundle_span_valid(), or checked likewise. Size 0: nothing. */
static bool bundle_span_overlaps(struct bundle_span a, struct bundle_span b)
{
	return a.size != 0 && b.size != 0 && a.base < b.base + b.size && b.base < a.base + a.size;
}

static bool bundle_span_inside(struct bundle_span inner, struct bundle_span outer)
{
	return inner.base >= outer.base && inner.size <= outer.size &&
	       inner.base - outer.base <= outer.size - inner.size;
}

/* Printable, not empty, closed by a NUL, nothing behind it: safe to print, and the only way to
 * write that name. */
static bool bundle_text_good(const char *text, size_t size)
{
	size_t length = 0;
	while (length < size && text[length] != 0) {
		if (text[length] < 0x20 || text[length] > 0x7e)
			return false;
		length++;
	}
	for (size_t i = length; i < size; i++)
		if (text[i] != 0)
			return false;
	return length > 0 && length < size;
}

static bool bundle_text_equal(const char *a, const char *b, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static bool bundle_spi_good(uint32_t intid)
{
	return intid >= BUNDLE_SPI_FIRST && intid <= BUNDLE_SPI_LAST;
}

/* ---- header and tables as such ---- */

static enum bundle_fault bundle_check_header(const struct bundle_header *bundle, size_t available)
{
	if (((uintptr_t)bundle & 7) != 0 || available < sizeof(*bundle))
		return BUNDLE_BAD_SIZE;
	if (bundle->magic != BUNDLE_MAGIC)
		return BUNDLE_BAD_MAGIC;
	if (bundle->revision != BUNDLE_REVISION)
		return BUNDLE_BAD_REVISION;
	if (bundle->header_size != sizeof(*bundle) || bundle->tables_size < sizeof(*bundle) ||
	    bundle->tables_size % 8 != 0 || bundle->tables_size > bundle->bundle_size ||
	    bundle->bundle_size % BUNDLE_ALIGN != 0 || bundle->bundle_size > available)
		return BUNDLE_BAD_SIZE;
	return BUNDLE_OK;
}

static enum bundle_fault bundle_check_crc(const struct bundle_header *bundle)
{
	const size_t field = offsetof(struct bundle_header, tables_crc);
	const size_t behind = field + sizeof(bundle->tables_crc);
	const uint8_t *bytes = (const uint8_t *)bundle;
	const uint32_t zero = 0;
	uint32_t crc = crc32c(0, bytes, field);
	crc = crc32c(crc, &zero, sizeof(zero));
	crc = crc32c(crc, bytes + behind, bundle->tables_size - behind);
	return crc == bundle->tables_crc ? BUNDLE_OK : BUNDLE_BAD_CRC;
}

/* The tables in the header, in its order. */
static const struct {
	uint16_t field, entry_size, least, most;
} bundle_shapes[] = {
    {offsetof(struct bundle_header, cores), sizeof(struct bundle_core), 1, BUNDLE_CORES_MAX},
    {offsetof(struct bundle_header, partitions), sizeof(struct bundle_partition), 1,
     BUNDLE_PARTITIONS_MAX},
    {offsetof(struct bundle_header, vcpus), sizeof(struct bundle_vcpu), 1, BUNDLE_VCPUS_MAX},
    {offsetof(struct bundle_header, regions), sizeof(struct bundle_region), 1, BUNDLE_REGIONS_MAX},
    {offsetof(struct bundle_header, interrupts), sizeof(struct bundle_interrupt), 0,
     BUNDLE_INTERRUPTS_MAX},
    {offsetof(struct bundle_header, loads), sizeof(struct bundle_load), 0, BUNDLE_LOADS_MAX},
    {offsetof(struct bundle_header, parts), sizeof(struct bundle_part), 0, BUNDLE_PARTS_MAX},
    {offsetof(struct bundle_header, windows), sizeof(struct bundle_window), 0, BUNDLE_WINDOWS_MAX},
    {offsetof(struct bundle_header, doorbells), sizeof(struct bundle_doorbell), 0,
     BUNDLE_DOORBELLS_MAX},
};
#define BUNDLE_TABLES (sizeof(bundle_shapes) / sizeof(bundle_shapes[0]))

static struct bundle_span bundle_table_span(const struct bundle_header *bundle, size_t table)
{
	const struct bundle_table *entry =
	    (const void *)((const uint8_t *)bundle + bundle_shapes[table].field);
	uint64_t size = (uint64_t)entry->count * bundle_shapes[table].entry_size;
	return (struct bundle_span){entry->offset, size};
}

/* Two tables in the same bytes would be one that says two things: refused. The index is the table's
 * place in the header. */
static struct bundle_verdict bundle_check_tables(const struct bundle_header *bundle)
{
	const struct bundle_span room = {sizeof(*bundle), bundle->tables_size - sizeof(*bundle)};
	for (size_t i = 0; i < BUNDLE_TABLES; i++) {
		struct bundle_span span = bundle_table_span(bundle, i);
		uint64_t count = span.size / bundle_shapes[i].entry_size;
		if (count < bundle_shapes[i].least || count > bundle_shapes[i].most ||
		    span.base % 8 != 0 || !bundle_span_inside(span, room))
			return bundle_bad(BUNDLE_BAD_TABLE, (uint32_t)i);
		for (size_t j = 0; j < i; j++)
			if (bundle_span_overlaps(span, bundle_table_span(bundle, j)))
				return bundle_bad(BUNDLE_BAD_TABLE, (uint32_t)i);
	}
	return bundle_good();
}

/* ---- the machine ---- */

static bool bundle_ppis_good(const struct bundle_board *board)
{
	const uint32_t ppis[] = {board->gic_maintenance_intid, board->hyp_timer_intid,
	                         board->virtual_timer_intid, board->physical_timer_intid,
	                         board->pmu_intid};
	uint32_t seen = 0;
	for (size_t i = 0; i < sizeof(ppis) / sizeof(ppis[0]); i++) {
		if (ppis[i] == 0 && i == 4) /* a machine without a PMU */
			continue;
		if (ppis[i] < 16 || ppis[i] > 31 || (seen & 1u << ppis[i]) != 0)
			return false;
		seen |= 1u << ppis[i];
	}
	return true;
}

/* Where the frame's own devices are; size 0 where the board gives it none. */
#define BUNDLE_FRAME_SPANS 6
static void bundle_frame_spans(const struct bundle_header *bundle,
                               struct bundle_span spans[BUNDLE_FRAME_SPANS])
{
	const struct bundle_board *board = &bundle->board;
	spans[0] = (struct bundle_span){bundle->image_base, bundle->image_size};
	spans[1] = (struct bundle_span){bundle->memory_base, bundle->memory_size};
	spans[2] = (struct bundle_span){board->gicd_base, BUNDLE_GICD_SIZE};
	spans[3] = (struct bundle_span){board->gicr_base, board->gicr_size};
	spans[4] = (struct bundle_span){board->uart_base, board->uart_base == 0 ? 0 : BUNDLE_PAGE};
	spans[5] = (struct bundle_span){board->rtc_base, board->rtc_base == 0 ? 0 : BUNDLE_PAGE};
}

static bool bundle_board_good(const struct bundle_header *bundle)
{
	const struct bundle_board *board = &bundle->board;
	const uint64_t gicr_least = (uint64_t)bundle->cores.count * BUNDLE_GICR_SIZE;
	return bundle_text_good(board->name, sizeof(board->name)) &&
	       bundle_span_valid((struct bundle_span){board->ram_base, board->ram_size},
	                         BUNDLE_PAGE) &&
	       board->ram_base % BUNDLE_RAM_ALIGN == 0 &&
	       bundle_span_valid((struct bundle_span){board->gicd_base, BUNDLE_GICD_SIZE},
	                         BUNDLE_GIC_ALIGN) &&
	       bundle_span_valid((struct bundle_span){board->gicr_base, board->gicr_size},
	                         BUNDLE_GIC_ALIGN) &&
	       board->gicr_size >= gicr_least && bundle_ppis_good(board) &&
	       (board->uart_base == 0 || bundle_spi_good(board->uart_intid));
}

/* The frame's memory lies in RAM: image first, working memory behind it, enough of it. */
static bool bundle_memory_good(const struct bundle_header *bundle)
{
	const struct bundle_span ram = {bundle->board.ram_base, bundle->board.ram_size};
	const struct bundle_span image = {bundle->image_base, bundle->image_size};
	const struct bundle_span memory = {bundle->memory_base, bundle->memory_size};
	return bundle_span_valid(image, BUNDLE_PAGE) && bundle_span_valid(memory, BUNDLE_PAGE) &&
	       bundle_span_inside(image, ram) && bundle_span_inside(memory, ram) &&
	       image.base % BUNDLE_RAM_ALIGN == 0 && image.size > bundle->bundle_size &&
	       memory.base >= image.base + image.size &&
	       memory.size >= bundle_frame_memory(bundle->cores.count, bundle->partitions.count);
}

static struct bundle_verdict bundle_check_board(const struct bundle_header *bundle)
{
	struct bundle_span spans[BUNDLE_FRAME_SPANS];
	if (!bundle_text_good(bundle->system, sizeof(bundle->system)) ||
	    (bundle->flags & ~(uint32_t)BUNDLE_STAY_ON) != 0 ||
	    bundle->console_core >= bundle->cores.count || !bundle_board_good(bundle) ||
	    !bundle_memory_good(bundle))
		return bundle_bad(BUNDLE_BAD_BOARD, 0);
	bundle_frame_spans(bundle, spans);
	for (uint32_t i = 0; i < BUNDLE_FRAME_SPANS; i++) {
		if (spans[i].size != 0 && !bundle_span_valid(spans[i], BUNDLE_PAGE))
			return bundle_bad(BUNDLE_BAD_BOARD, 0);
		for (uint32_t j = 0; j < i; j++)
			if (bundle_span_overlaps(spans[i], spans[j]))
				return bundle_bad(BUNDLE_BAD_BOARD, 0);
	}
	return bundle_good();
}

static struct bundle_verdict bundle_check_cores(const struct bundle_header *bundle)
{
	const struct bundle_core *cores = bundle_cores(bundle);
	for (uint32_t i = 0; i < bundle->cores.count; i++) {
		if ((cores[i].affinity & ~BUNDLE_AFFINITY) != 0)
			return bundle_bad(BUNDLE_BAD_CORE, i);
		for (uint32_t j = 0; j < i; j++)
			if (cores[j].affinity == cores[i].affinity)
				return bundle_bad(BUNDLE_BAD_CORE, i);
	}
	return bundle_good();
}

static struct bundle_verdict bundle_check_parts(const struct bundle_header *bundle)
{
	const struct bundle_part *parts = bundle_parts(bundle);
	const struct bundle_span room = {bundle->tables_size,
	                                 bundle->bundle_size - bundle->tables_size};
	for (uint32_t i = 0; i < bundle->parts.count; i++) {
		struct bundle_span span = {parts[i].offset, parts[i].size};
		if (span.size == 0 || span.base % BUNDLE_ALIGN != 0 ||
		    !bundle_span_inside(span, room) || parts[i].kind < BUNDLE_IMAGE ||
		    parts[i].kind > BUNDLE_DTB ||
		    !bundle_text_good(parts[i].name, sizeof(parts[i].name)))
			return bundle_bad(BUNDLE_BAD_PART, i);
		for (uint32_t j = 0; j < i; j++)
			if (bundle_span_overlaps(
			        span, (struct bundle_span){parts[j].offset, parts[j].size}))
				return bundle_bad(BUNDLE_BAD_PART, i);
	}
	return bundle_good();
}

/* ---- what no two partitions share ---- */

static bool bundle_is_window(const struct bundle_region *region)
{
	return region->kind == BUNDLE_WINDOW || region->kind == BUNDLE_WINDOW_READ;
}

/* All of one of the windows. */
static bool bundle_window_good(const struct bundle_header *bundle,
                               const struct bundle_region *region)
{
	const struct bundle_window *windows = bundle_windows(bundle);
	for (uint32_t i = 0; i < bundle->windows.count; i++)
		if (windows[i].pa == region->pa && windows[i].size == region->size)
			return true;
	return false;
}

static bool bundle_region_good(const struct bundle_header *bundle,
                               const struct bundle_region *region)
{
	const struct bundle_span ram = {bundle->board.ram_base, bundle->board.ram_size};
	const struct bundle_span pa = {region->pa, region->size};
	const bool memory = region->kind == BUNDLE_RAM || region->kind == BUNDLE_KEPT ||
	                    (bundle_is_window(region) && bundle_window_good(bundle, region));
	struct bundle_span spans[BUNDLE_FRAME_SPANS];
	if (!bundle_span_valid(pa, BUNDLE_PAGE) ||
	    !bundle_span_valid((struct bundle_span){region->ipa, region->size}, BUNDLE_PAGE) ||
	    !bundle_text_good(region->label, sizeof(region->label)))
		return false;
	if (memory ? !bundle_span_inside(pa, ram) || region->silence != BUNDLE_SILENCE_UNKNOWN
	           : region->kind != BUNDLE_DEVICE || bundle_span_overlaps(pa, ram) ||
	                 region->silence > BUNDLE_SILENCE_PL061)
		return false;
	bundle_frame_spans(bundle, spans);
	for (uint32_t i = 0; i < BUNDLE_FRAME_SPANS; i++)
		if (bundle_span_overlaps(pa, spans[i]))
			return false;
	return true;
}

static struct bundle_verdict bundle_check_regions(const struct bundle_header *bundle)
{
	const struct bundle_region *regions = bundle_regions(bundle);
	for (uint32_t i = 0; i < bundle->regions.count; i++) {
		struct bundle_span pa = {regions[i].pa, regions[i].size};
		if (!bundle_region_good(bundle, &regions[i]))
			return bundle_bad(BUNDLE_BAD_REGION, i);
		for (uint32_t j = 0; j < i; j++)
			if (!(bundle_is_window(&regions[i]) && bundle_is_window(&regions[j])) &&
			    bundle_span_overlaps(
			        pa, (struct bundle_span){regions[j].pa, regions[j].size}))
				return bundle_bad(BUNDLE_OVERLAP, i);
	}
	return bundle_good();
}

/* Apart from each other; from what isn't a window, the regions are. */
static struct bundle_verdict bundle_check_windows(const struct bundle_header *bundle)
{
	const struct bundle_span ram = {bundle->board.ram_base, bundle->board.ram_size};
	const struct bundle_window *windows = bundle_windows(bundle);
	for (uint32_t i = 0; i < bundle->windows.count; i++) {
		struct bundle_span span = {windows[i].pa, windows[i].size};
		if (!bundle_text_good(windows[i].name, sizeof(windows[i].name)) ||
		    !bundle_span_valid(span, BUNDLE_PAGE) || !bundle_span_inside(span, ram))
			return bundle_bad(BUNDLE_BAD_WINDOW, i);
		for (uint32_t j = 0; j < i; j++)
			if (bundle_span_overlaps(
			        span, (struct bundle_span){windows[j].pa, windows[j].size}))
				return bundle_bad(BUNDLE_BAD_WINDOW, i);
	}
	return bundle_good();
}

static struct bundle_verdict bundle_check_interrupts(const struct bundle_header *bundle)
{
	const struct bundle_interrupt *interrupts = bundle_interrupts(bundle);
	uint32_t seen[(BUNDLE_SPI_LAST + 32) / 32] = {0};
	if (bundle->board.uart_base != 0)
		seen[bundle->board.uart_intid / 32] |= 1u << bundle->board.uart_intid % 32;
	for (uint32_t i = 0; i < bundle->interrupts.count; i++) {
		uint32_t intid = interrupts[i].intid;
		if (!bundle_spi_good(intid) || (interrupts[i].flags & ~(uint32_t)BUNDLE_EDGE) != 0)
			return bundle_bad(BUNDLE_BAD_INTERRUPT, i);
		if ((seen[intid / 32] & 1u << intid % 32) != 0)
			return bundle_bad(BUNDLE_BAD_INTERRUPT, i);
		seen[intid / 32] |= 1u << intid % 32;
	}
	return bundle_good();
}

/* Partitions' entries stand in the partitions' order with nothing between them, so that each entry
 * of a table has exactly one owner. */
static bool bundle_range_follows(const struct bundle_range *range, uint32_t *next, uint32_t count)
{
	if (range->first != *next || range->count > count - *next)
		return false;
	*next += range->count;
	return true;
}

static struct bundle_verdict bundle_check_ranges(const struct bundle_header *bundle)
{
	const struct bundle_partition *partitions = bundle_partitions(bundle);
	uint32_t vcpu = 0, region = 0, interrupt = 0, load = 0;
	for (uint32_t i = 0; i < bundle->partitions.count; i++) {
		const struct bundle_partition *each = &partitions[i];
		if (!bundle_range_follows(&each->vcpus, &vcpu, bundle->vcpus.count) ||
		    !bundle_range_follows(&each->regions, &region, bundle->regions.count) ||
		    !bundle_range_follows(&each->interrupts, &interrupt,
		                          bundle->interrupts.count) ||
		    !bundle_range_follows(&each->loads, &load, bundle->loads.count) ||
		    each->vcpus.count == 0 || each->vcpus.count > BUNDLE_PARTITION_VCPUS_MAX ||
		    each->loads.count > BUNDLE_PARTITION_LOADS_MAX ||
		    each->regions.count > BUNDLE_PARTITION_REGIONS_MAX)
			return bundle_bad(BUNDLE_BAD_PARTITION, i);
	}
	if (vcpu != bundle->vcpus.count || region != bundle->regions.count ||
	    interrupt != bundle->interrupts.count || load != bundle->loads.count)
		return bundle_bad(BUNDLE_BAD_PARTITION, bundle->partitions.count);
	return bundle_good();
}

/* A core serves one partition. */
static struct bundle_verdict bundle_check_vcpus(const struct bundle_header *bundle)
{
	const struct bundle_partition *partitions = bundle_partitions(bundle);
	const struct bundle_vcpu *vcpus = bundle_vcpus(bundle);
	uint32_t owner[BUNDLE_CORES_MAX] = {0}; /* partition + 1 */
	for (uint32_t p = 0; p < bundle->partitions.count; p++) {
		const uint32_t first = partitions[p].vcpus.first;
		for (uint32_t i = first; i < first + partitions[p].vcpus.count; i++) {
			const struct bundle_vcpu *vcpu = &vcpus[i];
			if (vcpu->core >= bundle->cores.count || vcpu->reserved != 0 ||
			    (vcpu->affinity & ~BUNDLE_AFFINITY) != 0 ||
			    (owner[vcpu->core] != 0 && owner[vcpu->core] != p + 1))
				return bundle_bad(BUNDLE_BAD_VCPU, i);
			owner[vcpu->core] = p + 1;
			for (uint32_t j = first; j < i; j++)
				if (vcpus[j].affinity == vcpu->affinity)
					return bundle_bad(BUNDLE_BAD_VCPU, i);
		}
	}
	return bundle_good();
}

/* ---- one partition ---- */

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

/* One of the partition's RAM regions that holds all of the span (guest addresses). */
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

#define BUNDLE_EMULATED 5
static void bundle_emulated_spans(const struct bundle_partition *partition,
                                  struct bundle_span spans[BUNDLE_EMULATED])
{
	const bool uart = (partition->flags & BUNDLE_CONSOLE) != 0;
	const bool rtc = (partition->flags & BUNDLE_RTC) != 0;
	const bool watchdog = (partition->flags & BUNDLE_WATCHDOG) != 0;
	spans[0] = (struct bundle_span){partition->gicd_ipa, BUNDLE_GICD_SIZE};
	spans[1] = (struct bundle_span){partition->gicr_ipa,
	                                (uint64_t)partition->vcpus.count * BUNDLE_GICR_SIZE};
	spans[2] = (struct bundle_span){partition->uart_ipa, uart ? BUNDLE_PAGE : 0};
	spans[3] = (struct bundle_span){partition->rtc_ipa, rtc ? BUNDLE_PAGE : 0};
	spans[4] = (struct bundle_span){partition->watchdog_ipa, watchdog ? 2 * BUNDLE_PAGE : 0};
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

/* Takes a number that an emulated device, a doorbell or a manager's signal has: one that looks like
 * the board's to the guest, so it can't be a physical one, too, nor anybody else's. */
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

static bool bundle_wired_good(const struct bundle_header *bundle, uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const struct bundle_doorbell *bells = bundle_doorbells(bundle);
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
	if (partition->manager_intid != 0 &&
	    !bundle_take_wired(bundle, partition, partition->manager_intid, seen))
		return false;
	for (uint32_t i = 0; i < bundle->doorbells.count; i++)
		if (bells[i].to == index &&
		    !bundle_take_wired(bundle, partition, bells[i].intid, seen))
			return false;
	return true;
}

static struct bundle_verdict bundle_check_doorbells(const struct bundle_header *bundle)
{
	const struct bundle_doorbell *bells = bundle_doorbells(bundle);
	for (uint32_t i = 0; i < bundle->doorbells.count; i++)
		if (bells[i].from >= bundle->partitions.count ||
		    bells[i].to >= bundle->partitions.count || bells[i].from == bells[i].to ||
		    bells[i].reserved != 0)
			return bundle_bad(BUNDLE_BAD_DOORBELL, i);
	return bundle_good();
}

static bool bundle_emulated_good(const struct bundle_partition *partition)
{
	struct bundle_span spans[BUNDLE_EMULATED];
	bundle_emulated_spans(partition, spans);
	for (uint32_t i = 0; i < BUNDLE_EMULATED; i++) {
		const uint64_t align = i < 2 ? BUNDLE_GIC_ALIGN : BUNDLE_PAGE;
		if (spans[i].size == 0 ? spans[i].base != 0 : !bundle_span_valid(spans[i], align))
			return false;
		for (uint32_t j = 0; j < i; j++)
			if (bundle_span_overlaps(spans[i], spans[j]))
				return false;
	}
	return true;
}

/* Others are others, and exist. */
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

static struct bundle_verdict bundle_check_partition(const struct bundle_header *bundle,
                                                    uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const uint32_t known = BUNDLE_CONSOLE | BUNDLE_RTC | BUNDLE_OWN_PMU | BUNDLE_MANUAL |
	                       BUNDLE_NO_RESTART | BUNDLE_HIDE_TIME | BUNDLE_WATCHDOG;
	const struct bundle_span entry = {partition->entry_ipa, 4};
	const struct bundle_span dtb = {partition->dtb_ipa, BUNDLE_FDT_HEADER};
	bool good = bundle_name_good(partition->name) && (partition->flags & ~known) == 0 &&
	            partition->priority <= 255 && entry.base % 4 == 0 && dtb.base % 8 == 0 &&
	            bundle_in_ram(bundle, partition, entry) &&
	            (dtb.base == 0 || bundle_in_ram(bundle, partition, dtb)) &&
	            bundle_emulated_good(partition) && bundle_wired_good(bundle, index) &&
	            bundle_life_good(bundle, index);
	for (uint32_t i = 0; i < index && good; i++)
		good = !bundle_text_equal(partition->name, bundle_partitions(bundle)[i].name,
		                          BUNDLE_NAME_SIZE);
	return good ? bundle_good() : bundle_bad(BUNDLE_BAD_PARTITION, index);
}

/* Within one guest's address space: regions apart from each other and from what is emulated. */
static struct bundle_verdict bundle_check_addresses(const struct bundle_header *bundle,
                                                    uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const struct bundle_region *regions = bundle_regions(bundle);
	const uint32_t first = partition->regions.first;
	struct bundle_span spans[BUNDLE_EMULATED];
	bundle_emulated_spans(partition, spans);
	for (uint32_t i = first; i < first + partition->regions.count; i++) {
		struct bundle_span ipa = {regions[i].ipa, regions[i].size};
		for (uint32_t j = 0; j < BUNDLE_EMULATED; j++)
			if (bundle_span_overlaps(ipa, spans[j]))
				return bundle_bad(BUNDLE_OVERLAP, i);
		for (uint32_t j = first; j < i; j++)
			if (bundle_span_overlaps(
			        ipa, (struct bundle_span){regions[j].ipa, regions[j].size}))
				return bundle_bad(BUNDLE_OVERLAP, i);
	}
	return bundle_good();
}

/* A seed's value is overwritten in the laid-out tree, and perhaps the words before it: inside the
 * part they must be, whatever the tree says. */
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

/* ---- all of it ---- */

static struct bundle_verdict bundle_check_machine(const struct bundle_header *bundle)
{
	struct bundle_verdict verdict = bundle_check_board(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_cores(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_parts(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_ranges(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_vcpus(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_windows(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_regions(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_interrupts(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_doorbells(bundle);
	return verdict;
}

static struct bundle_verdict bundle_check_partitions(const struct bundle_header *bundle)
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

struct bundle_verdict bundle_verify(const void *bundle, size_t available)
{
	const struct bundle_header *header = bundle;
	enum bundle_fault fault = bundle_check_header(header, available);
	if (fault == BUNDLE_OK)
		fault = bundle_check_crc(header);
	if (fault != BUNDLE_OK)
		return bundle_bad(fault, 0);
	struct bundle_verdict verdict = bundle_check_tables(header);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_machine(header);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_partitions(header);
	return verdict;
}
