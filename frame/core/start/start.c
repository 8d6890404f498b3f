/*
 * The start, from the boot loader's jump until all cores run: verifies the bundle, gives each core,
 * partition and service its memory and tables, starts the other cores, and becomes one of them.
 * Runs once, on the boot core. The frame's own code and data are at their linked addresses; the
 * bundle and all memory that is taken here are used by their physical addresses.
 */
#include <frame/hardware.h>
#include <frame/image.h>
#include <frame/print.h>
#include <frame/smmu.h>
#include <frame/stop.h>
#include <frame/tables.h>
#include <frame/watchdog.h>
#include <kumiki/dma.h>
#include <lib/bundle.h>
#include <lib/crc32c.h>
#include <machine/crash.h>
#include <machine/firmware.h>
#include <machine/sysreg.h>
#include <start/seed.h>
#include <start/start.h>
#include <state/core.h>

/* From the linker: where the text, the services with the constants, and the start's own part begin;
 * where the image ends. */
extern const uint8_t frame_text[], frame_rodata[], frame_start[], frame_end[];
extern const uint8_t core_reenter[];

/* ---- working memory: pages are taken, and never given back ---- */

static struct {
	uint64_t next, end;
} memory CORE_LOCAL;

uint64_t start_take_as_it_is(uint64_t size)
{
	uint64_t taken = memory.next;

	size = (size + PAGE_SIZE - 1) & ~PAGE_MASK;
	if (size > memory.end - memory.next)
		stop_machine("the bundle gives the frame too little memory");
	memory.next += size;
	return taken;
}

uint64_t start_take(uint64_t size)
{
	uint64_t taken = start_take_as_it_is(size);

	hw_zero_pages((void *)(uintptr_t)taken, memory.next - taken);
	return taken;
}

void start_must(enum stage2_status status)
{
	if (status != STAGE2_OK)
		stop_machine("a stage 2 can't be built from the bundle");
}

/* ---- the bundle ---- */

_Static_assert(offsetof(struct bundle_header, image_base) == BUNDLE_IMAGE_BASE &&
                   offsetof(struct bundle_header, memory_base) == BUNDLE_MEMORY_BASE &&
                   offsetof(struct bundle_header, memory_size) == BUNDLE_MEMORY_SIZE &&
                   BUNDLE_REVISION == FRAME_BUNDLE_REVISION && (int)BUNDLE_BAD_MAGIC == BUNDLE_NONE,
               "head.S looks there");

/* Finds and verifies the bundle, which begins behind the frame's image and ends at the scratch
 * memory at the latest. If the headers of image and bundle don't agree, head.S has put the scratch
 * memory right behind the image. */
static const struct bundle_header *find_bundle(uint64_t load, uint64_t scratch)
{
	uint64_t at = load + (uint64_t)(frame_end - frame_text);
	const struct bundle_header *found = (const void *)(uintptr_t)at;
	static const char again[] = "nothing can be started; load the image again";
	struct bundle_verdict verdict;

	if (scratch == at) {
		print("kumiki: the bundle is damaged: its header isn't the image's\n");
		stop_machine(again);
	}
	verdict = bundle_verify(found, scratch - at);
	if (verdict.fault != BUNDLE_OK) {
		print("kumiki: the bundle is damaged: %s (entry %u)\n",
		      bundle_fault_text(verdict.fault), verdict.index);
		stop_machine(again);
	}
	if (found->image_base != load) {
		print("kumiki: loaded at 0x%lx, packed for 0x%lx\n", PRINT_X(load),
		      PRINT_X(found->image_base));
		stop_machine("load the image where it was packed for");
	}
	return found;
}

/* ---- what each core maps ---- */

/* True: a vCPU of this partition may run on this core. */
static bool core_runs(const struct bundle_header *from, uint32_t core_index, uint32_t partition)
{
	const struct bundle_range vcpus = bundle_partitions(from)[partition].vcpus;

	for (uint32_t i = vcpus.first; i < vcpus.first + vcpus.count; i++)
		if ((bundle_vcpus(from)[i].cores >> core_index & 1) != 0)
			return true;
	return false;
}

static uint32_t count_partitions(const struct bundle_header *from, uint32_t core_index)
{
	uint32_t count = 0;

	for (uint32_t p = 0; p < from->partitions.count; p++)
		count += core_runs(from, core_index, p);
	return count;
}

