/* What the doctor runs at EL1 on a GICv3, with the MMU off and a small stack: see
 * doctor/interrupts.h. */
#include <doctor/interrupts.h>
#include <machine/gic_cpu.h>

#define LOOKS 100000u

void guest_main(uint64_t gicv)
{
	uint32_t taken = GIC_SPECIAL + 3;

	(void)gicv;
	sysreg_set(ICC_SRE_EL1, 7);
	barrier_instruction();
	gic_mask(GIC_MASK_NOTHING);
	sysreg_set(ICC_IGRPEN1_EL1, 1);
	barrier_instruction();
	for (uint32_t i = 0; i < LOOKS && !gic_is_pending(); i++)
		barrier_instruction();
	if (gic_is_pending()) {
		taken = gic_acknowledge();
		gic_drop_priority(taken); /* EOImode 0: this deactivates, too */
	}
	register uint64_t x0 __asm__("x0") = GIC_INTID(taken);
	__asm__ volatile("hvc #0" ::"r"(x0) : "memory");
}
