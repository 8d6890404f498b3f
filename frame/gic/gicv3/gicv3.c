/*
 * The physical GICv3 at run time: with one security state (DS = 1), or in the non-secure one of
 * two; with affinity routing. All interrupts are in group 1. The frame drops priorities, and guests
 * deactivate (EOImode 1).
 */
#include <gic/gicv3.h>
#include <machine/gic_cpu.h>
#include <machine/local.h>
#include <state/core.h>
#include <state/partition.h>

uint8_t gic_masks[GIC_CLASSES + 1] CORE_LOCAL;

void gic_route(uint32_t intid, uint64_t affinity)
{
	*(volatile uint64_t *)(LAYOUT_GICD + GICD_IROUTER + 8 * (uint64_t)intid) = affinity;
}

uint32_t gic_redistributor_identification(uint32_t offset)
{
	return *reg(LAYOUT_GICR, offset);
}

/* A vCPU that doesn't run, or is under a debugger, may have its interface off. */
static bool interface_differs(void)
{
	const struct vcpu *vcpu = core.vcpu;

	if ((sysreg_get(ICC_CTLR_EL1) & ICC_CTLR_EOIMODE) == 0 ||
	    (sysreg_get(ICC_IGRPEN1_EL1) & 1) == 0 || (sysreg_get(ICC_SRE_EL2) & 1) == 0)
		return true;
	return vcpu != 0 && core.current == &vcpu->context &&
	       vcpu->partition->debug.attached == 0 && (sysreg_get(ICH_HCR_EL2) & ICH_HCR_EN) == 0;
}

bool gic_core_differs(void)
{
	const volatile uint8_t *priority =
	    (const volatile uint8_t *)(LAYOUT_GICR + GICR_SGI + GICD_IPRIORITYR);

	return interface_differs() ||
	       (~*reg(LAYOUT_GICR, GICR_SGI + GICD_ISENABLER) & core.own[0]) != 0 ||
	       priority[core_bundle->board.hyp_timer_intid] != GIC_PRIORITY_TIMER;
}

/* ---- list registers ---- */

/*
 * ICH_LR<n>_EL2 is S3_4_C12_C12_n, and with C13 from 8 on. The first four are in machine/gic_cpu.h.
 * For each of the others there are two instructions, in order, and a jump goes to the right two. An
 * index is always below core.list_registers.
 */
#define EACH_HIGH(what)                                                                            \
	"	adr	%[at], 1f\n"                                                                         \
	"	add	%[at], %[at], %[number], lsl #3\n"                                                   \
	"	br	%[at]\n"                                                                              \
	"1:\n"                                                                                     \
	"	.irp n, C12_4,C12_5,C12_6,C12_7,C13_0,C13_1,C13_2,C13_3,C13_4,C13_5,C13_6,C13_7\n"       \
	"	" what "\n"                                                                        \
	"	b	2f\n"                                                                                  \
	"	.endr\n"                                                                                 \
	"2:"

uint64_t lr_read_high(uint32_t index)
{
	uint64_t at, value;

	__asm__ volatile(EACH_HIGH("mrs %[value], S3_4_C12_\\n")
	                 : [at] "=&r"(at), [value] "=&r"(value)
	                 : [number] "r"((uint64_t)index - 4));
	return value;
}

void lr_write_high(uint32_t index, uint64_t value)
{
	uint64_t at;

	__asm__ volatile(EACH_HIGH("msr S3_4_C12_\\n, %[value]")
	                 : [at] "=&r"(at)
	                 : [number] "r"((uint64_t)index - 4), [value] "r"(value)
	                 : "memory");
}

/* ICH_VMCR_EL2 contains PMR, BPR0, BPR1, IGRPEN0, IGRPEN1 and CTLR. */
void vcpu_interface_reset(void)
{
	sysreg_set(ICH_VMCR_EL2, 0);
	sysreg_set(ICH_AP0R0_EL2, 0);
	sysreg_set(ICH_AP1R0_EL2, 0);
	lr_want_maintenance(0);
}