/* Maps the core's own tables, and what is kept of them. */
static void map_tables(struct tables *tables, uint64_t root, const struct start_core *own,
                       enum tables_kind kind)
{
	tables_map(tables, LAYOUT_TABLES, pa_at(root), own->table_pages * PAGE_SIZE, kind);
	tables_map(tables, LAYOUT_TABLES_KEPT, pa_at(own->kept), sizeof(struct tables_kept), kind);
}

static void map_image(struct tables *tables, const struct start_plan *plan)
{
	uint64_t text_size = (uint64_t)(frame_rodata - frame_text);

	tables_map(tables, LAYOUT_TEXT, pa_at(plan->load), text_size, TABLES_TEXT);
	tables_map(tables, LAYOUT_TEXT + text_size, pa_at(plan->load + text_size),
	           (uint64_t)(frame_start - frame_rodata), TABLES_CONSTANT);
}

/* Makes the tables that a core needs until it runs a guest. Returns their root. */
static uint64_t map_way_in(struct tables *tables, const struct start_plan *plan, uint32_t index)
{
	uint64_t way_in = start_image_pa(plan, frame_start);
	const bool renews = plan->spare != 0 && index == plan->bundle->console_core;
	struct tables in;

	tables_begin_way_in(&in, tables);
	map_image(&in, plan);
	tables_map(&in, (uint64_t)(uintptr_t)frame_start, pa_at(way_in),
	           (uint64_t)(frame_end - frame_start), TABLES_TEXT);
	/* Maps the first page of this part at its physical address, too: its code turns the MMU on
	 * there. */
	tables_map(&in, way_in, pa_at(way_in), PAGE_SIZE, TABLES_TEXT);
	tables_map(&in, LAYOUT_IMAGE, pa_at(plan->load), IMAGE_ROOM, TABLES_DATA);
	start_map_pristine(plan, &in, renews ? TABLES_DATA : TABLES_CONSTANT);
	start_map_update(plan, &in, index);
	map_tables(&in, (uint64_t)(uintptr_t)tables->root, &plan->cores[index], TABLES_DATA);
	tables_seal(&in);
	return (uint64_t)(uintptr_t)in.root;
}

static void map_devices(struct tables *tables, const struct start_plan *plan, uint64_t gicr)
{
	const struct bundle_board *board = &plan->bundle->board;

	tables_map(tables, LAYOUT_GICD, pa_at(board->gicd_base), GICD_SIZE, TABLES_DEVICE);
	gic_map_core(tables, board, gicr);
	if (board->uart_base != 0)
		tables_map(tables, LAYOUT_UART, pa_at(board->uart_base), PAGE_SIZE, TABLES_DEVICE);
	if (board->rtc_base != 0)
		tables_map(tables, LAYOUT_RTC, pa_at(board->rtc_base), PAGE_SIZE, TABLES_DEVICE);
	if (board->watchdog_base != 0)
		tables_map(tables, LAYOUT_WATCHDOG, pa_at(board->watchdog_base), PAGE_SIZE,
		           TABLES_DEVICE);
}

/* Takes and maps the core's own memory: stack, section .core, trace ring. */
static void map_own(struct tables *tables, struct start_core *own)
{
	own->local = start_take(LAYOUT_BOOT_CORE_SIZE);
	own->trace = start_take(sizeof(struct trace_ring));
	tables_map(tables, LAYOUT_STACK, pa_at(start_take(LAYOUT_STACK_SIZE)), LAYOUT_STACK_SIZE,
	           TABLES_DATA);
	tables_map(tables, LAYOUT_LOCAL, pa_at(own->local), LAYOUT_BOOT_CORE_SIZE, TABLES_DATA);
	tables_map(tables, LAYOUT_TRACE, pa_at(own->trace), sizeof(struct trace_ring), TABLES_DATA);
}

/* Maps the SMMU for a core that opens and closes streams. The console's core reads refused
 * accesses, and maps their log, too. */
static void map_dma(struct tables *tables, const struct start_plan *plan, uint32_t index)
{
	tables_map(tables, LAYOUT_SMMU, pa_at(plan->bundle->board.smmu_base), BUNDLE_SMMU_SIZE,
	           TABLES_DEVICE);
	tables_map(tables, LAYOUT_SMMU_MEMORY, pa_at(plan->smmu), sizeof(struct smmu_memory),
	           TABLES_DATA);
	if (index == plan->bundle->console_core)
		tables_map(tables, LAYOUT_DMA_LOG, pa_at(plan->dma_log), sizeof(struct dma_log),
		           TABLES_DATA);
}

/* Maps the configuration space of the functions that belong to this core's partitions. True: there
 * are such functions. */
