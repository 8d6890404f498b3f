/*
 * Wakes by its timer, and sets it again so that it is over as soon as it waits. So it only causes
 * switches. Judges nothing: the partition that shares its core counts the time that is left.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <stdio.h>

static void flutter_again(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_cval_el0, time_counter() + time_frequency() / 1000000);
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	printf("flutter: begins\n");
	flutter_again(BOARD_VTIMER_INTERRUPT);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	gic_enable(BOARD_VTIMER_INTERRUPT, flutter_again);
	cpu_unmask_interrupts();
	for (;;)
		cpu_wfi();
}
