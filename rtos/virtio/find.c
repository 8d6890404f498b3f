/* Finds a driver's device by what the manifest gave to the driver, and has what device.c needs. See
 * device.h. */
#include <rtos/sys.h>
#include <virtio/device.h>

/* The barrier covers the outer shareable domain, as the device isn't among the cores that share
 * their caches. */
void device_barrier(void)
{
	__asm__ volatile("dmb osh" ::: "memory");
}

void device_pause(void)
{
	sys_sleep(1);
}

/* Finds PCI functions by their configuration space and the window on their BARs. Other devices are
 * virtio-mmio. */
const char *device_find(struct device *device, enum device_kind kind)
{
	const struct rtos_given *first = sys_given(RTOS_GIVEN_DEVICE, NULL, 0);
	const struct rtos_given *window, *region;
	uint64_t physical = 0;

	if (!first)
		return "it has no device";
	window = sys_given(RTOS_GIVEN_DEVICE, first->name, 1);
	region = sys_given(RTOS_GIVEN_DEVICE_REGION, first->name, 1);
	if (!window)
		return mmio_find(device, kind, first->address);
	if (!region ||
	    sys_do(RTOS_REGION_PHYSICAL, region->handle, 0, 0, 0, 0, 0, &physical) != RTOS_OK)
		return "it doesn't know where its registers are";
	return pci_find(device, kind, first->address, window->address, window->size, physical);
}
