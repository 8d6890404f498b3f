/*
 * The board, from its part of the tree: RAM, cores, and the devices that the frame drives itself.
 * The results go into struct bundle_board, by the rules of lib/bundle.c.
 */
#include "build.h"
#include <host/gics.h>
#include <lib/bundle.h>
#include <stdlib.h>
#include <string.h>

#define MACHINE_PPI_FIRST 16
#define MACHINE_REMEDY    "include the board's file: /include/ \"BOARD.dtsi\""

bool machine_is_on(const struct dts_node *node)
{
	const char *status = dts_string(node, "status");

	return !status || strcmp(status, "disabled") != 0;
}

const struct dts_node *machine_find(const struct dts_tree *tree, const char *compatible)
{
	for (const struct dts_node *n = dts_walk(tree->root); n; n = dts_walk(n))
		if (dts_compatible(n, compatible) && machine_is_on(n))
			return n;
	return NULL;
}

static void machine_missing(struct build *build, const char *what)
{
	complain(&build->complaints, build->tree->root->place, "the board has no %s; %s", what,
	         MACHINE_REMEDY);
	build->machine = false;
}

/* Complains about the property `name` of the node. It may stand in another file than the node. */
static void machine_wrong(struct build *build, const struct dts_node *node, const char *name,
                          const char *what)
{
	const struct dts_property *property = dts_property(node, name);

	complain(&build->complaints, property ? property->place : node->place,
	         "'%s': %s; correct its '%s'", node->name, what, name);
	build->machine = false;
}

/* Interrupt number `index` of a node whose interrupts are the GIC's; 0: it isn't there, or is no
 * PPI. */
static uint32_t machine_ppi(const struct build *build, const struct dts_node *node, size_t index)
{
	const struct dts_property *interrupts = dts_property(node, "interrupts");
	const size_t at = index * (build->gic ? dts_u32(build->gic, "#interrupt-cells", 3) : 3);
	uint32_t number = dts_cell(interrupts, at + 1, 16);

	if (dts_cell(interrupts, at, 0) != 1 || number > 15)
		return 0;
	return MACHINE_PPI_FIRST + number;
}

/* The board's name becomes part of a file's name. */
static bool machine_name_good(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!build_name_character(*c))
			return false;
	return *name && strlen(name) < BUNDLE_NAME_SIZE;
}

static void machine_name(struct build *build)
{
	struct bundle_board *board = &build->model->board;
	const char *name = dts_string(build->tree->root, "kumiki,board");
	const struct dts_property *property = dts_property(build->tree->root, "kumiki,board");

	if (!property) {
		machine_missing(build, "name ('kumiki,board')");
		return;
	}
	if (!name || !machine_name_good(name)) {
		complain(
		    &build->complaints, property->place,
		    "'kumiki,board' is a name of 1 to %zu letters, digits, '-', '_' and '.'; take "
		    "it from the board's file",
		    sizeof(board->name) - 1);
		return;
	}
	memcpy(board->name, name, strlen(name));
}

/* The lowest bank of RAM: the boot loader counts from its beginning. */
static void machine_ram(struct build *build)
{
	struct bundle_board *board = &build->model->board;
	const struct dts_node *memory = NULL;

	for (const struct dts_node *n = build->tree->root->children; n; n = n->next) {
		const char *type = dts_string(n, "device_type");

		if (!type || strcmp(type, "memory") != 0)
			continue;
		for (size_t i = 0; i < dts_reg_count(n) && i < MODEL_RANGES_MAX; i++) {
			struct dts_range range;

			if (!dts_reg(n, i, &range) || (memory && range.base >= board->ram_base))
				continue;
			memory = n;
			board->ram_base = range.base;
			board->ram_size = range.size;
		}
	}
	if (!memory)
		machine_missing(build, "memory (device_type = \"memory\")");
	else if (!board->ram_size || board->ram_base % MODEL_BLOCK ||
	         board->ram_size % MODEL_PAGE ||
	         !build_inside(board->ram_base, board->ram_size, 0, BUNDLE_ADDRESS_LIMIT))
		machine_wrong(build, memory, "reg",
		              "RAM begins at a multiple of 2 MiB, has whole pages and ends below "
		              "512 GiB");
}

