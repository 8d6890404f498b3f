/*
 * PCI functions and panels: what is known of them, where their BARs lie, which lines and streams
 * they have, and what each partition's device tree says of its bus. The description is
 * tests/descriptions/good/pci.dts.
 */
#include <host/model.h>
#include <kumiki/panel.h>
#include <libfdt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/tools/tree_expect.h>

#define PCI_WINDOW     0x10000000ull
#define PCI_WINDOW_END 0x3eff0000ull
#define PCI_PAGE       4096ull

static const char *const pci_dirs[] = {"frame/board/qemu-virt"};
static const struct model_options pci_options = {.include_dirs = pci_dirs, .include_dir_count = 1};
static struct model *model;
static struct guest_tree tree;

enum { LINUX, DRIVE, PLAIN };

static void set_up(void)
{
	model = model_load("tests/descriptions/good/pci.dts", &pci_options, stderr);
	assert_non_null(model);
}

static void tear_down(void)
{
	free(tree.blob);
	tree = (struct guest_tree){0};
	model_free(model);
}

const struct unit_fixture unit_each = {set_up, tear_down};

static const struct model_device *device(uint32_t partition, const char *label)
{
	const struct model_partition *p = &model->partitions[partition];

	for (size_t i = 0; i < p->device_count; i++)
		if (!strcmp(p->devices[i]->label, label))
			return p->devices[i];
	fail_msg("%s doesn't have %s", p->name, label);
	return NULL;
}

static const struct model_function *function(uint32_t partition, const char *label)
{
	const struct model_function *found = device(partition, label)->function;

	assert_non_null(found);
	return found;
}

/* ---- the board ---- */

TEST(test_board)
{
	const struct bundle_board *board = &model->board;

	assert_true(board->pci_ecam == 0x4010000000);
	assert_true(board->pci_window == PCI_WINDOW);
	assert_true(board->pci_window + board->pci_window_size == PCI_WINDOW_END);
	assert_true(board->smmu_base == 0x9050000);
	assert_int_equal(board->smmu_event_intid, 106);
	assert_int_equal(board->smmu_error_intid, 109);
}

/* ---- functions ---- */

TEST(test_known_functions)
{
	const struct model_function *disk = function(LINUX, "disk"),
	                            *nvme = function(DRIVE, "nvme");

	assert_int_equal(disk->slot, 2 << 3);
	assert_int_equal(disk->vendor, 0x1af4);
	assert_int_equal(disk->device, 0x1042);
	assert_int_equal(disk->class_revision, 0x01000000);
	assert_true(disk->virtio && disk->confined);
	assert_int_equal(disk->stream, 2 << 3);
	assert_int_equal(disk->control, 4);
	assert_int_equal(disk->bars[1].size, 0x1000);
	assert_int_equal(disk->bars[1].kind, 0);
	assert_int_equal(disk->bars[4].size, 0x4000);
	assert_int_equal(disk->bars[4].kind, BUNDLE_BAR_64 | BUNDLE_BAR_PREFETCH);
	assert_int_equal(device(LINUX, "disk")->silence, BUNDLE_SILENCE_VIRTIO_PCI);
	assert_true(device(LINUX, "disk")->dma && !device(LINUX, "disk")->unconfined_dma);
	/* Without leading zeros, as the binding has it. */
	assert_int_equal(nvme->device, 0x10);
	assert_int_equal(nvme->bars[0].size, 0x4000);
	assert_int_equal(nvme->bars[0].kind, BUNDLE_BAR_64);
	assert_false(nvme->virtio);
	assert_int_equal(device(DRIVE, "nvme")->silence, BUNDLE_SILENCE_NVME);
}

