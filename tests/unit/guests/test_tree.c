/* The guest library's reader of device trees, against trees that libfdt writes. */
#include <guest/tree.h>
#include <libfdt.h>
#include <stdint.h>
#include <unit.h>

static uint32_t blob[512];

static void put_cells(const char *name, uint32_t a, uint32_t b, uint32_t c)
{
	const fdt32_t cells[] = {cpu_to_fdt32(a), cpu_to_fdt32(b), cpu_to_fdt32(c)};

	assert_int_equal(fdt_property(blob, name, cells, sizeof(cells)), 0);
}

static void set_up(void)
{
	static const char compatible[] = "first\0second";

	assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
	assert_int_equal(fdt_finish_reservemap(blob), 0);
	assert_int_equal(fdt_begin_node(blob, ""), 0);
	assert_int_equal(fdt_begin_node(blob, "some"), 0);
	assert_int_equal(fdt_property(blob, "compatible", compatible, sizeof(compatible)), 0);
	put_cells("reg", 0x1, 0x2, 0x3);
	put_cells("interrupts", 0, 61, 1);
	assert_int_equal(fdt_begin_node(blob, "inner"), 0);
	assert_int_equal(fdt_property_string(blob, "compatible", "second"), 0);
	put_cells("interrupts", 1, 11, 4);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_begin_node(blob, "kept@40000000"), 0);
	put_cells("reg", 0, 0x40000000, 0);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_finish(blob), 0);
}

const struct unit_fixture unit_all = {set_up, NULL};

TEST(nodes_are_found)
{
	assert_non_null(tree_compatible(blob, "first", 0).at);
	assert_null(tree_compatible(blob, "first", 1).at);
	assert_ptr_equal(tree_compatible(blob, "second", 0).at,
	                 tree_compatible(blob, "first", 0).at);
	assert_int_equal(tree_interrupt(tree_compatible(blob, "second", 1), 0), 27);
	assert_null(tree_compatible(blob, "sec", 0).at);
	assert_int_equal(tree_number(tree_named(blob, "kept@", 0), "reg", 0), 0x40000000);
	assert_null(tree_named(blob, "kept@", 1).at);
}

TEST(properties_are_read)
{
	const struct tree_node node = tree_compatible(blob, "first", 0);
	uint32_t size = 0;

	assert_non_null(tree_property(node, "reg", &size));
	assert_int_equal(size, 12);
	assert_true(tree_number(node, "reg", 0) == 0x100000002ull);
	assert_int_equal(tree_cell(node, "reg", 2), 3);
	assert_int_equal(tree_cell(node, "reg", 3), 0);
	assert_int_equal(tree_interrupt(node, 0), 93);
	assert_int_equal(tree_interrupt(node, 1), 0);
	assert_string_equal(tree_string(node, "compatible", 1), "second");
	assert_null(tree_string(node, "compatible", 2));
	assert_null(tree_property(node, "none", &size));
	/* Of nothing there is nothing. */
	assert_null(tree_property(tree_named(blob, "no", 0), "reg", &size));
}
