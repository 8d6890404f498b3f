/* SPDX-License-Identifier: MIT-0 */
/*
 * Two guests with this program share a core and ring each other: a guest that hears the doorbell
 * sets its tick, rings the other one, and waits. So each WFI of one guest leads to the other one's
 * interrupt handler, and the frame's work between is a whole switch of vCPUs. bench/switch.py
 * counts it in QEMU's log.
 */
#include <bench/bench.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <kumiki/hypercall.h>
#include <stdio.h>

#define ROUNDS 300

static volatile uint32_t rung, ticks;

static void on_bell(uint32_t intid)
{
	(void)intid;
	rung++;
}

static void on_tick(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	ticks++;
}

/* Sets a tick in every second round. It comes sooner or later than the other guest's. */
static void set_tick(uint32_t round)
{
	cpu_write(cntv_ctl_el0, 0);
	if (round % 2 != 0) {
		cpu_write(cntv_cval_el0, time_counter() + 100000 + bench_random(50000));
		cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	}
	cpu_isb();
}

static void wait_for(volatile uint32_t *count, uint32_t until)
{
	while (*count < until)
		__asm__ volatile("wfi");
}

void guest_main(void *device_tree)
{
	const struct tree_node window = tree_compatible(device_tree, "kumiki,window-1.0", 0);
	const uint32_t ring = tree_cell(window, "kumiki,rings", 0);

	gic_enable(tree_interrupt(window, 0), on_bell);
	gic_enable(BOARD_VTIMER_INTERRUPT, on_tick);
	cpu_unmask_interrupts();
	/* A ring is lost if the other guest doesn't listen yet: so the guest that starts second
	 * rings first. */
	cpu_write(cntv_cval_el0, time_counter() + 1000000);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	wait_for(&ticks, 1);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		const uint32_t next = rung + 1;

		set_tick(round);
		psci_call4(KUMIKI_CALL_RING, ring, 0, 0);
		wait_for(&rung, next);
	}
	psci_call4(KUMIKI_CALL_RING, ring, 0, 0);
	printf("bench: done\n");
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
}
