/* The folder that looks like a Linux with a panel: see fake_panel.h. */
#include "fake_panel.h"
#include <fcntl.h>
#include <ftw.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAKE_ROOM 256

static char fake_root[FAKE_ROOM];

const char *fake_tree_path(const char *path)
{
	static char whole[2 * FAKE_ROOM];

	(void)snprintf(whole, sizeof(whole), "%s%s", fake_root, path);
	return whole;
}

static void fake_require(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

void fake_tree_write(const char *path, const void *bytes, size_t size)
{
	const int file = open(fake_tree_path(path), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	fake_require(file >= 0 && write(file, bytes, size) == (ssize_t)size, path);
	(void)close(file);
}

static void fake_text(const char *path, const char *text)
{
	fake_tree_write(path, text, strlen(text));
}

size_t fake_tree_read(const char *path, void *bytes, size_t size)
{
	const int file = open(fake_tree_path(path), O_RDONLY);
	const ssize_t got = file < 0 ? -1 : read(file, bytes, size);

	fake_require(got >= 0, path);
	(void)close(file);
	return (size_t)got;
}

static void fake_room(const char *path, off_t size)
{
	fake_text(path, "");
	fake_require(truncate(fake_tree_path(path), size) == 0, path);
}

/* ---- the device tree ---- */

static void fake_string(void *tree, const char *name, const char *text)
{
	fake_require(fdt_property(tree, name, text, (int)strlen(text) + 1) == 0, name);
}

static void fake_cells(void *tree, const char *name, const uint32_t *cells, int count)
{
	fdt32_t big[8];

	for (int i = 0; i < count; i++)
		big[i] = cpu_to_fdt32(cells[i]);
	fake_require(fdt_property(tree, name, big, count * 4) == 0, name);
}

static void fake_node(void *tree, const char *name, const char *compatible, const char *label)
{
	fake_require(fdt_begin_node(tree, name) == 0, name);
	fake_string(tree, "compatible", compatible);
	fake_string(tree, "label", label);
}

static void fake_window(void *tree, const char *label, uint32_t offset, bool doorbells)
{
	const uint32_t size = doorbells ? FAKE_SEEN - FAKE_WINDOW : FAKE_SEEN_ALL;
	const uint32_t reg[] = {0, FAKE_MEMORY + offset, 0, size}, ring = FAKE_RING, bit = FAKE_BIT;

	fake_node(tree, label, "kumiki,window-1.0", label);
	fake_cells(tree, "reg", reg, 4);
	fake_string(tree, "kumiki,peers", "small");
	if (doorbells) {
		fake_cells(tree, "kumiki,rings", &ring, 1);
		fake_cells(tree, "kumiki,bits", &bit, 1);
	} else {
		fake_require(fdt_property(tree, "kumiki,read-only", NULL, 0) == 0, label);
	}
	fake_require(fdt_end_node(tree) == 0, label);
}

static void fake_manager(void *tree)
{
	const uint32_t reg[] = {0, FAKE_MEMORY + FAKE_BOX, 0, BUNDLE_BLACKBOX_MEMORY}, bit = 31;

	fake_node(tree, "manager", "kumiki,manager-1.0", "manager");
	fake_string(tree, "kumiki,manages", "small");
	fake_cells(tree, "reg", reg, 4);
	fake_cells(tree, "kumiki,bit", &bit, 1);
	fake_require(fdt_end_node(tree) == 0, "manager");
}

static void fake_doorbell(void *tree)
{
	const uint32_t bit = 5;

	fake_node(tree, "doorbell-6", "kumiki,doorbell-1.0", "wake");
	fake_string(tree, "kumiki,peers", "other");
	fake_cells(tree, "kumiki,bits", &bit, 1);
	fake_require(fdt_end_node(tree) == 0, "doorbell");
}

/* CPU 1 stays; CPUs 2 and 3 come and go with cores 2 and 3. */
static void fake_cpus(void *tree)
{
	const uint32_t bit = 31;

	for (uint32_t i = 0; i < 4; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "cpu@%u", (unsigned int)i);
		fake_require(fdt_begin_node(tree, name) == 0, name);
		if (i >= 2)
			fake_cells(tree, "kumiki,core", &i, 1);
		fake_require(fdt_end_node(tree) == 0, name);
	}
	fake_node(tree, "cores", "kumiki,cores-1.0", "cores");
	fake_cells(tree, "kumiki,bit", &bit, 1);
	fake_require(fdt_end_node(tree) == 0, "cores");
}

static void fake_device_tree(void)
{
	static uint32_t tree[1024];

	fake_require(fdt_create(tree, sizeof(tree)) == 0 && fdt_finish_reservemap(tree) == 0 &&
	                 fdt_begin_node(tree, "") == 0,
	             "tree");
	fake_window(tree, "pipe", FAKE_WINDOW, true);
	fake_window(tree, "seen", FAKE_SEEN, false);
	fake_manager(tree);
	fake_doorbell(tree);
	fake_cpus(tree);
	fake_require(fdt_end_node(tree) == 0 && fdt_finish(tree) == 0, "tree");
	fake_tree_write("/sys/firmware/fdt", tree, fdt_totalsize(tree));
}

/* ---- the folder ---- */

static void fake_folders(void)
{
	static const char *const folders[] = {"/sys",
	                                      "/sys/firmware",
	                                      "/sys/bus",
	                                      "/sys/bus/pci",
	                                      "/sys/bus/pci/devices",
	                                      "/sys/bus/pci/devices/0000:00:00.0",
	                                      "/sys/bus/pci/devices/0000:00:1f.0",
	                                      "/sys/bus/pci/devices/0000:00:1f.0/uio",
	                                      "/sys/bus/pci/devices/0000:00:1f.0/uio/uio0",
	                                      "/sys/bus/pci/drivers",
	                                      "/sys/bus/pci/drivers/uio_pci_generic",
	                                      "/sys/bus/pci/drivers/other",
	                                      "/sys/kernel",
	                                      "/sys/devices",
	                                      "/sys/devices/system",
	                                      "/sys/devices/system/cpu",
	                                      "/sys/devices/system/cpu/cpu2",
	                                      "/sys/devices/system/cpu/cpu3",
	                                      "/dev",
	                                      "/run"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		fake_require(mkdir(fake_tree_path(folders[i]), 0700) == 0, folders[i]);
}

static void fake_function(void)
{
	fake_text("/sys/bus/pci/devices/0000:00:00.0/vendor", "0x1b36\n");
	fake_text("/sys/bus/pci/devices/0000:00:00.0/device", "0x0008\n");
	fake_text(FAKE_FUNCTION "/vendor", "0x1af4\n");
	fake_text(FAKE_FUNCTION "/device", "0x10f5\n");
	fake_text(FAKE_FUNCTION "/resource",
	          "0x0000000010000000 0x0000000010000fff 0x0000000000040200\n"
	          "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
	          "0x0000000020000000 0x000000002003ffff 0x000000000014220c\n");
	fake_text(FAKE_FUNCTION "/driver_override", "(null)\n");
	fake_text("/sys/bus/pci/drivers_probe", "");
	fake_room(FAKE_FUNCTION "/resource0", 0x1000);
	fake_room(FAKE_FUNCTION "/resource2_wc", FAKE_SIZE);
	fake_room(FAKE_FUNCTION "/config", 256);
	fake_require(symlink("../../../../bus/pci/drivers/uio_pci_generic",
	                     fake_tree_path(FAKE_FUNCTION "/driver")) == 0,
	             "driver");
}

/* Linux's files about its CPUs. The last CPU is offline, as another partition has its core. */
static void fake_hotplug(void)
{
	fake_text("/sys/kernel/rcu_expedited", "0\n");
	fake_text("/sys/devices/system/cpu/cpu2/online", "1\n");
	fake_text("/sys/devices/system/cpu/cpu3/online", "0\n");
}

const char *fake_tree_make(void)
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(fake_root, sizeof(fake_root), "%s/kumiki-linux-XXXXXX",
	               base != NULL ? base : "/tmp");
	fake_require(mkdtemp(fake_root) != NULL, fake_root);
	fake_folders();
	fake_function();
	fake_hotplug();
	fake_device_tree();
	fake_require(mkfifo(fake_tree_path("/dev/uio0"), 0600) == 0, "uio0");
	return fake_root;
}

static int fake_remove(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

void fake_tree_remove(void)
{
	(void)nftw(fake_root, fake_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static void fake_put(const void *from, size_t size, off_t offset)
{
	const int file = open(fake_tree_path(FAKE_FUNCTION "/resource2_wc"), O_WRONLY);

	fake_require(pwrite(file, from, size, offset) == (ssize_t)size, "resource2_wc");
	(void)close(file);
}

void fake_tree_box(const struct blackbox *box)
{
	fake_put(box, sizeof(*box), FAKE_BOX);
}

void fake_tree_seen(const void *from, size_t size)
{
	fake_put(from, size, FAKE_SEEN);
}
