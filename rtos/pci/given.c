/* A driver's PCI function by what the manifest gave it: see function.h. */
#include <pci/function.h>
#include <rtos/sys.h>

/* Configuration space, and a window on its BARs. */
bool function_find(struct function *function, const char **wrong)
{
	const struct rtos_given *first = sys_given(RTOS_GIVEN_DEVICE, NULL, 0);
	const struct rtos_given *window, *region;
	uint64_t physical = 0;

	window = first ? sys_given(RTOS_GIVEN_DEVICE, first->name, 1) : NULL;
	if (!window)
		return false;
	region = sys_given(RTOS_GIVEN_DEVICE_REGION, first->name, 1);
	*wrong = NULL;
	if (!region ||
	    sys_do(RTOS_REGION_PHYSICAL, region->handle, 0, 0, 0, 0, 0, &physical) != RTOS_OK)
		*wrong = "it doesn't know where its registers are";
	*function = (struct function){.space = (volatile uint32_t *)first->address,
	                              .window = window->address,
	                              .size = window->size,
	                              .physical = physical};
	return true;
}
