/* SPDX-License-Identifier: MIT-0 */
/*
 * Reads the device tree's windows, doorbells, black boxes and CPUs. The kernel gives the tree as it
 * got it, in /sys/firmware/fdt; guest/tree.h reads it. Called once, by kumiki_open().
 */
#include <errno.h>
#include <fcntl.h>
#include <guest/tree.h>
#include <inttypes.h>
#include <libkumiki/libkumiki.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTION_PATH "/sys/firmware/fdt"
/* The header: magic, size of all. */
#define DESCRIPTION_MAGIC   0xd00dfeedu
#define DESCRIPTION_HEADER  40u
#define DESCRIPTION_LARGEST (2u << 20)

/* ---- the file ---- */

static bool description_whole(const uint32_t *tree, size_t size)
{
	return size >= DESCRIPTION_HEADER && __builtin_bswap32(tree[0]) == DESCRIPTION_MAGIC &&
	       __builtin_bswap32(tree[1]) <= size;
}

/* All of a file, in memory that the caller frees; NULL: errno says why. */
static void *description_load(const char *path, size_t *size)
{
	const int file = open(path, O_RDONLY | O_CLOEXEC);
	char *tree = file < 0 ? NULL : malloc(DESCRIPTION_LARGEST);
	ssize_t part = 0;

	*size = 0;
	while (tree != NULL && *size < DESCRIPTION_LARGEST &&
	       (part = read(file, tree + *size, DESCRIPTION_LARGEST - *size)) > 0)
		*size += (size_t)part;
	const int error = errno;

	if (file >= 0)
		(void)close(file);
	if (part < 0) {
		free(tree);
		tree = NULL;
	}
	errno = error;
	return tree;
}

static void *description_read(struct kumiki *kumiki)
{
	char path[KUMIKI_PATH_SIZE];
	size_t size;
	void *tree;

	(void)snprintf(path, sizeof(path), "%s" DESCRIPTION_PATH, kumiki->device.root);
	tree = description_load(path, &size);
	if (tree == NULL) {
		(void)kumiki_fail(kumiki,
		                  "can't read %s: %s: the device tree says where windows are, and "
		                  "only root may read it",
		                  path, strerror(errno));
	} else if (!description_whole(tree, size)) {
		(void)kumiki_fail(kumiki, "%s is no whole device tree", path);
		free(tree);
		tree = NULL;
	}
	return tree;
}

/* ---- the tree's contents ---- */

static void description_name(char name[KUMIKI_NAME_SIZE], const char *text)
{
	(void)snprintf(name, KUMIKI_NAME_SIZE, "%s", text != NULL ? text : "?");
}

/* Cell `index`, if the property is there and has so many. */
static uint32_t description_bell(struct tree_node node, const char *property, uint32_t index)
{
	uint32_t size = 0;

	if (tree_property(node, property, &size) == NULL || index >= size / 4)
		return KUMIKI_NO_BELL;
	return tree_cell(node, property, index);
}

static struct kumiki_peer description_peer(struct tree_node node, uint32_t index)
{
	struct kumiki_peer peer = {.ring = description_bell(node, "kumiki,rings", index),
	                           .bit = description_bell(node, "kumiki,bits", index)};

	description_name(peer.name, tree_string(node, "kumiki,peers", index));
	if (peer.bit > 31)
		peer.bit = KUMIKI_NO_BELL;
	return peer;
}

/* Where the memory is mapped; NULL: not in the panel's memory. */
static void *description_place(const struct kumiki_device *device, uint64_t address, uint64_t size)
{
	if (address < device->memory_address ||
	    address - device->memory_address > device->memory_size ||
	    size > device->memory_size - (address - device->memory_address))
		return NULL;
	return (char *)device->memory + (address - device->memory_address);
}

/* All of the memory is mapped to be read; whole pages of the machine are opened, which may be
 * larger than the 4 KiB by which windows are placed. */
static int description_open_for_writing(void *memory, size_t size)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const uintptr_t first = (uintptr_t)memory & ~(page - 1);
	const uintptr_t end = ((uintptr_t)memory + size + page - 1) & ~(page - 1);

	return mprotect((void *)first, end - first, PROT_READ | PROT_WRITE);
}

