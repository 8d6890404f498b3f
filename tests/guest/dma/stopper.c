/*
 * A manager that stops its partition as soon as the partition rings, and prints how long that took.
 */
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <kumiki/hypercall.h>
#include <kumiki/life.h>
#include <stdio.h>

static uint64_t stopper_rung; /* the counter */
static volatile uint32_t stopper_rings;

static void stopper_heard(uint32_t intid)
{
	(void)intid;
	stopper_rung = time_counter();
	stopper_rings++;
}

void guest_main(void *device_tree)
{
	const struct tree_node bell = tree_compatible(device_tree, "kumiki,doorbell-1.0", 0);
	const uint64_t managed = psci_call4(KUMIKI_CALL_PARTITIONS, 0, 0, 0).x[1];
	const uint32_t other = (uint32_t)__builtin_ctzll(managed);

	gic_start();
	gic_start_cpu();
	gic_enable(tree_interrupt(bell, 0), stopper_heard);
	cpu_unmask_interrupts();
	cpu_sleep_until(&stopper_rings, 1);
	psci_call4(KUMIKI_CALL_COMMAND, other, LIFE_STOP, 0);
	while (psci_call4(KUMIKI_CALL_STATE, other, 0, 0).x[0] != LIFE_STOPPED)
		__asm__ volatile("yield");
	printf("stopper: stopped after %lu us\n",
	       (unsigned long)((time_counter() - stopper_rung) * 1000000 / time_frequency()));
	for (;;)
		cpu_wfi();
}
