/*
 * Whether the frame can drive a GIC's virtual CPU interface, by what the GIC says of itself. Asked
 * by each core's start; apart from the driver, so that the host tests ask it, too.
 */
#include <frame/gic.h>

#define VTR_PREEMPTION(type) (((type) >> 26 & 7) + 1)

const char *gic_interface_unfit(uint32_t type)
{
	/* With one, "at most one is in use" is no sign that there is room for another. */
	if (GIC_LIST_REGISTERS(type) < 2)
		return "two list registers are needed";
	/* ICH_AP0R0_EL2 and ICH_AP1R0_EL2 hold 32 levels; with more there are more such registers.
	 */
	if (VTR_PREEMPTION(type) != 5)
		return "a virtual CPU interface with five bits of preemption is needed";
	return 0;
}