TEST(test_unknown_function)
{
	const struct model_function *card = function(LINUX, "card");

	assert_int_equal(card->vendor, 0x8086);
	assert_int_equal(card->device, 0x1234);
	assert_int_equal(card->bars[0].size, 0x10);
	assert_int_equal(card->bars[0].kind, 0);
	assert_int_equal(card->bars[2].size, 0x100000);
	assert_int_equal(card->bars[2].kind, BUNDLE_BAR_64 | BUNDLE_BAR_PREFETCH);
	/* Its BAR of I/O is nobody's. */
	assert_int_equal(card->bars[4].size, 0);
	assert_int_equal(device(LINUX, "card")->range_count, 2);
	assert_int_equal(card->pin, 0);
	assert_int_equal(card->intid, 0);
	assert_int_equal(device(LINUX, "card")->interrupt_count, 0);
	assert_int_equal(device(LINUX, "card")->silence, BUNDLE_SILENCE_UNKNOWN);
}

TEST(test_lines)
{
	/* (device + pin - 1) % 4, from SPI 3 on. */
	assert_int_equal(function(LINUX, "disk")->intid, 37);
	assert_int_equal(function(LINUX, "net")->intid, 35);
	assert_int_equal(function(LINUX, "rng")->pin, 2);
	assert_int_equal(function(LINUX, "rng")->intid, 36);
	assert_int_equal(function(DRIVE, "nvme")->intid, 38);
	assert_int_equal(function(PLAIN, "loose")->intid, 0);
	assert_int_equal(device(LINUX, "rng")->interrupts[0].intid, 36);
	assert_false(device(LINUX, "rng")->interrupts[0].edge);
	/* What is accepted to be unconfined is, though an SMMU stands there. */
	assert_true(device(PLAIN, "loose")->unconfined_dma);
}

static bool apart(const struct model_bar *a, const struct model_bar *b)
{
	const uint64_t a_end = a->base + (a->size > PCI_PAGE ? a->size : PCI_PAGE);
	const uint64_t b_end = b->base + (b->size > PCI_PAGE ? b->size : PCI_PAGE);

	return !a->size || !b->size || a_end <= b->base || b_end <= a->base;
}

static void check_bars(const struct model_function *a, const struct model_function *b)
{
	for (size_t i = 0; i < BUNDLE_BARS; i++)
		for (size_t j = 0; j < BUNDLE_BARS; j++)
			assert_true((a == b && i == j) || apart(&a->bars[i], &b->bars[j]));
	for (size_t i = 0; i < BUNDLE_BARS; i++) {
		const struct model_bar *bar = &a->bars[i];

		assert_true(!bar->size ||
		            (bar->base % PCI_PAGE == 0 && bar->base % bar->size == 0 &&
		             bar->base >= PCI_WINDOW && bar->base + bar->size <= PCI_WINDOW_END));
	}
}

TEST(test_bars)
{
	const struct model_function *all[] = {function(LINUX, "disk"), function(LINUX, "net"),
	                                      function(LINUX, "rng"),  function(LINUX, "card"),
	                                      function(DRIVE, "nvme"), function(PLAIN, "loose")};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (size_t j = 0; j < sizeof(all) / sizeof(all[0]); j++)
			check_bars(all[i], all[j]);
		check_bars(model->partitions[LINUX].panel, all[i]);
		check_bars(model->partitions[DRIVE].panel, all[i]);
	}
	/* The largest first. */
	assert_true(function(LINUX, "card")->bars[2].base == PCI_WINDOW);
	/* Registers, in whole pages. */
	assert_true(device(LINUX, "card")->ranges[0].base == function(LINUX, "card")->bars[0].base);
	assert_true(device(LINUX, "card")->ranges[0].size == PCI_PAGE);
}

/* ---- panels ---- */

