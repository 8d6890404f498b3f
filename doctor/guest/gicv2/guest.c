/* What the doctor runs at EL1 on a GICv2, with the MMU off and a small stack: see
 * doctor/interrupts.h. */
#include <dev/gic.h>
#include <doctor/interrupts.h>
#include <machine/gic_cpu.h>

#define LOOKS 100000u

void guest_main(uint64_t gicv)
{
	uint32_t taken = GIC_SPECIAL + 3;

	*reg(gicv, GICC_PMR) = GIC_MASK_NOTHING;
	*reg(gicv, GICC_CTLR) = GICC_CTLR_ENABLE;
	for (uint32_t i = 0; i < LOOKS && !gic_is_pending(); i++)
		barrier_instruction();
	if (gic_is_pending()) {
		taken = *reg(gicv, GICC_IAR);
		*reg(gicv, GICC_EOIR) = taken; /* EOImode 0: this deactivates, too */
	}
	barrier_full();
	register uint64_t x0 __asm__("x0") = GIC_INTID(taken);
	__asm__ volatile("hvc #0" ::"r"(x0) : "memory");
}