/* The first interrupt controller of the board that a frame is there for. */
static const struct dts_node *machine_find_gic(const struct build *build)
{
	for (const struct dts_node *n = dts_walk(build->tree->root); n; n = dts_walk(n))
		if (gics_has(n))
			return n;
	return NULL;
}

/* Where a board has room for pages of 64 KiB, each of GICC's two pages is there sixteen times. The
 * last one of the first page and the first one of the second page lie side by side. */
#define MACHINE_GICC_ROOMY 0x20000u
#define MACHINE_GICC_LAST  0xf000u

/* GICC, which is in the place of redistributors, GICH and GICV. */
static bool machine_gicv2(const struct build *build, struct bundle_board *board,
                          struct dts_range *gicc)
{
	struct dts_range gich, gicv;

	if (gicc->size == MACHINE_GICC_ROOMY) {
		gicc->base += MACHINE_GICC_LAST;
		gicc->size = 2 * MODEL_PAGE;
	}
	if (!dts_reg(build->gic, 2, &gich) || !dts_reg(build->gic, 3, &gicv) ||
	    gich.base % MODEL_PAGE || gicv.base % MODEL_PAGE || !gich.base ||
	    !build_inside(gich.base, MODEL_PAGE, 0, BUNDLE_ADDRESS_LIMIT) ||
	    !build_inside(gicv.base, MODEL_PAGE, 0, BUNDLE_ADDRESS_LIMIT))
		return false;
	board->gich_base = gich.base;
	board->gicv_base = gicv.base;
	return true;
}

static void machine_gic(struct build *build)
{
	struct bundle_board found = build->model->board, *board = &build->model->board;
	struct dts_range gicd, gicr;
	uint64_t align;
	bool good;

	build->gic = machine_find_gic(build);
	if (!build->gic) {
		machine_missing(build, "interrupt controller that the frame knows (\"arm,gic-v3\", "
		                       "\"arm,gic-400\")");
		return;
	}
	good = dts_reg(build->gic, 0, &gicd) && dts_reg(build->gic, 1, &gicr);
	if (good && gics_is_v2(build->gic))
		good = machine_gicv2(build, &found, &gicr);
	align = bundle_gic_align(&found);
	if (!good || gicd.base % align || gicr.base % align || gicr.size % align ||
	    !build_inside(gicd.base, bundle_gicd_size(&found), 0, BUNDLE_ADDRESS_LIMIT) ||
	    !gicr.size || !build_inside(gicr.base, gicr.size, 0, BUNDLE_ADDRESS_LIMIT) ||
	    build_overlap(gicd.base, bundle_gicd_size(&found), gicr.base, gicr.size) ||
	    dts_u32(build->gic, "#redistributor-regions", 1) != 1 ||
	    dts_u32(build->gic, "#interrupt-cells", 0) < 3 ||
	    dts_u32(build->gic, "#interrupt-cells", 0) > 8) {
		machine_wrong(
		    build, build->gic, "reg",
		    gics_is_v2(build->gic)
		        ? "a GICv2 has GICD, GICC, GICH and GICV in 'reg', each at whole "
		          "pages below 512 GiB"
		        : "a GICv3 has its distributor and one region of redistributors in "
		          "'reg', both at multiples of 64 KiB below 512 GiB");
		return;
	}
	*board = found;
	board->gicd_base = gicd.base;
	board->gicr_base = gicr.base;
	board->gicr_size = gicr.size;
	board->gic_maintenance_intid = machine_ppi(build, build->gic, 0);
}

static bool machine_ppis_good(const struct bundle_board *board)
{
	const uint32_t ppis[] = {board->gic_maintenance_intid, board->hyp_timer_intid,
	                         board->virtual_timer_intid, board->physical_timer_intid,
	                         board->pmu_intid};
	uint32_t seen = 0;

	for (size_t i = 0; i < sizeof(ppis) / sizeof(ppis[0]); i++) {
		if (!ppis[i] && i < 4)
			return false;
		if (ppis[i] && seen & 1u << ppis[i])
			return false;
		seen |= ppis[i] ? 1u << ppis[i] : 0;
	}
	return true;
}

