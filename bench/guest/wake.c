/* SPDX-License-Identifier: MIT-0 */
/*
 * Measures a doorbell for a system whose home core is off: from the ringer's call to the first
 * instruction of the other system's handler, in ticks of the counter. Both sides are this program;
 * the partition "ringer" measures. It rests between two rings, so that the core goes off again.
 */
#include <bench/bench.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <kumiki/hypercall.h>
#include <stdio.h>
#include <string.h>

#define WAKE_SAMPLES 100
#define WAKE_REST    2 /* a fraction of a second: by then an unused core is off */

static struct {
	volatile uint64_t *window; /* the time at which the other system was there */
	uint32_t ring;             /* the doorbell to ring */
} wake;
static volatile uint32_t wake_events;

static void wake_ring(void)
{
	psci_call4(KUMIKI_CALL_RING, wake.ring, 0, 0);
}

static void wake_on_call(uint32_t intid)
{
	const uint64_t now = time_counter();

	(void)intid;
	*wake.window = now;
	wake_ring();
}

static void wake_on_answer(uint32_t intid)
{
	(void)intid;
	wake_events++;
}

static void wake_on_timer(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	wake_events++;
}

static void wake_measure(void)
{
	uint32_t events = wake_events;

	for (uint32_t i = 0; i < WAKE_SAMPLES; i++) {
		uint64_t asked;

		cpu_write(cntv_cval_el0, time_counter() + time_frequency() / WAKE_REST);
		cpu_write(cntv_ctl_el0, TIMER_ENABLE);
		cpu_sleep_until(&wake_events, ++events);
		cpu_unmask_interrupts();
		asked = time_counter();
		wake_ring();
		cpu_sleep_until(&wake_events, ++events);
		cpu_unmask_interrupts();
		printf("wake: %lu\n", (unsigned long)(*wake.window - asked));
	}
	printf("bench: done\n");
}

void guest_main(void *device_tree)
{
	const struct tree_node window = tree_compatible(device_tree, "kumiki,window-1.0", 0);
	const uint64_t name = psci_call4(KUMIKI_CALL_NAME, 0, 0, 0).x[0];
	const bool ringer = memcmp(&name, "ringer", 7) == 0;

	wake.window = (volatile uint64_t *)(uintptr_t)tree_number(window, "reg", 0);
	wake.ring = tree_cell(window, "kumiki,rings", 0);
	gic_enable(tree_interrupt(window, 0), ringer ? wake_on_answer : wake_on_call);
	gic_enable(BOARD_VTIMER_INTERRUPT, wake_on_timer);
	cpu_unmask_interrupts();
	if (ringer)
		wake_measure();
	for (;;)
		__asm__ volatile("wfi");
}