static bool map_functions(struct tables *tables, const struct bundle_header *from, uint32_t index)
{
	bool any = false;

	for (uint32_t i = 0; i < from->functions.count; i++) {
		const struct bundle_function *function = &bundle_functions(from)[i];
		uint64_t at = (uint64_t)function->slot * PAGE_SIZE;

		if (function->kind != BUNDLE_FUNCTION_REAL ||
		    !core_runs(from, index, bundle_function_owner(from, i)))
			continue;
		tables_map(tables, LAYOUT_PCI + at, pa_at(from->board.pci_ecam + at), PAGE_SIZE,
		           TABLES_CONFIG);
		any = true;
	}
	return any;
}

static void plan_core(struct start_plan *plan, uint32_t index)
{
	const struct bundle_header *from = plan->bundle;
	struct start_core *own = &plan->cores[index];
	struct tables tables = {.count = LAYOUT_TABLE_PAGES + count_partitions(from, index)};
	struct core *local;

	own->table_pages = tables.count;
	own->kept = start_take(sizeof(struct tables_kept));
	tables.kept = (struct tables_kept *)(uintptr_t)own->kept;
	tables.root =
	    (uint64_t *)(uintptr_t)((start_take((tables.count + 1) * PAGE_SIZE) + PAGE_SIZE) &
	                            ~(2 * PAGE_SIZE - 1));
	map_image(&tables, plan);
	map_tables(&tables, (uint64_t)(uintptr_t)tables.root, own, TABLES_CONSTANT);
	start_map_pristine(plan, &tables, TABLES_CONSTANT);
	tables_map(&tables, LAYOUT_BUNDLE, pa_at((uint64_t)(uintptr_t)from), from->tables_size,
	           TABLES_CONSTANT);
	map_own(&tables, own);
	tables_map(&tables, LAYOUT_MAIL, pa_at(plan->shared), sizeof(struct shared), TABLES_DATA);
	if (from->channels.count != 0)
		tables_map(&tables, LAYOUT_TOLD, pa_at(plan->told),
		           from->channels.count * PAGE_SIZE, TABLES_DATA);
	if (plan->mends != 0)
		tables_map(&tables, LAYOUT_MENDS, pa_at(plan->mends),
		           from->partitions.count * PAGE_SIZE, TABLES_DATA);
	map_devices(&tables, plan, own->gicr);
	if ((map_functions(&tables, from, index) || index == from->console_core) && plan->smmu != 0)
		map_dma(&tables, plan, index);
	for (uint32_t p = 0; p < from->partitions.count; p++)
		if (core_runs(from, index, p))
			tables_map(&tables, LAYOUT_PARTITION + (uint64_t)p * LAYOUT_SLOT,
			           pa_at(plan->partitions[p].memory), plan->partitions[p].size,
			           TABLES_DATA);
	for (uint32_t p = 0; p < from->partitions.count; p++)
		if (core_runs(from, index, p))
			tables_map(&tables,
			           LAYOUT_PARTITION + (uint64_t)p * LAYOUT_SLOT + LAYOUT_FIXED,
			           pa_at(plan->partitions[p].fixed), PAGE_SIZE, TABLES_CONSTANT);
	if (index == from->console_core && from->board.uart_base != 0)
		tables_map(&tables, LAYOUT_SERVICE, pa_at(plan->service), plan->service_size,
		           TABLES_DATA);

	local =
	    (struct core *)(uintptr_t)(own->local + ((uint64_t)(uintptr_t)&core - LAYOUT_LOCAL));
	local->index = index;
	local->root = (uint64_t)(uintptr_t)tables.root;
	tables_map(&tables, LAYOUT_WINDOW_TABLE,
	           pa_at((uint64_t)(uintptr_t)tables_leaf(&tables, LAYOUT_WINDOW)), PAGE_SIZE,
	           TABLES_DATA);
	own->way_in = map_way_in(&tables, plan, index);
}

/* Maps in the way in of one core the leaf table of another core's text: recover_hung.c. No table is
 * missing by now. */
static void map_text_table(uint64_t way_in, uint32_t of, uint64_t way_in_of)
{
	uint64_t *root_of = (uint64_t *)(uintptr_t)(way_in_of - PAGE_SIZE); /* side by side */
	struct tables in = {.root = (uint64_t *)(uintptr_t)way_in, .used = 1, .count = 1};
	struct tables other = {.root = root_of, .used = 1, .count = 1};

	tables_map(&in, LAYOUT_TEXT_TABLES + (uint64_t)of * PAGE_SIZE,
	           pa_at((uint64_t)(uintptr_t)tables_leaf(&other, LAYOUT_TEXT)), PAGE_SIZE,
	           TABLES_DATA);
}

