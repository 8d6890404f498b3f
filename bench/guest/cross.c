/* SPDX-License-Identifier: MIT-0 */
/* Measures an SGI to a second CPU that sleeps: from the sender's store to the first instruction of
 * the receiver's handler. The sender then sleeps, too, until the answer. */
#include <bench/bench.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <stdio.h>

#define CROSS_SAMPLES 2000
#define CROSS_PING    5
#define CROSS_PONG    6

static volatile uint32_t cross_pings, cross_pongs, cross_ready;
static uint64_t cross_received;

static void cross_on_ping(uint32_t intid)
{
	(void)intid;
	cross_received = bench_interrupt_time();
	cross_pings++;
	gic_send(CROSS_PONG, 0);
}

static void cross_on_pong(uint32_t intid)
{
	(void)intid;
	cross_pongs++;
}

static void cross_receiver(void)
{
	bench_start_cpu();
	gic_enable(CROSS_PING, cross_on_ping);
	cross_ready = 1;
	gic_send(CROSS_PONG, 0);
	cpu_unmask_interrupts();
	for (;;)
		__asm__ volatile("wfi");
}

/* Ends the pause, in which this CPU sleeps until the other CPU sleeps again. */
static void cross_on_timer(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	cross_pongs++;
}

static void cross_pause(void)
{
	uint32_t next = cross_pongs + 1;

	cpu_write(cntv_cval_el0, time_counter() + 2000 + bench_random(100));
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	while (cross_pongs < next)
		__asm__ volatile("wfi");
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	bench_start_cpu();
	gic_enable(CROSS_PONG, cross_on_pong);
	gic_enable(BOARD_VTIMER_INTERRUPT, cross_on_timer);
	cpu_start(1, cross_receiver);
	cpu_sleep_until(&cross_pongs, 1);
	cpu_unmask_interrupts();
	for (uint32_t i = 0; i < CROSS_SAMPLES; i++) {
		uint32_t next;
		uint64_t offset, cycles;

		cross_pause();
		offset = bench_align();
		next = cross_pongs + 1;
		__asm__ volatile("mrs %0, pmccntr_el0\n\tmsr icc_sgi1r_el1, %1"
		                 : "=&r"(cycles)
		                 : "r"((uint64_t)CROSS_PING << 24 | 1ul << 1)
		                 : "memory");
		while (cross_pongs < next)
			__asm__ volatile("wfi");
		bench_sample(cross_received - (cycles + offset) - 1);
	}
	bench_report("irq.sgi.cross");
	printf("bench: done\n");
}
