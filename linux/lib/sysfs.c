/* SPDX-License-Identifier: MIT-0 */
/*
 * Finds the panel among the PCI functions in sysfs, gives it to uio_pci_generic, and maps it. Paths
 * are below device.root. If something is missing on a user's machine, this file says in words what
 * it is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <kumiki/panel.h>
#include <libkumiki/libkumiki.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SYSFS_DEVICES   "/sys/bus/pci/devices"
#define SYSFS_DRIVER    "uio_pci_generic"
#define SYSFS_DRIVERS   "/sys/bus/pci/drivers/"
#define SYSFS_NAME_SIZE 64u /* of the name of a PCI function, of a driver, of uioN */
#define SYSFS_TEXT_SIZE 1024u

/* Makes a path below the root. A path that is too long is cut; then the file isn't found. */
__attribute__((format(printf, 3, 4))) static const char *
sysfs_path(const struct kumiki_device *device, char path[KUMIKI_PATH_SIZE], const char *form, ...)
{
	va_list arguments;
	const size_t root = strlen(device->root);

	memcpy(path, device->root, root);
	va_start(arguments, form);
	(void)vsnprintf(path + root, KUMIKI_PATH_SIZE - root, form, arguments);
	va_end(arguments);
	return path;
}

static int sysfs_read(const char *path, char text[SYSFS_TEXT_SIZE])
{
	const int file = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t size = file < 0 ? -1 : read(file, text, SYSFS_TEXT_SIZE - 1);

	if (file >= 0)
		(void)close(file);
	text[size < 0 ? 0 : size] = '\0';
	return size < 0 ? -1 : 0;
}

static int sysfs_write(const char *path, const char *text)
{
	const int file = open(path, O_WRONLY | O_CLOEXEC);
	const ssize_t size = file < 0 ? -1 : write(file, text, strlen(text));
	const int error = errno;

	if (file >= 0)
		(void)close(file);
	errno = error;
	return size < 0 ? -1 : 0;
}

/* Says that the kernel refuses, with the usual reasons. */
static int sysfs_refused(struct kumiki *kumiki, const char *what, const char *path)
{
	const int error = errno;
	const char *remedy = "";

	if (error == EACCES && geteuid() != 0)
		remedy = ": run this as root (sudo)";
	else if (error == EPERM || error == EACCES)
		remedy =
		    ": a locked-down kernel (secure boot) doesn't let programs reach PCI functions";
	return kumiki_fail(kumiki, "%s %s: %s%s", what, path, strerror(error), remedy);
}

/* ---- finding the panel ---- */

static uint32_t sysfs_number(const struct kumiki_device *device, const char *function,
                             const char *file)
{
	char path[KUMIKI_PATH_SIZE], text[SYSFS_TEXT_SIZE];

	if (sysfs_read(sysfs_path(device, path, SYSFS_DEVICES "/%s/%s", function, file), text) != 0)
		return 0;
	return (uint32_t)strtoul(text, NULL, 16);
}

static bool sysfs_is_panel(const struct kumiki_device *device, const char *function)
{
	return strlen(function) < SYSFS_NAME_SIZE &&
	       sysfs_number(device, function, "vendor") == PANEL_VENDOR &&
	       sysfs_number(device, function, "device") == PANEL_DEVICE;
}

static int sysfs_find(struct kumiki *kumiki, char function[SYSFS_NAME_SIZE])
{
	char path[KUMIKI_PATH_SIZE];
	DIR *folder = opendir(sysfs_path(&kumiki->device, path, SYSFS_DEVICES));
	const struct dirent *entry;
	bool found = false;

	if (folder == NULL)
		return kumiki_fail(kumiki,
		                   "%s: %s: this Linux has no PCI bus (does its partition have "
		                   "`kumiki,panel;` in the system description?), or /sys isn't "
		                   "mounted",
		                   path, strerror(errno));
	while (!found && (entry = readdir(folder)) != NULL) {
		found = sysfs_is_panel(&kumiki->device, entry->d_name);
		if (found)
			memcpy(function, entry->d_name, strlen(entry->d_name) + 1);
	}
	(void)closedir(folder);
	return found ? 0
	             : kumiki_fail(kumiki,
	                           "%s: no panel (%04x:%04x) among the PCI functions: write "
	                           "`kumiki,panel;` in this partition's node of the system "
	                           "description",
	                           path, PANEL_VENDOR, PANEL_DEVICE);
}

/* ---- the panel's driver ---- */