static void machine_timers(struct build *build)
{
	struct bundle_board *board = &build->model->board;
	const struct dts_node *timer = machine_find(build->tree, "arm,armv8-timer");
	const struct dts_node *pmu = machine_find(build->tree, "arm,armv8-pmuv3");

	if (!timer) {
		machine_missing(build, "generic timer (\"arm,armv8-timer\")");
		return;
	}
	board->physical_timer_intid = machine_ppi(build, timer, 1);
	board->virtual_timer_intid = machine_ppi(build, timer, 2);
	board->hyp_timer_intid = machine_ppi(build, timer, 3);
	board->pmu_intid = pmu ? machine_ppi(build, pmu, 0) : 0;
	if (board->gicr_size && !machine_ppis_good(board))
		machine_wrong(build, timer, "interrupts",
		              "the timer's four interrupts, the GIC's and the PMU's are different "
		              "PPIs");
}

bool machine_place(const struct dts_node *node, uint64_t *base, uint32_t *intid)
{
	const struct dts_property *interrupts;
	struct dts_range range;

	if (!dts_reg(node, 0, &range) || !range.base || range.base % MODEL_PAGE ||
	    !build_inside(range.base, MODEL_PAGE, 0, BUNDLE_ADDRESS_LIMIT))
		return false;
	interrupts = dts_property(node, "interrupts");
	if (dts_cell(interrupts, 0, 1) != 0 ||
	    dts_cell(interrupts, 1, UINT32_MAX) > BUNDLE_SPI_LAST - BUNDLE_SPI_FIRST)
		return false;
	*base = range.base;
	*intid = BUNDLE_SPI_FIRST + dts_cell(interrupts, 1, 0);
	return true;
}

/* The clock, if the frame can read it. */
static void machine_clock(struct build *build)
{
	const struct dts_node *node = machine_find(build->tree, "arm,pl031");

	if (node && machine_place(node, &build->model->board.rtc_base, &build->rtc_intid))
		build->rtc = node;
}

static int machine_compare_cores(const void *left, const void *right)
{
	const struct build_core *a = left, *b = right;

	return a->affinity < b->affinity ? -1 : a->affinity > b->affinity;
}

/* Reads a core's speed, which may be left out. A wrong one is refused: if a slow core looked fast,
 * too much would be promised. */
static void machine_speed(struct build *build, struct build_core *core)
{
	const char *name = "capacity-dmips-mhz";

	core->speed = dts_u32(core->node, name, 0);
	if (dts_property(core->node, name) && core->speed == 0)
		machine_wrong(build, core->node, name,
		              "a core's speed is one number, and more than 0");
	if (core->speed > build->model->fastest)
		build->model->fastest = core->speed;
}

static void machine_core(struct build *build, const struct dts_node *node)
{
	const struct dts_property *reg = dts_property(node, "reg");
	struct build_core *core = &build->cores[build->core_count];
	uint32_t cells = dts_u32(node->parent, "#address-cells", 1);

	if (build->core_count == MODEL_BOARD_CORES_MAX)
		return;
	if (!reg || cells < 1 || cells > 2 || reg->size != cells * 4ul ||
	    dts_number(reg, 0, cells) & ~0xff00ffffffull) {
		machine_wrong(build, node, "reg", "a core has its affinity in 'reg'");
		return;
	}
	core->node = node;
	core->cluster = node->parent;
	core->affinity = dts_number(reg, 0, cells);
	machine_speed(build, core);
	build->core_count++;
}

/* Reads the cores of all clusters. A core's bit in its cluster's mask is its rank by affinity. */
static void machine_cores(struct build *build)
{
	build->cores = arena_array(build->arena, MODEL_BOARD_CORES_MAX, sizeof(*build->cores));
	for (const struct dts_node *n = dts_walk(build->tree->root); n; n = dts_walk(n)) {
		const char *type = dts_string(n, "device_type");

		if (type && !strcmp(type, "cpu") && !build_is_remote(n->parent))
			machine_core(build, n);
	}
	if (!build->core_count) {
		machine_missing(build, "cores (device_type = \"cpu\")");
		return;
	}
	qsort(build->cores, build->core_count, sizeof(*build->cores), machine_compare_cores);
	if (build->model->board.gicr_size &&
	    build->model->board.gicr_size <
	        bundle_gic_own_size(&build->model->board, build->core_count < BUNDLE_CORES_MAX
	                                                      ? build->core_count
	                                                      : BUNDLE_CORES_MAX))
		machine_wrong(
		    build, build->gic, "reg",
		    bundle_is_gicv2(&build->model->board)
		        ? "its CPU interface needs two pages: GICC_DIR is in the second one"
		        : "it has fewer redistributors than there are cores");
	for (size_t i = 0; i < build->core_count; i++) {
		if (i && build->cores[i].affinity == build->cores[i - 1].affinity)
			machine_wrong(build, build->cores[i].node, "reg",
			              "another core has the same affinity");
		for (size_t j = 0; j < i; j++)
			build->cores[i].bit += build->cores[j].cluster == build->cores[i].cluster;
	}
}

