/*
 * The physical GICv2 at run time: without security extensions, or its non-secure side. All
 * interrupts are in the one group that this side has. The frame drops priorities, and guests
 * deactivate (EOImode 1).
 */
#include <dev/gic.h>
#include <gic/gicv2.h>
#include <machine/gic_cpu.h>
#include <state/core.h>
#include <state/partition.h>

void gic_route(uint32_t intid, uint64_t affinity)
{
	*(volatile uint8_t *)(LAYOUT_GICD + GICD_ITARGETSR + intid) =
	    (uint8_t)(1u << MPIDR_AFF0(affinity));
}

/* A vCPU that doesn't run, or is under a debugger, may have its interface off. */
static bool interface_differs(void)
{
	const struct vcpu *vcpu = core.vcpu;
	const uint32_t control = GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE;

	if ((*gicc(GICC_CTLR) & control) != control)
		return true;
	return vcpu != 0 && core.current == &vcpu->context &&
	       vcpu->partition->debug.attached == 0 && (lr_control() & ICH_HCR_EN) == 0;
}

bool gic_core_differs(void)
{
	const volatile uint8_t *priority =
	    (const volatile uint8_t *)(gic_private().at + GICD_IPRIORITYR);

	return interface_differs() ||
	       (~*reg(gic_private().at, GICD_ISENABLER) & core.own[0]) != 0 ||
	       priority[core_bundle->board.hyp_timer_intid] != GIC_PRIORITY_TIMER;
}

/* GICH_VMCR contains PMR, both BPRs and CTLR. */
void vcpu_interface_reset(void)
{
	*gich(GICH_VMCR) = 0;
	*gich(GICH_APR) = 0;
	lr_want_maintenance(0);
}