static int description_window(struct kumiki *kumiki, struct tree_node node)
{
	struct kumiki_window *window = &kumiki->windows[kumiki->window_count++];

	*window = (struct kumiki_window){.address = tree_number(node, "reg", 0),
	                                 .size = (size_t)tree_number(node, "reg", 2),
	                                 .read_only =
	                                     tree_property(node, "kumiki,read-only", NULL) != NULL};
	description_name(window->name, tree_string(node, "label", 0));
	window->memory = description_place(&kumiki->device, window->address, window->size);
	if (window->memory == NULL)
		return kumiki_fail(kumiki,
		                   "the device tree's window %s, at %#" PRIx64
		                   ", isn't in the panel's memory: were the frame and the image "
		                   "packed together?",
		                   window->name, window->address);
	if (!window->read_only && description_open_for_writing(window->memory, window->size) != 0)
		return kumiki_fail(kumiki, "the window %s can't be mapped for writing: %s",
		                   window->name, strerror(errno));
	while (window->peer_count < KUMIKI_PARTITIONS_MAX &&
	       tree_string(node, "kumiki,peers", window->peer_count) != NULL) {
		window->peers[window->peer_count] = description_peer(node, window->peer_count);
		window->peer_count++;
	}
	return 0;
}

static int description_windows(struct kumiki *kumiki, const void *tree)
{
	while (kumiki->window_count < KUMIKI_WINDOWS_MAX) {
		const struct tree_node node =
		    tree_compatible(tree, "kumiki,window-1.0", kumiki->window_count);

		if (node.at == NULL)
			return 0;
		if (description_window(kumiki, node) != 0)
			return -1;
	}
	return 0;
}

static void description_doorbells(struct kumiki *kumiki, const void *tree)
{
	while (kumiki->doorbell_count < KUMIKI_DOORBELLS_MAX) {
		struct kumiki_doorbell *bell = &kumiki->doorbells[kumiki->doorbell_count];
		const struct tree_node node =
		    tree_compatible(tree, "kumiki,doorbell-1.0", kumiki->doorbell_count);

		if (node.at == NULL)
			return;
		description_name(bell->name, tree_string(node, "label", 0));
		bell->peer = description_peer(node, 0);
		kumiki->doorbell_count++;
	}
}

/* A piece of `reg` for each managed partition, in their order. */
static int description_manager(struct kumiki *kumiki, const void *tree)
{
	const struct tree_node node = tree_compatible(tree, "kumiki,manager-1.0", 0);
	const uint32_t bit = description_bell(node, "kumiki,bit", 0);

	kumiki->changed = bit < 32 ? 1u << bit : 0;
	while (kumiki->box_count < KUMIKI_PARTITIONS_MAX) {
		const uint32_t index = kumiki->box_count;
		struct kumiki_box *box = &kumiki->boxes[index];
		const char *name = tree_string(node, "kumiki,manages", index);

		if (name == NULL || tree_number(node, "reg", 4 * index + 2) == 0)
			return 0;
		description_name(box->name, name);
		box->memory = description_place(
		    &kumiki->device, tree_number(node, "reg", 4 * index), sizeof(struct blackbox));
		if (box->memory == NULL)
			return kumiki_fail(kumiki,
			                   "the device tree's black box of %s isn't in the "
			                   "panel's memory: were the frame and the image packed "
			                   "together?",
			                   name);
		kumiki->box_count++;
	}
	return 0;
}

/* Linux numbers its CPUs as the tree does; the first one never moves. */
static void description_cpus(struct kumiki *kumiki, const void *tree)
{
	const struct tree_node node = tree_compatible(tree, "kumiki,cores-1.0", 0);
	const uint32_t bit = description_bell(node, "kumiki,bit", 0);

	if (bit < 32)
		kumiki->changed = 1u << bit;
	for (uint32_t i = 0; i < KUMIKI_CPUS_MAX; i++) {
		const struct tree_node cpu = tree_named(tree, "cpu@", i);

		if (cpu.at != NULL && tree_property(cpu, "kumiki,core", NULL) != NULL)
			kumiki->cpus[kumiki->cpu_count++] =
			    (struct kumiki_cpu){i, tree_cell(cpu, "kumiki,core", 0)};
	}
}

int kumiki_describe(struct kumiki *kumiki)
{
	void *tree = description_read(kumiki);
	int result;

	if (tree == NULL)
		return -1;
	result = description_windows(kumiki, tree);
	if (result == 0)
		result = description_manager(kumiki, tree);
	description_doorbells(kumiki, tree);
	description_cpus(kumiki, tree);
	free(tree);
	return result;
}
