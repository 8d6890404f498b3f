/*
 * Guest device trees: what is in them, read back with libfdt; what never is; what is refused. That
 * dtc takes them without a warning is checked where there is a dtc (test_tree_dtc below).
 *
 * Shows: start.tree.
 */
#include <host/guest_tree.h>
#include <libfdt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/tools/sample_model.h>

static struct sample_model sample;
static struct guest_tree tree;

static void set_up(void)
{
	sample_model_make(&sample);
	tree = (struct guest_tree){0};
}

static void tear_down(void)
{
	free(tree.blob);
	sample_model_free(&sample);
}

const struct unit_fixture unit_each = {set_up, tear_down};

static void make(const struct model_partition *partition)
{
	free(tree.blob);
	assert_true(guest_tree_make(&sample.model, partition, &tree, &(struct complaints){0}));
	assert_int_equal(fdt_check_full(tree.blob, tree.size), 0);
	assert_int_equal(fdt_totalsize(tree.blob), tree.size);
}

static int node(const char *path)
{
	return fdt_path_offset(tree.blob, path);
}

static void expect_bytes(const char *path, const char *name, const void *bytes, size_t size)
{
	int found = 0;
	const void *value = fdt_getprop(tree.blob, node(path), name, &found);
	if (value == NULL || (size_t)found != size || memcmp(value, bytes, size) != 0)
		fail_msg("%s of %s: %d bytes, not the expected %zu", name, path, found, size);
}

#define EXPECT_TEXT(path, name, text) expect_bytes(path, name, text, sizeof(text))

static void expect_cells(const char *path, const char *name, const uint32_t *cells, size_t count)
{
	fdt32_t bytes[32];
	for (size_t i = 0; i < count; i++)
		bytes[i] = cpu_to_fdt32(cells[i]);
	expect_bytes(path, name, bytes, count * 4);
}

#define EXPECT_CELLS(path, name, ...)                                                              \
	expect_cells(path, name, (const uint32_t[]){__VA_ARGS__},                                  \
	             sizeof((const uint32_t[]){__VA_ARGS__}) / 4)

static void expect_absent(const char *path)
{
	if (node(path) >= 0)
		fail_msg("there is a %s", path);
}