/* Whether the tree has a board at all. Without a board there is only this complaint. */
static bool machine_there(struct build *build)
{
	if (dts_child(build->tree->root, "cpus") || machine_find_gic(build) ||
	    dts_property(build->tree->root, "kumiki,board"))
		return true;
	complain(&build->complaints, build->tree->root->place,
	         "nothing is said of the machine; " MACHINE_REMEDY);
	build->machine = false;
	return false;
}

/* The watchdog that the board's file names. */
static void machine_watchdog(struct build *build)
{
	static const char name[] = "kumiki,watchdog";
	const struct dts_property *property = dts_property(build->tree->root, name);
	const struct dts_node *node = property && property->items ? property->items->target : NULL;
	struct dts_range range;

	if (!node || !vocabulary_good(build->tree->root, name))
		return;
	if (property->item_count != 1 || !dts_compatible(node, "fsl,imx21-wdt") ||
	    !dts_reg(node, 0, &range) || !range.base || range.base % MODEL_PAGE ||
	    !build_inside(range.base, MODEL_PAGE, 0, BUNDLE_ADDRESS_LIMIT)) {
		complain(&build->complaints, property->items->place,
		         "'&%s' isn't a watchdog that a frame feeds, which is one "
		         "\"fsl,imx21-wdt\" at a page of its own; take '%s' out",
		         property->items->text, name);
		return;
	}
	build->watchdog = node;
	build->model->board.watchdog_base = range.base;
}

/* UART and clock need different interrupts: a partition may have both of the emulated devices, and
 * a guest's interrupt belongs to one emulated device. */
static void machine_lines(struct build *build)
{
	if (build->uart && build->rtc && build->model->board.uart_intid == build->rtc_intid)
		machine_wrong(build, build->rtc, "interrupts",
		              "the clock has the same interrupt as the UART");
}

/* Slots of virtio-mmio, which may stand in the tree in any order. They count only if they lie side
 * by side: otherwise no guest finds them by address. */
static void machine_virtio(struct build *build)
{
	struct bundle_board *board = &build->model->board;
	uint64_t first = BUNDLE_ADDRESS_LIMIT, last = 0;
	uint32_t slots = 0;

	for (const struct dts_node *n = dts_walk(build->tree->root); n; n = dts_walk(n)) {
		struct dts_range range;

		if (!dts_compatible(n, "virtio,mmio") || !dts_reg(n, 0, &range))
			continue;
		first = range.base < first ? range.base : first;
		last = range.base > last ? range.base : last;
		slots++;
	}
	if (!slots || first % BUNDLE_VIRTIO_SIZE || last >= BUNDLE_ADDRESS_LIMIT ||
	    last - first != (slots - 1ull) * BUNDLE_VIRTIO_SIZE)
		return;
	board->virtio_base = first;
	board->virtio_slots = slots;
	board->virtio_version = build->model->qemu_legacy_virtio ? 1 : 2;
}

/* Picoseconds. */
#define MACHINE_INSTRUCTION_MOST 1000000u

static void machine_instruction(struct build *build)
{
	static const char name[] = "kumiki,instruction-time";
	const struct dts_node *root = build->tree->root;
	const uint32_t time = dts_u32(root, name, 0);

	if (!vocabulary_good(root, name))
		return;
	if (!time || time > MACHINE_INSTRUCTION_MOST)
		complain(&build->complaints, dts_property(root, name)->items->place,
		         "an instruction of %u ps isn't possible; it takes 1 to %u picoseconds",
		         time, MACHINE_INSTRUCTION_MOST);
	else
		build->model->instruction_ps = time;
}

/* ---- the board's frame ---- */

