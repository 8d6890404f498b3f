/* SPDX-License-Identifier: MIT-0 */
/*
 * Measures a doorbell between two partitions on two cores, with the receiver asleep: from the
 * ringer's call to the first instruction of the receiver's handler. Both sides are this program;
 * the partition "ringer" measures. The receiver writes the time that it saw into the window, before
 * it rings back.
 */
#include <bench/bench.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <kumiki/hypercall.h>
#include <stdio.h>
#include <string.h>

#define BELL_SAMPLES 2000

static struct {
	volatile uint64_t *window; /* the time at which the receiver was there */
	uint32_t ring, heard;      /* the doorbell to ring; the interrupt of the other one */
} bell;
static volatile uint32_t bell_rings, bell_wakes;

static void bell_ring(void)
{
	psci_call4(KUMIKI_CALL_RING, bell.ring, 0, 0);
}

static void bell_on_call(uint32_t intid)
{
	(void)intid;
	*bell.window = bench_interrupt_time();
	bell_ring();
}

static void bell_on_answer(uint32_t intid)
{
	(void)intid;
	bell_rings++;
}

static void bell_on_timer(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	bell_wakes++;
}

/* Waits long enough for the other core to sleep again. This core sleeps, too, until its timer. */
static void bell_pause(void)
{
	uint32_t next = bell_wakes + 1;

	cpu_write(cntv_cval_el0, time_counter() + 2000 + bench_random(100));
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	while (bell_wakes < next)
		__asm__ volatile("wfi");
}

/* Returns the time of the call. The arguments are in their registers before the time is read, so
 * that HVC comes next. */
static uint64_t bell_stamp_and_ring(void)
{
	const uint64_t ring = bell.ring;
	register uint64_t x0 __asm__("x0") = KUMIKI_CALL_RING;
	register uint64_t x1 __asm__("x1") = ring;
	uint64_t cycles;

	__asm__ volatile("mrs %2, pmccntr_el0\n\thvc #0"
	                 : "+r"(x0), "+r"(x1), "=&r"(cycles)
	                 :
	                 : "x2", "x3", "memory");
	return cycles;
}

static void bell_measure(void)
{
	for (uint32_t i = 0; i < BELL_SAMPLES; i++) {
		uint32_t next;
		uint64_t offset, cycles;

		bell_pause();
		offset = bench_align();
		next = bell_rings + 1;
		cycles = bell_stamp_and_ring();
		while (bell_rings < next)
			__asm__ volatile("wfi");
		bench_sample(*bell.window - (cycles + offset) - 1);
	}
	bench_report("doorbell");
	printf("bench: done\n");
}

static bool bell_is_ringer(void)
{
	const uint64_t name = psci_call4(KUMIKI_CALL_NAME, 0, 0, 0).x[0];

	return memcmp(&name, "ringer", 7) == 0;
}

void guest_main(void *device_tree)
{
	const struct tree_node window = tree_compatible(device_tree, "kumiki,window-1.0", 0);
	const bool ringer = bell_is_ringer();

	bench_start_cpu();
	bell.window = (volatile uint64_t *)(uintptr_t)tree_number(window, "reg", 0);
	bell.ring = tree_cell(window, "kumiki,rings", 0);
	bell.heard = tree_interrupt(window, 0);
	gic_enable(bell.heard, ringer ? bell_on_answer : bell_on_call);
	gic_enable(BOARD_VTIMER_INTERRUPT, bell_on_timer);
	cpu_unmask_interrupts();
	/* The ringer starts when the other partition runs: kumiki,after. */
	bell_pause();
	if (ringer)
		bell_measure();
	else
		for (;;)
			__asm__ volatile("wfi");
}
