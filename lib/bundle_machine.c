/*
 * Verifying a bundle, second part: the machine, and resources that no two partitions may share.
 * lib/bundle.c calls this file, under its rules: no state, no pointers in constant data, a bounded
 * number of steps, and an order that matters.
 */
#include "bundle_check.h"

#define BUNDLE_RAM_ALIGN 0x200000u
#define BUNDLE_AFFINITY  0xff00ffffffULL

/* The text is printable and not empty, and ends with a NUL; only zeros follow. So it is safe to
 * print, and has only one spelling. */
bool bundle_text_good(const char *text, size_t size)
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

bool bundle_spi_good(uint32_t intid)
{
	return intid >= BUNDLE_SPI_FIRST && intid <= BUNDLE_SPI_LAST;
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

/* Where the frame's own devices are. A span has size 0 if the board doesn't have its device. */
#define BUNDLE_FRAME_SPANS 12
static void bundle_frame_spans(const struct bundle_header *bundle,
                               struct bundle_span spans[BUNDLE_FRAME_SPANS])
{
	const struct bundle_board *board = &bundle->board;
	spans[0] = (struct bundle_span){bundle->image_base, bundle->image_size};
	spans[1] = (struct bundle_span){bundle->memory_base, bundle->memory_size};
	spans[2] = (struct bundle_span){board->gicd_base, bundle_gicd_size(board)};
	spans[3] = (struct bundle_span){board->gicr_base, board->gicr_size};
	spans[4] = (struct bundle_span){board->uart_base, board->uart_base == 0 ? 0 : BUNDLE_PAGE};
	spans[5] = (struct bundle_span){board->rtc_base, board->rtc_base == 0 ? 0 : BUNDLE_PAGE};
	spans[6] =
	    (struct bundle_span){board->pci_ecam, board->pci_ecam == 0 ? 0 : BUNDLE_ECAM_SIZE};
	spans[7] =
	    (struct bundle_span){board->smmu_base, board->smmu_base == 0 ? 0 : BUNDLE_SMMU_SIZE};
	spans[8] = (struct bundle_span){board->gich_base, bundle_is_gicv2(board) ? BUNDLE_PAGE : 0};
	spans[9] = (struct bundle_span){board->gicv_base, bundle_is_gicv2(board) ? BUNDLE_PAGE : 0};
	spans[10] =
	    (struct bundle_span){board->its_base, board->its_base == 0 ? 0 : BUNDLE_ITS_SIZE};
	spans[11] =
	    (struct bundle_span){board->watchdog_base, board->watchdog_base == 0 ? 0 : BUNDLE_PAGE};
}

/* A GICv2's further parts are pages; a GICv3 has none. */
static bool bundle_gic_good(const struct bundle_header *bundle)
{
	const struct bundle_board *board = &bundle->board;
	const uint64_t align = bundle_gic_align(board);
	const struct bundle_span more[2] = {{board->gich_base, BUNDLE_PAGE},
	                                    {board->gicv_base, BUNDLE_PAGE}};
	if (!bundle_span_valid((struct bundle_span){board->gicd_base, bundle_gicd_size(board)},
	                       align) ||
	    !bundle_span_valid((struct bundle_span){board->gicr_base, board->gicr_size}, align) ||
	    board->gicr_size < bundle_gic_own_size(board, bundle->cores.count))
		return false;
	if (!bundle_is_gicv2(board))
		return board->gicv_base == 0 &&
		       (board->its_base == 0 ||
		        bundle_span_valid((struct bundle_span){board->its_base, BUNDLE_ITS_SIZE},
		                          BUNDLE_ITS_WRITTEN));
	return board->its_base == 0 && bundle_span_valid(more[0], BUNDLE_PAGE) &&
	       bundle_span_valid(more[1], BUNDLE_PAGE);
}

/* A word lies at a multiple of its size. The last register is register 31. */
static bool bundle_uart_good(const struct bundle_board *board)
{
	const uint32_t shift = board->uart_registers & BUNDLE_UART_SHIFT;

	return board->uart_registers <= BUNDLE_UART_ALL && shift <= BUNDLE_UART_SHIFT_MAX &&
	       (shift >= 2 || (board->uart_registers & BUNDLE_UART_WORDS) == 0) &&
	       (board->uart_base == 0 || bundle_spi_good(board->uart_intid));
}

static bool bundle_board_good(const struct bundle_header *bundle)
{
	const struct bundle_board *board = &bundle->board;
	return bundle_text_good(board->name, sizeof(board->name)) &&
	       bundle_span_valid((struct bundle_span){board->ram_base, board->ram_size},
	                         BUNDLE_PAGE) &&
	       board->ram_base % BUNDLE_RAM_ALIGN == 0 && bundle_gic_good(bundle) &&
	       bundle_ppis_good(board) &&
	       (board->watchdog_base == 0 ||
	        bundle_span_valid((struct bundle_span){board->watchdog_base, BUNDLE_PAGE},
	                          BUNDLE_PAGE)) &&
	       bundle_uart_good(board);
}

/* The window lies below 4 GiB, where every BAR can lie. It lies apart from the frame's devices and
 * from memory. */
static bool bundle_pci_good(const struct bundle_header *bundle)
{
	const struct bundle_board *board = &bundle->board;
	const struct bundle_span window = {board->pci_window, board->pci_window_size};
	struct bundle_span spans[BUNDLE_FRAME_SPANS];
	if (board->pci_ecam % BUNDLE_ECAM_SIZE != 0)
		return false;
	if (window.size == 0)
		return window.base == 0 && board->pci_ecam == 0;
	if (!bundle_span_valid(window, BUNDLE_PAGE) || window.base + window.size > 1ULL << 32 ||
	    bundle_span_overlaps(window, (struct bundle_span){board->ram_base, board->ram_size}))
		return false;
	bundle_frame_spans(bundle, spans);
	for (uint32_t i = 0; i < BUNDLE_FRAME_SPANS; i++)
		if (bundle_span_overlaps(window, spans[i]))
			return false;
	return true;
}

static bool bundle_smmu_good(const struct bundle_board *board)
{
	const uint32_t event = board->smmu_event_intid, error = board->smmu_error_intid;
	if (board->smmu_base == 0)
		return event == 0 && error == 0;
	return board->smmu_base % BUNDLE_SMMU_ALIGN == 0 &&
	       (event == 0 || bundle_spi_good(event)) && (error == 0 || bundle_spi_good(error)) &&
	       (event == 0 || event != error);
}

static bool bundle_virtio_good(const struct bundle_board *board)
{
	const uint64_t size = (uint64_t)board->virtio_slots * BUNDLE_VIRTIO_SIZE;
	if (size == 0)
		return board->virtio_base == 0 && board->virtio_version == 0;
	return bundle_span_valid((struct bundle_span){board->virtio_base, size},
	                         BUNDLE_VIRTIO_SIZE) &&
	       (board->virtio_version == 1 || board->virtio_version == 2);
}

/* The frame's memory lies in RAM: first the image, then enough working memory. */
static bool bundle_memory_good(const struct bundle_header *bundle)
{
	const struct bundle_span ram = {bundle->board.ram_base, bundle->board.ram_size};
	const struct bundle_span image = {bundle->image_base, bundle->image_size};
	const struct bundle_span memory = {bundle->memory_base, bundle->memory_size};
	return bundle_span_valid(image, BUNDLE_PAGE) && bundle_span_valid(memory, BUNDLE_PAGE) &&
	       bundle_span_inside(image, ram) && bundle_span_inside(memory, ram) &&
	       image.base % BUNDLE_RAM_ALIGN == 0 && image.size > bundle->bundle_size &&
	       memory.base >= image.base + image.size &&
	       memory.size >=
	           bundle_frame_memory(bundle->cores.count, bundle->partitions.count) +
	               bundle_channel_memory(bundle->channels.count, bundle->ends.count) +
	               bundle_mend_memory(bundle) + bundle_update_memory(bundle) +
	               bundle_message_memory(bundle) &&
	       /* Updates come by the link, which needs the UART. */
	       (bundle->board.uart_base != 0 || !bundle_takes_updates(bundle));
}

static bool bundle_change_good(const struct bundle_power *power, uint32_t index)
{
	const struct bundle_power_change *change = &power->change[index];
	if (index >= power->changes)
		return change->minute == 0 && change->policy == 0 && change->reserved == 0;
	return change->minute < 24 * 60 && change->policy < POWER_POLICIES &&
	       change->reserved == 0 &&
	       (index == 0 || change->minute > power->change[index - 1].minute);
}

/* Policies other than the first need the warden, which turns cores off and on. Without a UART the
 * frame has no services, so it has no warden. */
static bool bundle_power_good(const struct bundle_header *bundle)
{
	const struct bundle_power *power = &bundle->power;
	if (power->policy >= POWER_POLICIES || power->changes > BUNDLE_POWER_CHANGES)
		return false;
	for (uint32_t i = 0; i < sizeof(power->reserved); i++)
		if (power->reserved[i] != 0)
			return false;
	for (uint32_t i = 0; i < BUNDLE_POWER_CHANGES; i++)
		if (!bundle_change_good(power, i))
			return false;
	return bundle->board.uart_base != 0 ||
	       (power->policy == POWER_PERFORMANCE && power->changes == 0);
}

static struct bundle_verdict bundle_check_board(const struct bundle_header *bundle)
{
	struct bundle_span spans[BUNDLE_FRAME_SPANS];
	if (!bundle_text_good(bundle->system, sizeof(bundle->system)) ||
	    (bundle->flags & ~(uint32_t)(BUNDLE_STAY_ON | BUNDLE_RESETS | BUNDLE_LOWERS)) != 0 ||
	    bundle->console_core >= bundle->cores.count || !bundle_board_good(bundle) ||
	    !bundle_smmu_good(&bundle->board) || !bundle_virtio_good(&bundle->board) ||
	    !bundle_power_good(bundle) || !bundle_memory_good(bundle))
		return bundle_bad(BUNDLE_BAD_BOARD, 0);
	bundle_frame_spans(bundle, spans);
	for (uint32_t i = 0; i < BUNDLE_FRAME_SPANS; i++) {
		if (spans[i].size != 0 && !bundle_span_valid(spans[i], BUNDLE_PAGE))
			return bundle_bad(BUNDLE_BAD_BOARD, 0);
		for (uint32_t j = 0; j < i; j++)
			if (bundle_span_overlaps(spans[i], spans[j]))
				return bundle_bad(BUNDLE_BAD_BOARD, 0);
	}
	return bundle_pci_good(bundle) ? bundle_good() : bundle_bad(BUNDLE_BAD_BOARD, 0);
}

static bool bundle_speed_good(const struct bundle_header *bundle, uint32_t index)
{
	const uint16_t speed = bundle->speed[index];
	if (index >= bundle->cores.count)
		return speed == 0;
	return speed != 0 && speed <= BUNDLE_SPEED_FASTEST;
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
	for (uint32_t i = 0; i < BUNDLE_CORES_MAX; i++)
		if (!bundle_speed_good(bundle, i))
			return bundle_bad(BUNDLE_BAD_CORE, i);
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

static bool bundle_region_good(const struct bundle_header *bundle,
                               const struct bundle_region *region)
{
	const struct bundle_span ram = {bundle->board.ram_base, bundle->board.ram_size};
	const struct bundle_span pa = {region->pa, region->size};
	const bool memory = region->kind == BUNDLE_RAM || region->kind == BUNDLE_KEPT ||
	                    region->kind == BUNDLE_WATCHED ||
	                    bundle_window_of(bundle, region) != NULL;
	struct bundle_span spans[BUNDLE_FRAME_SPANS];
	if (!bundle_span_valid(pa, BUNDLE_PAGE) ||
	    !bundle_span_valid((struct bundle_span){region->ipa, region->size}, BUNDLE_PAGE) ||
	    !bundle_text_good(region->label, sizeof(region->label)))
		return false;
	if (memory ? !bundle_span_inside(pa, ram) || region->silence != BUNDLE_SILENCE_UNKNOWN
	           : region->kind != BUNDLE_DEVICE || bundle_span_overlaps(pa, ram) ||
	                 region->silence > BUNDLE_SILENCE_VERSAL_RPU)
		return false;
	bundle_frame_spans(bundle, spans);
	for (uint32_t i = 0; i < BUNDLE_FRAME_SPANS; i++)
		if (bundle_span_overlaps(pa, spans[i]))
			return false;
	return true;
}

/* Several partitions may see a window; what is watched is its owner's, too, as
 * bundle_watch_good() has it. */
static bool bundle_regions_share(const struct bundle_region *a, const struct bundle_region *b)
{
	return (bundle_is_window(a) && bundle_is_window(b)) || a->kind == BUNDLE_WATCHED ||
	       b->kind == BUNDLE_WATCHED;
}

static struct bundle_verdict bundle_check_regions(const struct bundle_header *bundle)
{
	const struct bundle_region *regions = bundle_regions(bundle);
	for (uint32_t i = 0; i < bundle->regions.count; i++) {
		struct bundle_span pa = {regions[i].pa, regions[i].size};
		if (!bundle_region_good(bundle, &regions[i]))
			return bundle_bad(BUNDLE_BAD_REGION, i);
		for (uint32_t j = 0; j < i; j++)
			if (!bundle_regions_share(&regions[i], &regions[j]) &&
			    bundle_span_overlaps(
			        pa, (struct bundle_span){regions[j].pa, regions[j].size}))
				return bundle_bad(BUNDLE_OVERLAP, i);
	}
	return bundle_good();
}

/* Windows lie apart from each other. The check of the regions keeps them apart from everything
 * else. */
static struct bundle_verdict bundle_check_windows(const struct bundle_header *bundle)
{
	const struct bundle_span ram = {bundle->board.ram_base, bundle->board.ram_size};
	const struct bundle_window *windows = bundle_windows(bundle);
	for (uint32_t i = 0; i < bundle->windows.count; i++) {
		struct bundle_span span = {windows[i].pa, windows[i].size};
		if (!bundle_text_good(windows[i].name, sizeof(windows[i].name)) ||
		    (windows[i].flags & ~(uint32_t)BUNDLE_WINDOW_UNCACHED) != 0 ||
		    windows[i].reserved != 0 || !bundle_span_valid(span, BUNDLE_PAGE) ||
		    !bundle_span_inside(span, ram))
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
	const struct bundle_board *board = &bundle->board;
	uint32_t seen[(BUNDLE_SPI_LAST + 32) / 32] = {0};
	if (board->uart_base != 0)
		seen[board->uart_intid / 32] |= 1u << board->uart_intid % 32;
	/* 0 means no interrupt; no partition can have this number. */
	seen[board->smmu_event_intid / 32] |= 1u << board->smmu_event_intid % 32;
	seen[board->smmu_error_intid / 32] |= 1u << board->smmu_error_intid % 32;
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

/* The partitions' entries of a table stand in the partitions' order, without gaps. So each entry
 * has exactly one owner. */
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
	uint32_t vcpu = 0, region = 0, interrupt = 0, load = 0, function = 0;
	for (uint32_t i = 0; i < bundle->partitions.count; i++) {
		const struct bundle_partition *each = &partitions[i];
		if (!bundle_range_follows(&each->vcpus, &vcpu, bundle->vcpus.count) ||
		    !bundle_range_follows(&each->regions, &region, bundle->regions.count) ||
		    !bundle_range_follows(&each->interrupts, &interrupt,
		                          bundle->interrupts.count) ||
		    !bundle_range_follows(&each->loads, &load, bundle->loads.count) ||
		    !bundle_range_follows(&each->functions, &function, bundle->functions.count) ||
		    each->vcpus.count == 0 || each->vcpus.count > BUNDLE_PARTITION_VCPUS_MAX ||
		    each->loads.count > BUNDLE_PARTITION_LOADS_MAX ||
		    each->regions.count > BUNDLE_PARTITION_REGIONS_MAX ||
		    each->functions.count > BUNDLE_PARTITION_FUNCTIONS_MAX)
			return bundle_bad(BUNDLE_BAD_PARTITION, i);
	}
	if (vcpu != bundle->vcpus.count || region != bundle->regions.count ||
	    interrupt != bundle->interrupts.count || load != bundle->loads.count ||
	    function != bundle->functions.count)
		return bundle_bad(BUNDLE_BAD_PARTITION, bundle->partitions.count);
	return bundle_good();
}

/* Checks budgets and deadlines. */
static bool bundle_times_good(const struct bundle_vcpu *vcpu)
{
	const bool budget = vcpu->budget_us != 0;
	const bool deadline = vcpu->deadline_us != 0;
	if (budget != (vcpu->budget_period_us != 0) ||
	    (budget && vcpu->budget_period_us < BUNDLE_PERIOD_LEAST) ||
	    vcpu->budget_us > vcpu->budget_period_us ||
	    (!budget && (vcpu->flags & BUNDLE_VCPU_GUARANTEE) != 0))
		return false;
	return (vcpu->period_us == 0 || vcpu->period_us >= BUNDLE_PERIOD_LEAST) &&
	       vcpu->deadline_us <= vcpu->period_us &&
	       vcpu->on_miss <= (deadline ? BUNDLE_MISS_RESTART : BUNDLE_MISS_LOG);
}

static bool bundle_vcpu_good(const struct bundle_header *bundle, const struct bundle_vcpu *vcpu)
{
	bool good = vcpu->core < bundle->cores.count && vcpu->cores >> bundle->cores.count == 0 &&
	            (vcpu->cores >> vcpu->core & 1) != 0 &&
	            (vcpu->affinity & ~BUNDLE_AFFINITY) == 0 &&
	            vcpu->priority_low <= vcpu->priority && vcpu->priority <= vcpu->priority_high &&
	            vcpu->flags <= (BUNDLE_VCPU_GUARANTEE | BUNDLE_VCPU_REALTIME) &&
	            bundle_times_good(vcpu);
	for (uint32_t i = 0; i < sizeof(vcpu->reserved); i++)
		good = good && vcpu->reserved[i] == 0;
	return good;
}

static struct bundle_verdict bundle_check_vcpus(const struct bundle_header *bundle)
{
	const struct bundle_partition *partitions = bundle_partitions(bundle);
	const struct bundle_vcpu *vcpus = bundle_vcpus(bundle);
	for (uint32_t p = 0; p < bundle->partitions.count; p++) {
		const uint32_t first = partitions[p].vcpus.first;
		for (uint32_t i = first; i < first + partitions[p].vcpus.count; i++) {
			if (!bundle_vcpu_good(bundle, &vcpus[i]))
				return bundle_bad(BUNDLE_BAD_VCPU, i);
			for (uint32_t j = first; j < i; j++)
				if (vcpus[j].affinity == vcpus[i].affinity)
					return bundle_bad(BUNDLE_BAD_VCPU, i);
		}
	}
	return bundle_good();
}

/* A partition that may hold a core that moves has one vCPU on it, and hears of the core's holder.
 * This vCPU runs nowhere else, and isn't the partition's first. Other partitions have no vCPU on
 * such a core. */
static bool bundle_holder_good(const struct bundle_header *bundle, uint32_t core, uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];
	const struct bundle_vcpu *vcpus = bundle_vcpus(bundle) + partition->vcpus.first;
	const bool holds = (bundle_cores(bundle)[core].holders >> index & 1) != 0;
	uint32_t here = 0;
	for (uint32_t i = 0; i < partition->vcpus.count; i++) {
		if ((vcpus[i].cores >> core & 1) == 0)
			continue;
		if (i == 0 || vcpus[i].cores != 1u << core)
			return false;
		here++;
	}
	return here == holds && (!holds || partition->manager_intid != 0);
}

static bool bundle_holders_good(const struct bundle_header *bundle, uint32_t index)
{
	const struct bundle_core *core = &bundle_cores(bundle)[index];
	if (core->holders == 0)
		return core->holder == 0;
	if ((uint32_t)core->holders >> bundle->partitions.count != 0)
		return false;
	if (core->holder != HOLD_NOBODY &&
	    (core->holder >= bundle->partitions.count || (core->holders >> core->holder & 1) == 0 ||
	     (core->holders & (core->holders - 1)) == 0))
		return false;
	for (uint32_t p = 0; p < bundle->partitions.count; p++)
		if (!bundle_holder_good(bundle, index, p))
			return false;
	return true;
}

static bool bundle_shift_change_good(const struct bundle_header *bundle, uint32_t index)
{
	const struct bundle_shift_change *change = &bundle->shift.change[index];
	if (index >= bundle->shift.changes)
		return change->minute == 0 && change->core == 0 && change->to == 0;
	return change->minute < 24 * 60 && change->core < bundle->cores.count &&
	       bundle_may_hold(&bundle_cores(bundle)[change->core], change->to) &&
	       (index == 0 || change->minute >= bundle->shift.change[index - 1].minute);
}

/* The warden moves cores. Without a UART the frame has no services, so it has no warden. */
static bool bundle_shift_good(const struct bundle_header *bundle)
{
	const struct bundle_shift *shift = &bundle->shift;
	if (shift->by_load > 1 || shift->changes > BUNDLE_SHIFT_CHANGES)
		return false;
	for (uint32_t i = 0; i < sizeof(shift->reserved); i++)
		if (shift->reserved[i] != 0)
			return false;
	for (uint32_t i = 0; i < BUNDLE_SHIFT_CHANGES; i++)
		if (!bundle_shift_change_good(bundle, i))
			return false;
	return bundle->board.uart_base != 0 || (shift->by_load == 0 && shift->changes == 0);
}

static struct bundle_verdict bundle_check_holders(const struct bundle_header *bundle)
{
	for (uint32_t i = 0; i < bundle->cores.count; i++)
		if (!bundle_holders_good(bundle, i))
			return bundle_bad(BUNDLE_BAD_CORE, i);
	if (!bundle_shift_good(bundle))
		return bundle_bad(BUNDLE_BAD_BOARD, 0);
	return bundle_good();
}

static struct bundle_verdict bundle_check_doorbells(const struct bundle_header *bundle)
{
	const struct bundle_doorbell *bells = bundle_doorbells(bundle);
	for (uint32_t i = 0; i < bundle->doorbells.count; i++)
		if (bells[i].from >= bundle->partitions.count ||
		    bells[i].to >= bundle->partitions.count || bells[i].from == bells[i].to ||
		    bells[i].bit >= BUNDLE_PANEL_BITS)
			return bundle_bad(BUNDLE_BAD_DOORBELL, i);
	return bundle_good();
}

struct bundle_verdict bundle_check_machine(const struct bundle_header *bundle)
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
		verdict = bundle_check_holders(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_windows(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_regions(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_interrupts(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_doorbells(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_functions(bundle);
	if (verdict.fault == BUNDLE_OK)
		verdict = bundle_check_channels(bundle);
	return verdict;
}