/* The name of the function's present driver; "": it has none. */
static void sysfs_driver(const struct kumiki_device *device, const char *function,
                         char driver[SYSFS_NAME_SIZE])
{
	char path[KUMIKI_PATH_SIZE], target[KUMIKI_PATH_SIZE];
	const ssize_t size =
	    readlink(sysfs_path(device, path, SYSFS_DEVICES "/%s/driver", function), target,
	             sizeof(target) - 1);
	const char *name;

	target[size < 0 ? 0 : size] = '\0';
	name = strrchr(target, '/');
	(void)snprintf(driver, SYSFS_NAME_SIZE, "%.*s", (int)SYSFS_NAME_SIZE - 1,
	               name != NULL ? name + 1 : target);
}

/* Gives the function to uio_pci_generic by driver_override. That concerns only this function, and
 * can be done twice. */
static int sysfs_bind(struct kumiki *kumiki, const char *function)
{
	const struct kumiki_device *device = &kumiki->device;
	char path[KUMIKI_PATH_SIZE], driver[SYSFS_NAME_SIZE];

	if (access(sysfs_path(device, path, SYSFS_DRIVERS SYSFS_DRIVER), F_OK) != 0)
		return kumiki_fail(kumiki,
		                   "%s isn't there: the kernel has no driver " SYSFS_DRIVER
		                   ": load it (modprobe " SYSFS_DRIVER ")",
		                   path);
	if (sysfs_write(sysfs_path(device, path, SYSFS_DEVICES "/%s/driver_override", function),
	                SYSFS_DRIVER) != 0)
		return sysfs_refused(kumiki, "can't write", path);
	if (sysfs_write(sysfs_path(device, path, "/sys/bus/pci/drivers_probe"), function) != 0)
		return sysfs_refused(kumiki, "can't write", path);
	sysfs_driver(device, function, driver);
	if (strcmp(driver, SYSFS_DRIVER) != 0)
		return kumiki_fail(kumiki,
		                   "%s: " SYSFS_DRIVER
		                   " didn't take it: the kernel's log (dmesg) says why",
		                   function);
	return 0;
}

static int sysfs_take(struct kumiki *kumiki, const char *function)
{
	char driver[SYSFS_NAME_SIZE];

	sysfs_driver(&kumiki->device, function, driver);
	if (driver[0] == '\0')
		return sysfs_bind(kumiki, function);
	if (strcmp(driver, SYSFS_DRIVER) == 0)
		return 0;
	return kumiki_fail(kumiki,
	                   "%s: the driver %s has the panel: take it away (echo %s > " SYSFS_DRIVERS
	                   "%s/unbind)",
	                   function, driver, function, driver);
}

/* ---- opening and mapping it ---- */

/* Reads line number `bar` of the file `resource`: the first and the last address. A size of 0:
 * there is no such BAR. */