TEST(test_panels)
{
	const struct model_function *panel = model->partitions[LINUX].panel;

	assert_non_null(panel);
	assert_null(model->partitions[PLAIN].panel);
	assert_int_equal(panel->slot, 1 << 3);
	assert_int_equal(panel->vendor, PANEL_VENDOR);
	assert_int_equal(panel->device, PANEL_DEVICE);
	assert_int_equal(panel->class_revision, PANEL_CLASS);
	assert_int_equal(panel->subsystem, PANEL_SUBSYSTEM);
	assert_int_equal(panel->pin, 1);
	assert_int_equal(panel->bars[0].size, PANEL_REGISTERS_SIZE);
	/* 4 KiB, then from 2 MiB on 4 MiB, then three black boxes. */
	assert_int_equal(panel->bars[2].size, 8 << 20);
	assert_int_equal(panel->bars[2].kind, BUNDLE_BAR_64 | BUNDLE_BAR_PREFETCH);
	assert_int_equal(model->partitions[DRIVE].panel->bars[2].size, 128 << 10);
	assert_true(model->partitions[LINUX].pci_ecam_ipa == model->board.pci_ecam);
	assert_true(model->partitions[PLAIN].pci_ecam_ipa == model->board.pci_ecam);
}

TEST(test_windows_in_panels)
{
	const struct model_window *little = &model->windows[0], *large = &model->windows[1],
	                          *outside = &model->windows[2];
	const uint64_t linux_memory = model->partitions[LINUX].panel->bars[2].base;
	const uint64_t drive_memory = model->partitions[DRIVE].panel->bars[2].base;

	assert_true(little->members[0].ipa == linux_memory);
	assert_true(little->members[1].ipa == drive_memory);
	assert_true(large->members[0].ipa == linux_memory + (2 << 20));
	assert_true(outside->members[1].ipa == drive_memory + 0x1000);
	/* A partition without a panel sees them as ever, but uncached, too. */
	assert_true(large->members[1].ipa == large->pa);
	assert_true(little->uncached && large->uncached && outside->uncached);
}

TEST(test_bits)
{
	const uint32_t linux_panel = model->partitions[LINUX].panel->intid;
	const uint32_t drive_panel = model->partitions[DRIVE].panel->intid;
	const struct model_doorbell *bells = model->doorbells;

	assert_int_equal(model->doorbell_count, 5);
	assert_int_equal(bells[1].intid, linux_panel);
	assert_int_equal(bells[4].intid, linux_panel);
	assert_int_equal(bells[1].bit, 0);
	assert_int_equal(bells[4].bit, 1);
	assert_int_equal(bells[0].intid, drive_panel);
	assert_int_equal(bells[2].intid, drive_panel);
	assert_int_equal(bells[0].bit, 0);
	assert_int_equal(bells[2].bit, 1);
	/* To one without a panel: an interrupt of its own. */
	assert_int_equal(bells[3].to, PLAIN);
	assert_int_equal(bells[3].bit, 0);
	assert_int_not_equal(bells[3].intid, model->partitions[PLAIN].manager_intid);
	assert_int_equal(model->partitions[LINUX].manager_intid, linux_panel);
}

TEST(test_black_boxes)
{
	const struct model_partition *linux_os = &model->partitions[LINUX];
	const struct model_partition *plain = &model->partitions[PLAIN];
	const uint64_t size = 3 * BUNDLE_BLACKBOX_MEMORY;

	assert_true(linux_os->blackbox_ipa == linux_os->panel->bars[2].base + (6 << 20));
	assert_int_equal(model->partitions[DRIVE].blackbox_ipa, 0);
	assert_int_not_equal(plain->blackbox_ipa, 0);
	assert_true(plain->blackbox_ipa + size <= plain->memory[0].ipa ||
	            plain->blackbox_ipa >= plain->memory[0].ipa + plain->memory[0].size);
	for (size_t i = 1; i < model->window_count; i++)
		assert_true(plain->blackbox_ipa + size <= model->windows[i].pa ||
		            plain->blackbox_ipa >= model->windows[i].pa + model->windows[i].size);
}

/* ---- device trees ---- */

static void make(uint32_t partition)
{
	free(tree.blob);
	assert_true(
	    guest_tree_make(model, &model->partitions[partition], &tree, &(struct complaints){0}));
	assert_int_equal(fdt_check_full(tree.blob, tree.size), 0);
}