static void plan_text_tables(const struct start_plan *plan)
{
	for (uint32_t i = 0; i < plan->bundle->cores.count; i++)
		for (uint32_t of = 0; of < plan->bundle->cores.count; of++)
			map_text_table(plan->cores[i].way_in, of, plan->cores[of].way_in);
}

/* Tries whether there is memory at this address, and leaves the word as it was. The firmware's tree
 * can't tell, as it may be absent. */
static void try_memory(uint64_t at)
{
	volatile uint64_t *word = (volatile uint64_t *)(uintptr_t)at;
	uint64_t was = *word;

	*word = ~was;
	if (*word != ~was)
		crash_missing(at);
	*word = was;
}

static void find_memory(const struct bundle_header *from)
{
	for (uint32_t i = 0; i < from->regions.count; i++) {
		const struct bundle_region *region = &bundle_regions(from)[i];

		if (region->kind == BUNDLE_DEVICE)
			continue;
		crash_expect("memory",
		             "start the machine with all of it (QEMU's -m), or correct the "
		             "memory's reg in the description",
		             region->pa, region->size);
		try_memory(region->pa);
		try_memory(region->pa + region->size - sizeof(uint64_t));
	}
}

static void find_distributor(const struct bundle_board *board)
{
	crash_expect(GIC_KIND,
	             "start the machine with one (" GIC_QEMU "), or correct its "
	             "reg in the board file",
	             board->gicd_base, GICD_SIZE);
	gic_init_distributor((va_t){board->gicd_base});
}

/* Its tables begin at a multiple of 64 KiB: gic_begin_messages() looks for it. */
static void start_messages(const struct start_plan *plan)
{
	uint64_t size = gic_message_memory(plan->bundle), cores[BUNDLE_CORES_MAX];

	if (size == 0)
		return;
	crash_expect("an ITS", "correct its reg in the board file, or take it out",
	             plan->bundle->board.its_base, BUNDLE_ITS_SIZE);
	for (uint32_t i = 0; i < plan->bundle->cores.count; i++)
		cores[i] = plan->cores[i].gicr;
	gic_begin_messages(plan->bundle, start_take(size), cores);
}

static void find_cores(struct start_plan *plan)
{
	const struct bundle_board *board = &plan->bundle->board;

	crash_expect(GIC_KIND "'s registers of each core", "correct their reg in the board file",
	             board->gicr_base, board->gicr_size);
	for (uint32_t i = 0; i < plan->bundle->cores.count; i++) {
		uint64_t affinity = bundle_cores(plan->bundle)[i].affinity;

		plan->cores[i].gicr = gic_find_core(board, affinity);
		if (plan->cores[i].gicr == 0) {
			print("kumiki: core %u (affinity 0x%lx): no such core on this machine\n", i,
			      PRINT_X(affinity));
			stop_machine(
			    "start the machine with more cores (QEMU's -smp), or describe fewer");
		}
	}
}

/* ---- the other cores ---- */

/* From here on, each core looks within its time. */
static void start_watchdog(uint64_t base)
{
	if (base == 0)
		return;
	crash_expect("a watchdog", "take 'kumiki,watchdog' out of the board file", base, PAGE_SIZE);
	if (watchdog_has_reset(base))
		print("kumiki: the board's watchdog has reset the machine: a core got nowhere\n");
	watchdog_begin(base);
	crash_expect(0, 0, 0, 0);
}

static void start_others(const struct start_plan *plan)
{
	for (uint32_t i = 1; i < plan->bundle->cores.count; i++) {
		int64_t status =
		    firmware_cpu_on(bundle_cores(plan->bundle)[i].affinity,
		                    start_image_pa(plan, core_entry), plan->cores[i].way_in);
		if (status != 0) {
			print("kumiki: core %u doesn't start: the firmware says %lx\n", i,
			      PRINT_X(status));
			stop_machine("every core of the description is needed");
		}
	}
}

/* ---- the machine's last end ---- */

/* Tells what the frame said before it had the machine reset. */
static void tell_last_words(uint64_t shared)
{
	struct last_words *words = &((struct shared *)(uintptr_t)shared)->last_words;

	if (words->magic != LAST_WORDS_MAGIC || words->size > LAST_WORDS_SIZE ||
	    words->crc != crc32c(0, words->text, words->size))
		return;
	print("kumiki: before the reset the frame said:\n");
	for (uint32_t i = 0; i < words->size; i++)
		print("%c", words->text[i]);
	print("kumiki: end of what it said\n");
	words->magic = 0; /* nobody tells it again */
	hw_clean_invalidate_to_poc(words, sizeof(*words));
}