TEST(a_linux_finds_its_machine)
{
	make(sample.linux_os);
	EXPECT_TEXT("/", "compatible", "linux,dummy-virt");
	EXPECT_TEXT("/chosen", "bootargs", "console=ttyAMA0");
	EXPECT_TEXT("/chosen", "stdout-path", "/pl011@9000000");
	EXPECT_CELLS("/chosen", "linux,initrd-start", 0, 0x4a000000);
	EXPECT_CELLS("/chosen", "linux,initrd-end", 0, 0x4a000000 + 3000);
	EXPECT_CELLS("/memory@48000000", "reg", 0, 0x48000000, 0, 0x08000000);
	EXPECT_TEXT("/cpus/cpu@0", "compatible", "arm,cortex-a57");
	EXPECT_CELLS("/cpus/cpu@1", "reg", 1);
	EXPECT_TEXT("/cpus/cpu@1", "enable-method", "psci");
	expect_absent("/cpus/cpu@2");
	EXPECT_TEXT("/psci", "method", "hvc");
	EXPECT_CELLS("/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
	EXPECT_CELLS("/pmu", "interrupts", 1, 7, 4);
	EXPECT_CELLS("/intc@8000000", "reg", 0, 0x08000000, 0, 0x10000, 0, 0x080a0000, 0, 0x40000);
	EXPECT_CELLS("/pl011@9000000", "interrupts", 0, 1, 4);
	EXPECT_CELLS("/pl031@9010000", "interrupts", 0, 2, 4);
	EXPECT_TEXT("/aliases", "serial0", "/pl011@9000000");
	EXPECT_TEXT("/hypervisor", "compatible", "kumiki,hypervisor-1.0");
}

/* CPU 1's core may go elsewhere; by which interrupt it hears of that. */
TEST(cores_that_move_are_told)
{
	sample.linux_os->may_hold = 1u << 1;
	sample.linux_os->moves_cores = true;
	sample.linux_os->manager_intid = 100;
	make(sample.linux_os);
	EXPECT_TEXT("/hypervisor/cores", "compatible", "kumiki,cores-1.0");
	EXPECT_CELLS("/hypervisor/cores", "interrupts", 0, 68, 1);
	EXPECT_CELLS("/cpus/cpu@1", "kumiki,core", 1);
	assert_null(fdt_getprop(tree.blob, node("/cpus/cpu@0"), "kumiki,core", NULL));
	assert_true(node("/hypervisor/manager") < 0);
}

TEST(its_devices_are_the_boards)
{
	make(sample.linux_os);
	EXPECT_CELLS("/virtio_mmio@a003e00", "reg", 0, 0x0a003e00, 0, 0x200);
	EXPECT_CELLS("/virtio_mmio@a003e00", "interrupts", 0, 47, 1);
	expect_bytes("/virtio_mmio@a003e00", "dma-coherent", "", 0);
	assert_true(node("/virtio_mmio@a003c00") > 0);
	/* interrupts go to the emulated controller, which has the board's phandle */
	uint32_t phandle = fdt_get_phandle(tree.blob, node("/intc@8000000"));
	assert_int_equal(phandle, dts_by_label(sample.tree, "intc")->phandle);
	EXPECT_CELLS("/", "interrupt-parent", phandle);
}

TEST(nothing_else_is_there)
{
	make(sample.linux_os);
	expect_absent("/domains");
	expect_absent("/intc@8000000/its@8080000");
	expect_absent("/pl061@9030000");
	expect_absent("/gpio-keys");
	expect_absent("/soc@c000000");
	expect_absent("/apb-pclk");
	assert_null(fdt_getprop(tree.blob, 0, "kumiki,board", NULL));
	assert_null(
	    fdt_getprop(tree.blob, node("/virtio_mmio@a003e00"), "kumiki,qemu-device", NULL));
	assert_null(fdt_getprop(tree.blob, node("/virtio_mmio@a003c00"), "msi-parent", NULL));
}

TEST(a_small_guest_gets_little)
{
	make(sample.heartbeat);
	EXPECT_CELLS("/memory@40000000", "reg", 0, 0x40000000, 0, 0x00100000);
	EXPECT_TEXT("/cpus/cpu@0", "compatible", "arm,cortex-a53"); /* of the core it runs on */
	EXPECT_CELLS("/intc@8000000", "reg", 0, 0x08000000, 0, 0x10000, 0, 0x080a0000, 0, 0x20000);
	expect_absent("/pl011@9000000");
	expect_absent("/pl031@9010000");
	expect_absent("/aliases");
	expect_absent("/emulated-clock");
	assert_null(fdt_getprop(tree.blob, node("/chosen"), "bootargs", NULL));
	assert_null(fdt_getprop(tree.blob, node("/chosen"), "linux,initrd-start", NULL));
}

TEST(a_device_brings_its_clock_and_bus)
{
	sample_model_give(&sample, sample.heartbeat, sample_model_device(&sample, "gpio"));
	sample_model_give(&sample, sample.heartbeat, sample_model_device(&sample, "sensor"));
	make(sample.heartbeat);
	uint32_t clock = fdt_get_phandle(tree.blob, node("/apb-pclk"));
	assert_int_not_equal(clock, 0);
	EXPECT_CELLS("/pl061@9030000", "clocks", clock);
	EXPECT_CELLS("/soc@c000000", "ranges", 0, 0, 0x0c000000, 0x2000000);
	EXPECT_CELLS("/soc@c000000/sensor@1000", "reg", 0x1000, 0x100);
}

TEST(a_device_that_needs_anothers_is_refused)
{
	struct arena arena = {0};
	struct complaints complaints = {.arena = &arena};
	sample_model_give(&sample, sample.linux_os, sample_model_device(&sample, "keys"));
	assert_false(guest_tree_make(&sample.model, sample.linux_os, &tree, &complaints));
	assert_int_equal(complaints.errors, 1);
	assert_string_equal(complaints.first->about, "linux");
	assert_string_equal(
	    complaints.first->text,
	    "device '/gpio-keys/poweroff' needs '&gpio' (its property 'gpios'), "
	    "which 'linux' doesn't own; add that to 'access', or give the partition a device tree "
	    "of its own with 'kumiki,dtb'");
	arena_free(&arena);
	assert_null(tree.blob);
	/* with the other device, too, it is fine */
	sample_model_give(&sample, sample.linux_os, sample_model_device(&sample, "gpio"));
	make(sample.linux_os);
	EXPECT_CELLS("/gpio-keys/poweroff", "gpios",
	             fdt_get_phandle(tree.blob, node("/pl061@9030000")), 3, 0);
}

TEST(an_owned_uart_is_the_console)
{
	sample_model_give(&sample, sample.heartbeat, sample_model_device(&sample, "uart"));
	make(sample.heartbeat);
	EXPECT_TEXT("/chosen", "stdout-path", "/pl011@9000000");
	EXPECT_CELLS("/pl011@9000000", "interrupts", 0, 1, 4);
}

TEST(wide_affinities_have_two_cells)
{
	sample.linux_os->vcpus[1].affinity = 0x100000001ULL;
	make(sample.linux_os);
	EXPECT_CELLS("/cpus", "#address-cells", 2);
	EXPECT_CELLS("/cpus/cpu@0", "reg", 0, 0);
	EXPECT_CELLS("/cpus/cpu@100000001", "reg", 1, 1);
}

TEST(seeds_are_found_where_they_stand)
{
	make(sample.linux_os);
	struct guest_tree_seeds seeds = guest_tree_find_seeds(tree.blob, tree.size);
	int size = 0;
	const char *value = fdt_getprop(tree.blob, node("/chosen"), "kaslr-seed", &size);
	assert_int_equal(size, 8);
	assert_int_equal(seeds.kaslr_seed, value - (const char *)tree.blob);
	value = fdt_getprop(tree.blob, node("/chosen"), "rng-seed", &size);
	assert_int_equal(size, BUNDLE_RNG_SEED_SIZE);
	assert_int_equal(seeds.rng_seed, value - (const char *)tree.blob);
	assert_int_equal(seeds.rng_seed % 4, 0);
	/* blotting out: property header and value become FDT_NOP, and the tree stays whole */
	fdt32_t *words = (fdt32_t *)(void *)((char *)tree.blob + seeds.kaslr_seed - 12);
	for (int i = 0; i < 5; i++)
		words[i] = cpu_to_fdt32(FDT_NOP);
	assert_int_equal(fdt_check_full(tree.blob, tree.size), 0);
	assert_int_equal(guest_tree_find_seeds(tree.blob, tree.size).kaslr_seed, 0);
	assert_int_equal(guest_tree_find_seeds(tree.blob, tree.size).rng_seed, seeds.rng_seed);
	/* nothing is found in what is no tree */
	assert_int_equal(guest_tree_find_seeds(tree.blob, tree.size - 1).rng_seed, 0);
	assert_int_equal(guest_tree_find_seeds("no tree at all", 14).rng_seed, 0);
}

TEST(what_is_kept_is_reserved)
{
	make(sample.linux_os);
	expect_absent("/reserved-memory");
	sample_model_keep(&sample, sample.linux_os, 0x4e000000, 0x3000, false);
	sample_model_keep(&sample, sample.linux_os, 0x4f000000, 0x40000, true);
	make(sample.linux_os);
	EXPECT_CELLS("/reserved-memory", "#address-cells", 2);
	EXPECT_CELLS("/reserved-memory", "#size-cells", 2);
	expect_bytes("/reserved-memory", "ranges", "", 0);
	EXPECT_CELLS("/reserved-memory/kept@4e000000", "reg", 0, 0x4e000000, 0, 0x3000);
	expect_bytes("/reserved-memory/kept@4e000000", "no-map", "", 0);
	EXPECT_CELLS("/reserved-memory/ramoops@4f000000", "reg", 0, 0x4f000000, 0, 0x40000);
	expect_bytes("/reserved-memory/ramoops@4f000000", "no-map", "", 0);
	EXPECT_TEXT("/reserved-memory/ramoops@4f000000", "compatible", "ramoops");
	EXPECT_CELLS("/reserved-memory/ramoops@4f000000", "record-size", 0x4000);
	EXPECT_CELLS("/reserved-memory/ramoops@4f000000", "console-size", 0x10000);
}

/* Linux wants powers of two; all of it together is no more than there is. */
TEST(ramoops_of_any_size)
{
	sample_model_keep(&sample, sample.linux_os, 0x4f000000, 0x7000, true);
	make(sample.linux_os);
	EXPECT_CELLS("/reserved-memory/ramoops@4f000000", "record-size", 0x800);
	EXPECT_CELLS("/reserved-memory/ramoops@4f000000", "console-size", 0x1000);
}

TEST(too_little_space_is_said)
{
	for (size_t space = 0; space < 1200; space += 100) {
		struct arena arena = {0};
		struct complaints complaints = {.arena = &arena};
		sample.linux_os->dtb.space = space;
		assert_false(guest_tree_make(&sample.model, sample.linux_os, &tree, &complaints));
		assert_non_null(
		    strstr(complaints.first->text, "bytes kept for it; give the partition"));
		arena_free(&arena);
	}
}

TEST(it_is_the_same_each_time)
{
	struct guest_tree again;
	make(sample.linux_os);
	assert_true(
	    guest_tree_make(&sample.model, sample.linux_os, &again, &(struct complaints){0}));
	assert_int_equal(again.size, tree.size);
	assert_memory_equal(again.blob, tree.blob, tree.size);
	free(again.blob);
}

TEST(dtc_has_nothing_to_warn_of)
{
	struct model_partition *both[] = {sample.linux_os, sample.heartbeat};
	sample_model_give(&sample, sample.heartbeat, sample_model_device(&sample, "gpio"));
	sample_model_give(&sample, sample.heartbeat, sample_model_device(&sample, "sensor"));
	sample_model_keep(&sample, sample.linux_os, 0x4e000000, 0x3000, false);
	sample_model_keep(&sample, sample.linux_os, 0x4f000000, 0x40000, true);
	for (size_t i = 0; i < 2; i++) {
		make(both[i]);
		const char *path = sample_model_file(&sample, "tree.dtb", tree.blob, tree.size);
		const char *command =
		    arena_format(&sample.model.arena,
		                 "dtc -I dtb -O dtb -o %s.out %s >%s.log 2>&1 && ! test -s "
		                 "%s.log || { cat %s.log; false; }",
		                 path, path, path, path, path);
		assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own command */
	}
}
