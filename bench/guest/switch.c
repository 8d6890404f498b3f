/* SPDX-License-Identifier: MIT-0 */
/*
 * Two guests with this program share a core and ring each other: a guest that hears the doorbell
 * sets its tick, rings the other one, and waits. So each WFI of one guest leads to the other one's
 * interrupt handler, and the frame's work between is a whole switch of vCPUs. bench/switch.py
 * counts it in QEMU's log. Registers of every kind are in use; with "lent" on the command line also
 * registers that the frame lends (PMU, debug).
 */
#include <bench/bench.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <kumiki/hypercall.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS        300
#define CYCLES        (1ul << 31) /* PMCNTENSET_EL0: the counter of cycles */
#define MDSCR_MONITOR (1ul << 15)

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

static void put_lent_to_work(void)
{
	cpu_write(pmcntenset_el0, CYCLES);
	cpu_write(pmcr_el0, 1);
	cpu_write(mdscr_el1, MDSCR_MONITOR);
	cpu_isb();
}

void guest_main(void *device_tree)
{
	const char *line = tree_string(tree_named(device_tree, "chosen", 0), "bootargs", 0);
	const struct tree_node window = tree_compatible(device_tree, "kumiki,window-1.0", 0);
	const uint32_t ring = tree_cell(window, "kumiki,rings", 0);

	gic_enable(tree_interrupt(window, 0), on_bell);
	gic_enable(BOARD_VTIMER_INTERRUPT, on_tick);
	cpu_unmask_interrupts();
	if (line != NULL && strstr(line, "lent") != NULL)
		put_lent_to_work();
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
