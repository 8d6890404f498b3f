/*
 * The reader of device trees: a tree as QEMU's, and the same with every byte of it broken.
 *
 * Shows: kernel.one-image.
 */
#include <kernel/board.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define ROOM 4096

static void cells(void *tree, const char *name, const uint32_t *values, uint32_t count)
{
	fdt32_t packed[16];

	for (uint32_t i = 0; i < count; i++)
		packed[i] = cpu_to_fdt32(values[i]);
	assert_int_equal(fdt_property(tree, name, packed, (int)(4 * count)), 0);
}

#define CELLS(tree, name, ...)                                                                     \
	cells(tree, name, (const uint32_t[]){__VA_ARGS__},                                         \
	      sizeof((const uint32_t[]){__VA_ARGS__}) / 4)

static void cpu(void *tree, const char *name, uint32_t affinity)
{
	fdt_begin_node(tree, name);
	fdt_property_string(tree, "device_type", "cpu");
	CELLS(tree, "reg", affinity);
	fdt_end_node(tree);
}

static void make(void *tree)
{
	assert_int_equal(fdt_create(tree, ROOM), 0);
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	CELLS(tree, "#address-cells", 2);
	CELLS(tree, "#size-cells", 2);
	fdt_begin_node(tree, "psci");
	fdt_property(tree, "compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
	fdt_property_string(tree, "method", "smc");
	fdt_end_node(tree);
	fdt_begin_node(tree, "memory@40000000");
	fdt_property_string(tree, "device_type", "memory");
	CELLS(tree, "reg", 0, 0x40000000, 0, 0x8000000, 1, 0, 0, 0x1000);
	fdt_end_node(tree);
	fdt_begin_node(tree, "cpus");
	CELLS(tree, "#address-cells", 1);
	CELLS(tree, "#size-cells", 0);
	cpu(tree, "cpu@0", 0);
	cpu(tree, "cpu@1", 0x101);
	fdt_end_node(tree);
	fdt_begin_node(tree, "timer");
	fdt_property_string(tree, "compatible", "arm,armv8-timer");
	CELLS(tree, "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
	fdt_end_node(tree);
	fdt_begin_node(tree, "intc@8000000");
	fdt_property_string(tree, "compatible", "arm,gic-v3");
	CELLS(tree, "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000);
	fdt_end_node(tree);
	fdt_begin_node(tree, "pl011@9000000");
	fdt_property(tree, "compatible", "arm,pl011\0arm,primecell", 24);
	CELLS(tree, "reg", 0, 0x9000000, 0, 0x1000);
	fdt_end_node(tree);
	fdt_end_node(tree);
	assert_int_equal(fdt_finish(tree), 0);
}

TEST(test_board)
{
	char *bytes = malloc(ROOM);
	struct board board = {0};
	struct tree tree;

	make(bytes);
	assert_true(tree_open(&tree, bytes, ROOM));
	assert_false(tree_open(&tree, bytes, fdt_totalsize(bytes) - 1));
	assert_true(tree_open(&tree, bytes, fdt_totalsize(bytes)));
	board_read(&board, &tree);
	assert_null(board_lacks(&board));
	assert_int_equal(board.ram_count, 2);
	assert_int_equal(board.ram[0].base, 0x40000000);
	assert_int_equal(board.ram[0].size, 0x8000000);
	assert_int_equal(board.ram[1].base, 0x100000000);
	assert_int_equal(board.cpus, 2);
	assert_int_equal(board.affinity[1], 0x101);
	assert_int_equal(board.timer, 27);
	assert_int_equal(board.distributor.base, 0x8000000);
	assert_int_equal(board.redistributors.size, 0xf60000);
	assert_int_equal(board.uart, 0x9000000);
	assert_true(board.psci_smc);
	free(bytes);
}

/* Nothing outside of the tree is read, whatever it says: the sanitizer looks. */
TEST(test_broken)
{
	static const uint8_t values[] = {0, 1, 2, 3, 4, 9, 0x7f, 0x80, 0xff};
	char *whole = malloc(ROOM), *bytes;
	struct board board;
	struct tree tree;
	size_t size;

	make(whole);
	size = fdt_totalsize(whole);
	bytes = malloc(size);
	for (size_t at = 0; at < size; at++)
		for (size_t i = 0; i < sizeof(values); i++) {
			memcpy(bytes, whole, size);
			bytes[at] = (char)values[i];
			memset(&board, 0, sizeof(board));
			if (tree_open(&tree, bytes, size))
				board_read(&board, &tree);
		}
	free(bytes);
	free(whole);
}