static void sysfs_resource(const struct kumiki_device *device, const char *function,
                           unsigned int bar, uint64_t *address, size_t *size)
{
	char path[KUMIKI_PATH_SIZE], text[SYSFS_TEXT_SIZE];
	const char *line = text;
	char *rest;
	uint64_t last;

	(void)sysfs_read(sysfs_path(device, path, SYSFS_DEVICES "/%s/resource", function), text);
	while (bar-- != 0 && line != NULL) {
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	*address = line != NULL ? strtoull(line, &rest, 16) : 0;
	last = line != NULL ? strtoull(rest, NULL, 16) : 0;
	*size = last > *address ? (size_t)(last - *address + 1) : 0;
}

static void *sysfs_map(struct kumiki *kumiki, const char *path, size_t size, int protection)
{
	const int file = open(path, O_RDWR | O_CLOEXEC);
	void *memory = MAP_FAILED;

	if (file >= 0) {
		memory = mmap(NULL, size, protection, MAP_SHARED, file, 0);
		const int error = errno;

		(void)close(file);
		errno = error;
	}
	if (memory != MAP_FAILED)
		return memory;
	(void)sysfs_refused(kumiki, "can't map", path);
	return NULL;
}

static int sysfs_map_registers(struct kumiki *kumiki, const char *function)
{
	struct kumiki_device *device = &kumiki->device;
	char path[KUMIKI_PATH_SIZE];

	sysfs_path(device, path, SYSFS_DEVICES "/%s/resource%d", function, PANEL_REGISTERS_BAR);
	device->registers = sysfs_map(kumiki, path, PANEL_REGISTERS_SIZE, PROT_READ | PROT_WRITE);
	return device->registers != NULL ? 0 : -1;
}

/* Maps the memory with write-combining, which is normal memory without caches, as the other sides
 * have it. Device memory would refuse a C library's unaligned accesses. description.c opens windows
 * that can be written for writing. */
static int sysfs_map_memory(struct kumiki *kumiki, const char *function)
{
	struct kumiki_device *device = &kumiki->device;
	char path[KUMIKI_PATH_SIZE];

	sysfs_resource(device, function, PANEL_MEMORY_BAR, &device->memory_address,
	               &device->memory_size);
	if (device->memory_size == 0)
		return 0;
	sysfs_path(device, path, SYSFS_DEVICES "/%s/resource%d_wc", function, PANEL_MEMORY_BAR);
	if (access(path, F_OK) != 0)
		return kumiki_fail(kumiki,
		                   "%s isn't there: this kernel maps no prefetchable memory of "
		                   "PCI functions for programs; one with write-combining (any "
		                   "of arm64 since 5.3) is needed",
		                   path);
	device->memory = sysfs_map(kumiki, path, device->memory_size, PROT_READ);
	return device->memory != NULL ? 0 : -1;
}

/* Finds the function's uioN, in its folder `uio`. */
static int sysfs_uio(struct kumiki *kumiki, const char *function, char name[SYSFS_NAME_SIZE])
{
	char path[KUMIKI_PATH_SIZE];
	DIR *folder = opendir(sysfs_path(&kumiki->device, path, SYSFS_DEVICES "/%s/uio", function));
	const struct dirent *entry;

	name[0] = '\0';
	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (strncmp(entry->d_name, "uio", 3) == 0 &&
		    strlen(entry->d_name) < SYSFS_NAME_SIZE)
			memcpy(name, entry->d_name, strlen(entry->d_name) + 1);
	if (folder != NULL)
		(void)closedir(folder);
	if (name[0] == '\0')
		return kumiki_fail(kumiki, "%s has no uioN: is the module uio of this very kernel?",
		                   path);
	return 0;
}

static int sysfs_open(struct kumiki *kumiki, const char *path, int how)
{
	const int file = open(path, how | O_CLOEXEC);

	if (file >= 0)
		return file;
	if (errno == ENOENT)
		return kumiki_fail(kumiki, "%s isn't there: is devtmpfs mounted on /dev?", path);
	return sysfs_refused(kumiki, "can't open", path);
}

static int sysfs_open_files(struct kumiki *kumiki, const char *function)
{
	struct kumiki_device *device = &kumiki->device;
	char path[KUMIKI_PATH_SIZE], uio[SYSFS_NAME_SIZE];

	if (sysfs_uio(kumiki, function, uio) != 0)
		return -1;
	device->events =
	    sysfs_open(kumiki, sysfs_path(device, path, "/dev/%s", uio), O_RDWR | O_NONBLOCK);
	if (device->events < 0)
		return -1;
	sysfs_path(device, path, SYSFS_DEVICES "/%s/config", function);
	device->config = sysfs_open(kumiki, path, O_RDWR);
	return device->config < 0 ? -1 : 0;
}

static int sysfs_take_and_map(struct kumiki *kumiki, const char *function)
{
	if (sysfs_take(kumiki, function) != 0 || sysfs_open_files(kumiki, function) != 0 ||
	    sysfs_map_registers(kumiki, function) != 0)
		return -1;
	return sysfs_map_memory(kumiki, function);
}

/* The driver's name appears before the driver is done. So only one program at a time binds it. */
int kumiki_device_open(struct kumiki *kumiki, const char *root)
{
	struct kumiki_device *device = &kumiki->device;
	char function[SYSFS_NAME_SIZE];
	int result;

	*device = (struct kumiki_device){.config = -1, .events = -1, .shared = -1};
	if (root != NULL && strlen(root) >= sizeof(device->root))
		return kumiki_fail(kumiki, "%s: too long for a root", root);
	(void)snprintf(device->root, sizeof(device->root), "%s", root != NULL ? root : "");
	if (sysfs_find(kumiki, function) != 0 || kumiki_shared_open(kumiki) != 0)
		return -1;
	if (kumiki_device_lock(device) != 0)
		return sysfs_refused(kumiki, "can't lock", "the panel");
	result = sysfs_take_and_map(kumiki, function);
	kumiki_device_unlock(device);
	return result;
}

void kumiki_device_close(struct kumiki_device *device)
{
	if (device->memory != NULL)
		(void)munmap(device->memory, device->memory_size);
	if (device->registers != NULL)
		(void)munmap((void *)(uintptr_t)device->registers, PANEL_REGISTERS_SIZE);
	if (device->config >= 0)
		(void)close(device->config);
	if (device->events >= 0)
		(void)close(device->events);
	if (device->shared >= 0)
		(void)close(device->shared);
	*device = (struct kumiki_device){.config = -1, .events = -1, .shared = -1};
}