TEST(test_tree_of_a_bus)
{
	const char *bus = "/pcie@4010000000";
	const uint32_t panel = model->partitions[LINUX].panel->intid - 32;
	uint32_t gic;

	make(LINUX);
	gic = fdt_get_phandle(tree.blob, fdt_path_offset(tree.blob, "/intc@8000000"));
	assert_int_not_equal(gic, 0);
	EXPECT_TEXTS(bus, "compatible", "pci-host-ecam-generic");
	EXPECT_TEXTS(bus, "device_type", "pci");
	EXPECT_CELLS(bus, "reg", 0x40, 0x10000000, 0, 0x100000);
	EXPECT_CELLS(bus, "bus-range", 0, 0);
	EXPECT_CELLS(bus, "ranges", 0x2000000, 0, 0x10000000, 0, 0x10000000, 0, 0x2eff0000);
	EXPECT_CELLS(bus, "interrupt-map-mask", 0xf800, 0, 0, 7);
	/* The controller's addresses have two cells here. The card has no line. */
	EXPECT_CELLS(bus, "interrupt-map", 0x800, 0, 0, 1, gic, 0, 0, 0, panel, 4, 0x1000, 0, 0, 1,
	             gic, 0, 0, 0, 5, 4, 0x2000, 0, 0, 1, gic, 0, 0, 0, 3, 4, 0x2000, 0, 0, 2, gic,
	             0, 0, 0, 4, 4);
	tree_expect_bytes(&tree, bus, "dma-coherent", "", 0);
	EXPECT_CELLS("/chosen", "linux,pci-probe-only", 1);
	/* Of the board's own bridge and its SMMU nothing is seen. */
	assert_true(fdt_path_offset(tree.blob, "/pcie@10000000") < 0);
	assert_true(fdt_path_offset(tree.blob, "/smmuv3@9050000") < 0);
}

TEST(test_tree_of_a_panel)
{
	const struct model_partition *linux_os = &model->partitions[LINUX];
	const uint32_t memory = (uint32_t)linux_os->panel->bars[2].base;
	char path[32];
	int size;

	make(LINUX);
	(void)snprintf(path, sizeof(path), "/window@%x", memory);
	EXPECT_CELLS(path, "reg", 0, memory, 0, 0x1000);
	EXPECT_CELLS(path, "kumiki,rings", 0);
	EXPECT_CELLS(path, "kumiki,bits", 0);
	assert_null(tree_value(&tree, path, "interrupts", &size));
	EXPECT_CELLS("/doorbell-4", "kumiki,bits", 1);
	EXPECT_TEXTS("/hypervisor/manager", "kumiki,manages", "drive\0plain");
	EXPECT_CELLS("/hypervisor/manager", "kumiki,bit", 31);
	EXPECT_CELLS("/hypervisor/manager", "reg", 0,
	             (uint32_t)linux_os->blackbox_ipa + BUNDLE_BLACKBOX_MEMORY, 0,
	             BUNDLE_BLACKBOX_MEMORY, 0,
	             (uint32_t)linux_os->blackbox_ipa + 2 * BUNDLE_BLACKBOX_MEMORY, 0,
	             BUNDLE_BLACKBOX_MEMORY);
	assert_null(tree_value(&tree, "/hypervisor/manager", "interrupts", &size));
}

/* A manager without a panel, whose function has no line. */
TEST(test_tree_without_a_panel)
{
	const struct model_partition *plain = &model->partitions[PLAIN];

	make(PLAIN);
	EXPECT_CELLS("/hypervisor/manager", "interrupts", 0, plain->manager_intid - 32, 1);
	EXPECT_CELLS("/hypervisor/manager", "reg", 0,
	             (uint32_t)plain->blackbox_ipa + BUNDLE_BLACKBOX_MEMORY, 0,
	             BUNDLE_BLACKBOX_MEMORY);
	tree_expect_bytes(&tree, "/pcie@4010000000", "interrupt-map", "", 0);
}
