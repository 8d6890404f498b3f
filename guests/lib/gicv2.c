/* SPDX-License-Identifier: MIT-0 */
/* GICv2 for a guest: see guest/gic.h. The first CPU starts the distributor, each CPU its own
 * interface. All interrupts are in group 0, which is an IRQ. */
#include <guest/gic.h>

#define GICC_CTLR 0x0000
#define GICC_PMR  0x0004
#define GICC_BPR  0x0008
#define GICC_IAR  0x000c
#define GICC_EOIR 0x0010
#define GICD_SGIR 0x0f00

#define GIC_INTID(taken) ((taken)&0x3ff) /* an SGI's sender is above it */
#define GIC_HANDLERS     288             /* as many as `virt` has */
static void (*gic_handlers[GIC_HANDLERS])(uint32_t intid);

uintptr_t gic_frame(uint32_t intid)
{
	(void)intid;
	return BOARD_GICD;
}

bool gic_bit(uint32_t base, uint32_t intid)
{
	uint32_t word = board_read32(BOARD_GICD + base + intid / 32 * 4);

	return (word >> intid % 32 & 1) != 0;
}

void gic_set_bit(uint32_t base, uint32_t intid)
{
	board_write32(BOARD_GICD + base + intid / 32 * 4, 1u << intid % 32);
}

void gic_set_priority(uint32_t intid, uint8_t priority)
{
	*(volatile uint8_t *)(BOARD_GICD + GICD_IPRIORITYR + intid) = priority;
}

uint8_t gic_priority(uint32_t intid)
{
	return *(volatile uint8_t *)(BOARD_GICD + GICD_IPRIORITYR + intid);
}

void gic_enable(uint32_t intid, void (*handler)(uint32_t intid))
{
	gic_handlers[intid] = handler;
	gic_set_priority(intid, GIC_PRIORITY);
	if (intid >= 32)
		*(volatile uint8_t *)(BOARD_GICD + GICD_ITARGETSR + intid) =
		    (uint8_t)(1u << cpu_number());
	gic_set_bit(GICD_ISENABLER, intid);
	cpu_dsb();
}

void gic_disable(uint32_t intid)
{
	gic_set_bit(GICD_ICENABLER, intid);
	cpu_dsb();
}

void gic_start(void)
{
	board_write32(BOARD_GICD + GICD_CTLR, 1);
}

void gic_start_cpu(void)
{
	board_write32(BOARD_GICC + GICC_PMR, 0xff);
	board_write32(BOARD_GICC + GICC_BPR, 0);
	board_write32(BOARD_GICC + GICC_CTLR, 1);
	cpu_dsb();
}

void gic_send(uint32_t sgi, unsigned int cpu)
{
	cpu_dsb();
	board_write32(BOARD_GICD + GICD_SGIR, 1u << (16 + cpu) | sgi);
	cpu_dsb();
}

void gic_dispatch(void)
{
	uint32_t taken = board_read32(BOARD_GICC + GICC_IAR), intid = GIC_INTID(taken);

	if (intid >= 1020)
		return;
	if (intid < GIC_HANDLERS && gic_handlers[intid] != NULL)
		gic_handlers[intid](intid);
	board_write32(BOARD_GICC + GICC_EOIR, taken);
}
