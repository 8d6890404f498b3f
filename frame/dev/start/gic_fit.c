/*
 * Tells whether the frame can drive a GIC's virtual CPU interface, by what the GIC says of itself.
 * Each core's start asks this. It isn't in the driver's file, so that the host's tests can ask it,
 * too.
 */
#include <frame/gic.h>

#define VTR_PREEMPTION(type) (((type) >> 26 & 7) + 1)

const char *gic_interface_unfit(uint32_t type)
{
	/* With only one list register, the maintenance interrupt for "at most one is in use"
	 * wouldn't show that there is room. */
	if (GIC_LIST_REGISTERS(type) < 2)
		return "two list registers are needed";
	if (GIC_LIST_REGISTERS(type) > GIC_LISTS_MAX)
		return "there are more list registers than the frame keeps";
	/* ICH_AP0R0_EL2 and ICH_AP1R0_EL2 have 32 levels. With more levels there would be more such
	 * registers to save. */
	if (VTR_PREEMPTION(type) != 5)
		return "a virtual CPU interface with five bits of preemption is needed";
	return 0;
}
