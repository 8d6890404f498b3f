/* SPDX-License-Identifier: MIT-0 */
/*
 * Measures from a deadline or a device's line to the first instruction of the guest's handler: for
 * the virtual timer, the PL031's alarm (a real device's SPI), and an SGI to the own CPU. The CPU
 * spins, or sleeps.
 */
#include <bench/bench.h>
#include <guest/board.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <stdio.h>

#define TIMER_SAMPLES 2000
#define ALARM_SAMPLES 100
#define SECOND        1000000000ul
enum { RTC_DR = 0, RTC_MR = 4, RTC_IMSC = 16, RTC_ICR = 28 };

static volatile uint32_t irq_taken;
static uint64_t irq_time;

static void irq_on_timer(uint32_t intid)
{
	(void)intid;
	irq_time = bench_interrupt_time();
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	irq_taken++;
}

static void irq_on_alarm(uint32_t intid)
{
	(void)intid;
	irq_time = bench_interrupt_time();
	board_write32(BOARD_RTC + RTC_ICR, 1);
	irq_taken++;
}

static void irq_on_sgi(uint32_t intid)
{
	(void)intid;
	irq_time = bench_interrupt_time();
	irq_taken++;
}

/* Waits for one more interrupt, with interrupts unmasked. */
static void irq_wait(uint32_t next, bool asleep)
{
	if (asleep) {
		cpu_sleep_until(&irq_taken, next);
		cpu_unmask_interrupts();
		return;
	}
	while (irq_taken < next)
		__asm__ volatile("nop");
}

/* Sleeps with interrupts unmasked: the interrupt itself is what ends WFI. */
static void irq_doze(uint32_t next)
{
	while (irq_taken < next)
		__asm__ volatile("wfi");
}

static uint64_t irq_set_timer(uint64_t nanoseconds)
{
	uint64_t deadline = time_counter() + nanoseconds * time_frequency() / SECOND;

	cpu_write(cntv_cval_el0, deadline);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	return bench_time_of_counter(deadline);
}

static void irq_timer(const char *name, bool asleep)
{
	for (uint32_t i = 0; i < TIMER_SAMPLES; i++) {
		uint32_t next = irq_taken + 1;
		uint64_t deadline = irq_set_timer(20000 + bench_random(5000));

		if (asleep)
			irq_doze(next);
		else
			irq_wait(next, false);
		bench_sample(irq_time - deadline);
	}
	bench_report(name);
}

/* The PL031 raises its line a whole number of seconds after the store to its match register. */
static uint64_t irq_set_alarm(void)
{
	uint32_t match = board_read32(BOARD_RTC + RTC_DR) + 1;
	uint64_t offset = bench_align();
	uint64_t cycles = bench_cycles();

	board_write32(BOARD_RTC + RTC_MR, match);
	return cycles + offset + SECOND;
}

static void irq_alarm(const char *name, bool asleep)
{
	board_write32(BOARD_RTC + RTC_IMSC, 1);
	for (uint32_t i = 0; i < ALARM_SAMPLES; i++) {
		uint64_t deadline = irq_set_alarm();

		irq_set_timer(SECOND - 100000 - bench_random(1000));
		irq_wait(irq_taken + 1, true);
		if (asleep)
			irq_doze(irq_taken + 1);
		else
			irq_wait(irq_taken + 1, false);
		bench_sample(irq_time - deadline);
	}
	board_write32(BOARD_RTC + RTC_IMSC, 0);
	bench_report(name);
}

/* Measures from the store itself: the reading before it is one instruction earlier. */
static void irq_sgi(void)
{
	for (uint32_t i = 0; i < TIMER_SAMPLES; i++) {
		uint32_t next = irq_taken + 1;
		uint64_t offset = bench_align(), cycles;

		__asm__ volatile("mrs %0, pmccntr_el0\n\tmsr icc_sgi1r_el1, %1"
		                 : "=&r"(cycles)
		                 : "r"(3ul << 24 | 1)
		                 : "memory");
		irq_wait(next, false);
		bench_sample(irq_time - (cycles + offset) - 1);
	}
	bench_report("irq.sgi.self");
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	bench_start_cpu();
	gic_enable(BOARD_VTIMER_INTERRUPT, irq_on_timer);
	gic_enable(BOARD_RTC_INTERRUPT, irq_on_alarm);
	gic_enable(3, irq_on_sgi);
	cpu_unmask_interrupts();
	irq_timer("irq.timer.spin", false);
	irq_timer("irq.timer.wfi", true);
	irq_sgi();
	irq_alarm("irq.spi.spin", false);
	irq_alarm("irq.spi.wfi", true);
	printf("bench: done\n");
}
