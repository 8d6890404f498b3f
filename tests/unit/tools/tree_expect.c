/* See tree_expect.h. */
#include <libfdt.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>
#include <unit/tools/tree_expect.h>

const void *tree_value(const struct guest_tree *tree, const char *path, const char *name, int *size)
{
	return fdt_getprop(tree->blob, fdt_path_offset(tree->blob, path), name, size);
}

void tree_expect_cells(const struct guest_tree *tree, const char *path, const char *name,
                       const uint32_t *cells, size_t count)
{
	int size = 0;
	const fdt32_t *value = tree_value(tree, path, name, &size);

	if (!value || (size_t)size != count * 4)
		fail_msg("%s of %s has %d bytes", name, path, size);
	for (size_t i = 0; value && i < count; i++)
		assert_int_equal(fdt32_to_cpu(value[i]), cells[i]);
}

void tree_expect_bytes(const struct guest_tree *tree, const char *path, const char *name,
                       const char *text, size_t size)
{
	int found = 0;
	const void *value = tree_value(tree, path, name, &found);

	if (!value || (size_t)found != size || memcmp(value, text, size) != 0)
		fail_msg("%s of %s has %d bytes", name, path, found);
}