/* Warns of partitions with unconfined DMA: with such a partition no other promise holds. */
static void say_unconfined(const struct bundle_header *from)
{
	for (uint32_t p = 0; p < from->partitions.count; p++)
		if ((bundle_partitions(from)[p].flags & BUNDLE_UNCONFINED) != 0)
			print(
			    "kumiki: %s can read and write all memory: nothing confines the DMA of "
			    "a device that it was given\n",
			    bundle_partitions(from)[p].name);
}

/* Fills the memory that all cores share. Partitions that start by themselves count as awake from
 * now on: otherwise the end of a first partition could switch the machine off before another one
 * begins. */
static void start_shared(const struct start_plan *plan)
{
	struct shared *shared = (struct shared *)(uintptr_t)plan->shared;
	const struct bundle_core *cores = bundle_cores(plan->bundle);

	shared->policy = plan->bundle->power.policy;
	shared->last_words.began = sysreg_read(cntpct_el0);
	shared->update.has_spare = plan->spare != 0;
	shared->update.pristine = plan->pristine_sum;
	shared->accounts.frame = frame_header;
	for (uint32_t i = 0; i < plan->bundle->channels.count; i++)
		shared->channel[i].epoch = 1;
	for (uint32_t i = 0; i < plan->bundle->cores.count; i++) {
		shared->accounts.core[i].hold =
		    cores[i].holders == 0 ? HOLD_FIXED : cores[i].holder * 0x101ULL;
		shared->accounts.core[i].runs = TRACE_NO_VCPU; /* until the core begins */
	}
	for (uint32_t p = 0; p < plan->bundle->partitions.count; p++) {
		if ((bundle_partitions(plan->bundle)[p].flags & BUNDLE_MANUAL) != 0)
			continue;
		shared->life[p].state = LIFE_WAITING;
		shared->awake++;
	}
}

void start_machine(uint64_t load, uint64_t tree, uint64_t scratch)
{
	struct start_plan plan = {.load = load};

	if (frame_header.uart_base != 0)
		print_to_uart((va_t){frame_header.uart_base}, frame_header.uart_registers);
	plan.bundle = find_bundle(load, scratch);
	print("kumiki: %s: %u partition%s on %u core%s, version %s\n", plan.bundle->system,
	      plan.bundle->partitions.count, plan.bundle->partitions.count == 1 ? "" : "s",
	      plan.bundle->cores.count, plan.bundle->cores.count == 1 ? "" : "s",
	      frame_header.version);
	say_unconfined(plan.bundle);
	memory.next = plan.bundle->memory_base;
	memory.end = scratch;
	seed_init((void *)(uintptr_t)tree);

	find_memory(plan.bundle);
	find_distributor(&plan.bundle->board);
	find_cores(&plan);
	tell_last_words(memory.next);
	start_messages(&plan);
	plan.shared = start_take(sizeof(struct shared));
	crash_expect("an SMMU",
	             "start the machine with one (QEMU's -M virt,iommu=smmuv3), or take it out of "
	             "the board file",
	             plan.bundle->board.smmu_base, BUNDLE_SMMU_SIZE);
	start_plan_dma(&plan);
	crash_expect("a PCI bridge", "correct its reg in the board file, or take it out",
	             plan.bundle->board.pci_ecam, BUNDLE_ECAM_SIZE);
	start_functions(plan.bundle);
	crash_expect(0, 0, 0, 0);
	start_plan_channels(&plan);
	start_plan_mends(&plan);
	start_plan_pristine(&plan);
	start_plan_update(&plan);
	for (uint32_t p = 0; p < plan.bundle->partitions.count; p++)
		start_plan_partition(&plan, p);
	start_plan_services(&plan);
	start_plan_boxes(&plan);
	for (uint32_t i = 0; i < plan.bundle->cores.count; i++)
		plan_core(&plan, i);
	plan_text_tables(&plan);
	for (uint32_t p = 0; p < plan.bundle->partitions.count; p++)
		start_fill_partition(&plan, p);
	start_shared(&plan);
	start_fill_services(&plan);
	start_settle_windows(&plan);
	start_settle_boxes(&plan);
	print("kumiki: 0x%lx bytes of working memory in use\n",
	      PRINT_X(memory.next - plan.bundle->memory_base));
	start_watchdog(plan.bundle->board.watchdog_base);
	start_others(&plan);
	((void (*)(uint64_t))start_image_pa(&plan, core_reenter))(plan.cores[0].way_in);
	__builtin_unreachable();
}
