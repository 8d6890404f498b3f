/*
 * Asks for its next interrupt all the time, so near that it comes as soon as this CPU is anybody
 * else's: each turn of another context ends as it begins. Meanwhile it prints a line every few
 * milliseconds, and answers each key with one.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <guest/uart.h>
#include <stdio.h>

#define RESTLESS_AHEAD 20 /* ticks: less than a switch takes under icount */

static volatile uint64_t restless_ticks;

static void restless_again(void)
{
	cpu_write(cntv_cval_el0, time_counter() + RESTLESS_AHEAD);
	cpu_isb();
}

static void restless_on_tick(uint32_t intid)
{
	(void)intid;
	restless_ticks++;
	restless_again();
}

static void restless_key(void)
{
	if ((board_read32(BOARD_UART + UART_FR) & UART_FR_RXFE) == 0)
		printf("restless: key %c\n", (int)(board_read32(BOARD_UART + UART_DR) & 0xff));
}

void guest_main(void *device_tree)
{
	uint64_t step = time_frequency() / 200, next = time_counter() + step;
	uint32_t lines = 0;

	(void)device_tree;
	gic_enable(BOARD_VTIMER_INTERRUPT, restless_on_tick);
	restless_again();
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_unmask_interrupts();
	for (;;) {
		restless_again();
		if (time_counter() < next)
			continue;
		next += step;
		restless_key();
		printf("restless: line %u\n", ++lines);
	}
}
