/* Finds a driver's device by what the manifest gave to the driver, and has what device.c needs. See
 * device.h. */
#include <pci/function.h>
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

const char *device_find(struct device *device, enum device_kind kind)
{
	const struct rtos_given *first = sys_given(RTOS_GIVEN_DEVICE, NULL, 0);
	struct function function;
	const char *wrong;

	if (!first)
		return "it has no device";
	if (!function_find(&function, &wrong))
		return mmio_find(device, kind, first->address);
	return wrong ? wrong : pci_find(device, kind, &function);
}
