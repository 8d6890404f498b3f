/* SPDX-License-Identifier: MIT-0 */
/*
 * Measures from the store that lets an NVMe drive's message (MSI-X) go to the first instruction of
 * the guest's handler. The CPU spins.
 */
#include <bench/bench.h>
#include <dma/pending.h>
#include <guest/gic.h>
#include <guest/tree.h>
#include <stdio.h>

#define SAMPLES 100
#define WRITTEN 0x40u /* in the page that functions write */

#define MSI_EDGE(intid) (2u << 2 * ((intid) % 16))

static volatile uint32_t msi_taken;
static uint64_t msi_time;

static void msi_on_message(uint32_t intid)
{
	(void)intid;
	msi_time = bench_interrupt_time();
	msi_taken++;
}

static void msi_measure(uint64_t to, uint32_t event)
{
	uintptr_t control = pending_make(to, event) + PENDING_CONTROL;
	uint64_t offset = bench_align(), cycles;
	uint32_t next = msi_taken + 1;

	/* The reading is one instruction before the store. */
	__asm__ volatile("mrs %0, pmccntr_el0\n\tstr wzr, [%1]"
	                 : "=&r"(cycles)
	                 : "r"(control)
	                 : "memory");
	while (msi_taken < next)
		__asm__ volatile("nop");
	bench_sample(msi_time - (cycles + offset) - 1);
}

void guest_main(void *device_tree)
{
	const struct tree_node frame = tree_compatible(device_tree, "arm,gic-v2m-frame", 0);
	const uint32_t event = tree_cell(frame, "arm,msi-base-spi", 0);
	const uint64_t to = tree_number(frame, "reg", 0) + WRITTEN;
	const uintptr_t trigger = gic_frame(event) + GICD_ICFGR + event / 16 * 4;

	bench_start_cpu();
	gic_enable(event, msi_on_message);
	board_write32(trigger, board_read32(trigger) | MSI_EDGE(event));
	cpu_unmask_interrupts();
	for (uint32_t i = pending_find() ? 0 : SAMPLES; i < SAMPLES; i++)
		msi_measure(to, event);
	bench_report("irq.msi");
	printf("bench: done\n");
}
