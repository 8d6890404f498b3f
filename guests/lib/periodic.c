/* SPDX-License-Identifier: MIT-0 */
/*
 * See guest/periodic.h. Each release is computed from the one before, and not from the present
 * time: an interrupt that comes late makes no later release late.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/periodic.h>
#include <guest/time.h>

static uint64_t periodic_length, periodic_release; /* ticks of the counter */
static volatile uint32_t periodic_waiting;         /* releases whose job hasn't begun */

static void periodic_set(void)
{
	periodic_release += periodic_length;
	cpu_write(cntv_cval_el0, periodic_release);
}

static void periodic_timer(uint32_t intid)
{
	(void)intid;
	periodic_set();
	periodic_waiting++;
}

void periodic_start(uint32_t microseconds)
{
	periodic_length = time_frequency() * microseconds / 1000000;
	periodic_release = time_counter();
	periodic_waiting = 0;
	periodic_set();
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	gic_enable(BOARD_VTIMER_INTERRUPT, periodic_timer);
	cpu_unmask_interrupts();
}

uint32_t periodic_wait(void)
{
	uint32_t more;

	cpu_sleep_until(&periodic_waiting, 1); /* and masks interrupts */
	more = --periodic_waiting;
	cpu_unmask_interrupts();
	return more;
}

void periodic_skip(void)
{
	periodic_waiting = 0;
}
