/*
 * The owner of an interrupt line that another partition's function shares by its pin (edu_line.c):
 * it counts the line's interrupts, while its own function asks for nothing.
 */
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <stdio.h>

#define LINE_INTERRUPT 38u /* pin A of devices 3, 7, 11, … */
#define LINE_SECONDS   3u

static volatile uint32_t line_count, line_ticks;

static void line_came(uint32_t intid)
{
	line_count++;
	gic_disable(intid);
}

static void line_tick(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_cval_el0, time_counter() + time_frequency());
	line_ticks++;
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	gic_start();
	gic_start_cpu();
	gic_enable(LINE_INTERRUPT, line_came);
	gic_enable(BOARD_VTIMER_INTERRUPT, line_tick);
	cpu_write(cntv_cval_el0, time_counter() + time_frequency());
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_unmask_interrupts();
	for (uint32_t i = 1; i <= LINE_SECONDS; i++) {
		cpu_sleep_until(&line_ticks, i);
		printf("line: %u s, %u interrupts, %s\n", i, line_count,
		       gic_bit(GICD_ISPENDR, LINE_INTERRUPT) ? "pending" : "quiet");
	}
	for (;;)
		cpu_wfi();
}
