/* SPDX-License-Identifier: MIT-0 */
/* GICv3 for a guest: see guest/gic.h. The first CPU starts the distributor, each CPU its own
 * redistributor. */
#include <guest/gic.h>

#define GIC_HANDLERS 288 /* as many as `virt` has */
static void (*gic_handlers[GIC_HANDLERS])(uint32_t intid);

uintptr_t gic_redistributor(unsigned int cpu)
{
	return BOARD_GICR + (uintptr_t)cpu * GICR_STRIDE;
}

uintptr_t gic_frame(uint32_t intid)
{
	return intid < 32 ? gic_redistributor(cpu_number()) + GICR_SGI : BOARD_GICD;
}

bool gic_bit(uint32_t base, uint32_t intid)
{
	uint32_t word = board_read32(gic_frame(intid) + base + intid / 32 * 4);

	return (word >> intid % 32 & 1) != 0;
}

void gic_set_bit(uint32_t base, uint32_t intid)
{
	board_write32(gic_frame(intid) + base + intid / 32 * 4, 1u << intid % 32);
}

void gic_set_priority(uint32_t intid, uint8_t priority)
{
	*(volatile uint8_t *)(gic_frame(intid) + GICD_IPRIORITYR + intid) = priority;
}

uint8_t gic_priority(uint32_t intid)
{
	return *(volatile uint8_t *)(gic_frame(intid) + GICD_IPRIORITYR + intid);
}

static void gic_to_group1(uint32_t intid)
{
	uintptr_t at = gic_frame(intid) + GICD_IGROUPR + intid / 32 * 4;

	board_write32(at, board_read32(at) | 1u << intid % 32);
}

void gic_enable(uint32_t intid, void (*handler)(uint32_t intid))
{
	gic_handlers[intid] = handler;
	gic_set_priority(intid, GIC_PRIORITY);
	gic_to_group1(intid);
	if (intid >= 32)
		board_write64(BOARD_GICD + GICD_IROUTER + 8ul * intid, cpu_number());
	gic_set_bit(GICD_ISENABLER, intid);
	cpu_dsb();
}

void gic_disable(uint32_t intid)
{
	gic_set_bit(GICD_ICENABLER, intid);
	while (board_read32(BOARD_GICD + GICD_CTLR) & 1u << 31) /* RWP */
		__asm__ volatile("yield");
}

void gic_start(void)
{
	board_write32(BOARD_GICD + GICD_CTLR, 1u << 4);           /* ARE first, then */
	board_write32(BOARD_GICD + GICD_CTLR, 1u << 4 | 1u << 1); /* group 1 */
}

void gic_start_cpu(void)
{
	uintptr_t waker = gic_redistributor(cpu_number()) + GICR_WAKER;

	board_write32(waker, board_read32(waker) & ~2u);
	while (board_read32(waker) & 4u)
		__asm__ volatile("yield");
	cpu_write(icc_sre_el1, cpu_read(icc_sre_el1) | 1);
	cpu_isb();
	cpu_write(icc_pmr_el1, 0xff);
	cpu_write(icc_ctlr_el1, 0);
	cpu_write(icc_bpr1_el1, 0);
	cpu_write(icc_igrpen1_el1, 1);
	cpu_isb();
}

void gic_send(uint32_t sgi, unsigned int cpu)
{
	cpu_dsb();
	cpu_write(icc_sgi1r_el1, (uint64_t)sgi << 24 | 1ul << (cpu & 0xf));
	cpu_isb();
}

void gic_dispatch(void)
{
	uint32_t intid = (uint32_t)cpu_read(icc_iar1_el1);

	cpu_isb();
	if (intid >= 1020)
		return;
	if (intid < GIC_HANDLERS && gic_handlers[intid] != NULL)
		gic_handlers[intid](intid);
	cpu_write(icc_eoir1_el1, intid);
	cpu_isb();
}
