/*
 * We understand a source as dtc does: each good description and the board's file, compiled by dtc,
 * has the same nodes and the same bytes in each property, but for the numbers of phandles, which
 * every compiler chooses itself.
 */
#include <dirent.h>
#include <host/dts.h>
#include <libfdt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define DTC_BLOB_MAX (1u << 20)
#define DTC_FOLDER   "tests/descriptions/good"
#define DTC_INCLUDE  "frame/board/qemu-virt"

static char dtc_blob[DTC_BLOB_MAX];

static void dtc_compile(const char *path)
{
	char command[1024];
	size_t size;
	FILE *pipe;

	(void)snprintf(command, sizeof(command), "dtc -q -I dts -O dtb -i " DTC_INCLUDE " -o - %s",
	               path);
	pipe = popen(command, "re"); /* NOLINT: the path is one of our own files */
	assert_non_null(pipe);
	size = fread(dtc_blob, 1, sizeof(dtc_blob), pipe);
	assert_int_equal(pclose(pipe), 0);
	assert_int_equal(fdt_check_full(dtc_blob, size), 0);
}

static bool dtc_is_handle(const struct dts_property *property, size_t offset)
{
	for (const struct dts_item *item = property->items; item; item = item->next)
		if (item->kind == DTS_HANDLE && offset >= item->offset && offset < item->offset + 4)
			return true;
	return false;
}

static void dtc_compare_property(const char *path, const struct dts_property *property, int node)
{
	int size = 0;
	const char *bytes = fdt_getprop(dtc_blob, node, property->name, &size);

	if (!bytes || (size_t)size != property->size) {
		fail_msg("%s: property %s differs", path, property->name);
		return;
	}
	for (size_t i = 0; i < property->size; i++)
		if ((uint8_t)bytes[i] != property->bytes[i] && !dtc_is_handle(property, i))
			fail_msg("%s: property %s differs in byte %zu", path, property->name, i);
}

/* How many properties the node has there, those apart that only dtc adds. */
static size_t dtc_property_count(const struct dts_node *ours, int node)
{
	size_t count = 0;
	int offset;

	fdt_for_each_property_offset(offset, dtc_blob, node)
	{
		const char *name = NULL;

		fdt_getprop_by_offset(dtc_blob, offset, &name, NULL);
		count += strcmp(name, "phandle") != 0 || dts_property(ours, "phandle");
	}
	return count;
}

static void dtc_compare_node(struct arena *arena, const struct dts_node *ours)
{
	const char *path = dts_path(arena, ours);
	int node = fdt_path_offset(dtc_blob, path), child;
	size_t children = 0;

	if (node < 0)
		fail_msg("dtc has no node %s", path);
	for (const struct dts_property *p = ours->properties; p; p = p->next)
		dtc_compare_property(path, p, node);
	assert_int_equal(dtc_property_count(ours, node), ours->property_count);
	fdt_for_each_subnode(child, dtc_blob, node) children++;
	assert_int_equal(children, ours->child_count);
}

static void dtc_compare(const char *path)
{
	static const char *const dirs[] = {DTC_INCLUDE};
	struct arena arena = {0};
	struct complaints complaints = {.arena = &arena};
	struct file_search search = file_search_make(&arena, NULL, dirs, 1);
	struct dts_tree *tree = dts_parse(path, &search, &arena, &complaints);

	assert_int_equal(complaints.errors, 0);
	dtc_compile(path);
	for (const struct dts_node *n = tree->root; n; n = dts_walk(n))
		dtc_compare_node(&arena, n);
	arena_free(&arena);
}

static int dtc_is_source(const struct dirent *entry)
{
	return strstr(entry->d_name, ".dts") != NULL;
}

TEST(test_same_as_dtc)
{
	struct dirent **entries;
	int count = scandir(DTC_FOLDER, &entries, dtc_is_source, alphasort);

	assert_true(count >= 7);
	for (int i = 0; i < count; i++) {
		char path[512];

		(void)snprintf(path, sizeof(path), DTC_FOLDER "/%s", entries[i]->d_name);
		dtc_compare(path);
		free(entries[i]);
	}
	free(entries);
}
