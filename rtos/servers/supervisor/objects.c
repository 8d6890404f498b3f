/* See objects.h. */
#include "objects.h"
#include <lib/rtosimage.h>
#include <proto/recover.h>
#include <rtos/sys.h>

static enum rtos_status objects_make_with(enum rtos_call number, rtos_handle_t handle, uint64_t x0,
                                          uint64_t x1, uint64_t x2, rtos_handle_t *made)
{
	uint64_t answer = 0;
	enum rtos_status status = sys_do(number, handle, x0, x1, x2, 0, 0, &answer);

	*made = status == RTOS_OK ? (rtos_handle_t)answer : 0;
	return status;
}

enum rtos_status objects_make(enum rtos_call number, rtos_handle_t handle, uint64_t x0, uint64_t x1,
                              rtos_handle_t *made)
{
	return objects_make_with(number, handle, x0, x1, 0, made);
}

static enum rtos_status objects_ports(struct children *all)
{
	const struct rtos_manifest_port *ports = rtosmanifest_ports(all->manifest);
	enum rtos_status status = objects_make(RTOS_PORT_CREATE, 0, 0, 0, &all->objects.port);

	for (uint32_t i = 0; i < all->manifest->ports.count && status == RTOS_OK; i++)
		status =
		    objects_make(RTOS_PORT_CREATE, 0, ports[i].blame, 0, &all->objects.ports[i]);
	return status;
}

static enum rtos_status objects_notifications(struct children *all)
{
	enum rtos_status status = RTOS_OK;

	for (uint32_t i = 0; i < 2 && status == RTOS_OK; i++)
		status = objects_make(RTOS_NOTIFICATION_CREATE, 0, 0, 0, &all->objects.beats[i]);
	return status;
}

/* Programs' kept memory outlives the kernel. So does memory for DMA, at its place: a device may
 * still write there until its driver has reset it. */
static enum rtos_status objects_memory(struct children *all)
{
	const struct rtos_manifest_window *windows = rtosmanifest_windows(all->manifest);
	const struct rtos_manifest_program *programs = rtosmanifest_programs(all->manifest);
	enum rtos_status status = RTOS_OK;

	for (uint32_t i = 0; i < all->manifest->windows.count && status == RTOS_OK; i++)
		if (windows[i].contents == 0)
			status = objects_make(RTOS_REGION_CREATE, 0, windows[i].pages, 0,
			                      &all->objects.windows[i]);
	for (uint32_t i = 0; i < all->manifest->programs.count && status == RTOS_OK; i++) {
		if (programs[i].keep_pages != 0)
			status = objects_make(
			    RTOS_REGION_KEPT, RTOS_HANDLE_MACHINE, programs[i].keep_pages,
			    RECOVER_PLACE_PROGRAMS + 2 * i, &all->objects.keeps[i]);
		if (programs[i].dma_pages != 0 && status == RTOS_OK)
			status = objects_make(
			    RTOS_REGION_KEPT, RTOS_HANDLE_MACHINE, programs[i].dma_pages,
			    RECOVER_PLACE_PROGRAMS + 2 * i + 1, &all->objects.dma[i]);
	}
	return status;
}

uint64_t objects_register_pages(const struct rtos_manifest_device *device, uint32_t range)
{
	const uint64_t before = device->ranges[range].base % RTOS_PAGE_SIZE;

	return (before + device->ranges[range].size + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE;
}

bool objects_is_foreign(const struct rtos_manifest_device *device, uint32_t range)
{
	return device->kind == RTOS_CALLED_WATCHED && range != 0;
}

static enum rtos_status objects_registers(struct children *all)
{
	const struct rtos_manifest_device *devices = rtosmanifest_devices(all->manifest);
	enum rtos_status status = RTOS_OK;

	for (uint32_t i = 0; i < all->manifest->devices.count; i++)
		for (uint32_t j = 0; j < devices[i].range_count && status == RTOS_OK; j++)
			status = objects_make_with(
			    RTOS_REGION_DEVICE, RTOS_HANDLE_MACHINE,
			    devices[i].ranges[j].base / RTOS_PAGE_SIZE * RTOS_PAGE_SIZE,
			    objects_register_pages(&devices[i], j),
			    objects_is_foreign(&devices[i], j) ? (uint64_t)RTOS_REGION_FOREIGN : 0,
			    &all->objects.registers[i][j]);
	return status;
}

enum rtos_status objects_begin(struct children *all, const char **what)
{
	enum rtos_status status;

	*what = "ports";
	status = objects_ports(all);
	if (status != RTOS_OK)
		return status;
	*what = "notifications";
	status = objects_notifications(all);
	if (status != RTOS_OK)
		return status;
	*what = "kept and shared memory, and memory for DMA";
	status = objects_memory(all);
	if (status != RTOS_OK)
		return status;
	*what = "devices";
	status = objects_registers(all);
	if (status != RTOS_OK)
		return status;
	keep_write_twice(&all->objects_record, &all->objects);
	return status;
}