const char *model_find_frame(const struct model *model, const struct file_search *search,
                             struct arena *arena)
{
	const char *first = search->folder_count ? search->folders[0] : "/";
	const char *own = arena_format(arena, "frame-%s.img", model->board.name);
	int error = 0;
	const char *path = file_search_find(search, arena, first, own, &error);

	if (!path && model->any_frame)
		path =
		    file_search_find(search, arena, first,
		                     arena_format(arena, "frame-%s.img", model->any_frame), &error);
	return path;
}

/* The frames for any board start cores by PSCI. */
static bool machine_has_psci(const struct build *build)
{
	for (size_t i = 0; i < build->core_count; i++)
		if (dts_has_string(build->cores[i].node, "enable-method", "spin-table"))
			return false;
	return true;
}

/* Warns if there is no frame for the board where `kumiki pack` looks for it: in the folders of the
 * search. */
static void machine_frame(struct build *build)
{
	struct model *model = build->model;
	const struct dts_property *property = dts_property(build->tree->root, "kumiki,board");

	if (machine_has_psci(build))
		model->any_frame = arena_format(build->arena, "%s-%s",
		                                bundle_is_gicv2(&model->board) ? "gicv2" : "gicv3",
		                                model->uart_driver ? model->uart_driver : "pl011");
	if (build->wants_frame && *model->board.name &&
	    !model_find_frame(model, &build->search, build->arena))
		complain_warning(&build->complaints, property->place,
		                 "there is no frame for the board '%s', so that nothing can be "
		                 "packed for it: no 'frame-%s.img' is in the folders of -I, of "
		                 "$KUMIKI_PATH and of the installation; mend the name, or give "
		                 "'kumiki pack' the frame with --frame",
		                 model->board.name, model->board.name);
}

void machine_read(struct build *build)
{
	build->machine = true;
	if (!machine_there(build))
		return;
	machine_name(build);
	machine_ram(build);
	machine_gic(build);
	machine_timers(build);
	machine_cores(build);
	uart_read(build);
	machine_clock(build);
	machine_watchdog(build);
	bridge_read(build);
	machine_lines(build);
	machine_instruction(build);
	build->model->qemu_machine = dts_string(build->tree->root, "kumiki,qemu-machine");
	build->model->qemu_cpu = dts_string(build->tree->root, "kumiki,qemu-cpu");
	build->model->qemu_cpus = dts_u32(build->tree->root, "kumiki,qemu-cpus", 0);
	build->model->qemu_legacy_virtio =
	    dts_property(build->tree->root, "kumiki,qemu-legacy-virtio") != NULL;
	machine_virtio(build);
	machine_frame(build);
}

/* ---- for whoever wants to know all of the board ---- */

static void machine_banks(struct build *build, const struct dts_node *node, struct model_ranges *to)
{
	for (size_t i = 0; i < dts_reg_count(node); i++) {
		struct dts_range range;

		if (!dts_reg(node, i, &range) || !range.size)
			continue;
		if (to->count == MODEL_RANGES_OF_BOARD_MAX) {
			complain(&build->complaints, node->place,
			         "more than %d stretches of memory; leave some out",
			         MODEL_RANGES_OF_BOARD_MAX);
			return;
		}
		to->list[to->count++] = (struct model_range){range.base, range.size};
	}
}

void machine_board(struct build *build)
{
	struct model *model = build->model;
	const struct dts_node *reserved = dts_child(build->tree->root, "reserved-memory");

	model->banks = arena_alloc(build->arena, sizeof(*model->banks));
	model->reserved = arena_alloc(build->arena, sizeof(*model->reserved));
	for (const struct dts_node *n = build->tree->root->children; n; n = n->next) {
		const char *type = dts_string(n, "device_type");

		if (type && !strcmp(type, "memory"))
			machine_banks(build, n, model->banks);
	}
	for (const struct dts_node *n = reserved ? reserved->children : NULL; n; n = n->next)
		machine_banks(build, n, model->reserved);
	model->cores = arena_array(build->arena, build->core_count, sizeof(*model->cores));
	model->core_count = build->core_count;
	for (size_t i = 0; i < build->core_count; i++)
		model->cores[i] = (struct model_core){.affinity = build->cores[i].affinity,
		                                      .node = build->cores[i].node,
		                                      .speed = build->cores[i].speed};
}
