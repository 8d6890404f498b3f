/* SPDX-License-Identifier: MIT-0 */
/*
 * Two systems that rest most of the time, long enough for a core to go off, and then work at the
 * same time. The partition "second" begins a little later, each time by another fraction of a turn.
 * This program measures nothing: the trace shows when both have work, when the warden notices it,
 * and what it does.
 */
#include <bench/bench.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>
#include <string.h>

#define NEED_HZ     2u  /* how often both work */
#define NEED_WORK   50u /* a fraction of a second: longer than a core takes to come */
#define NEED_PHASE  691u
#define NEED_PHASES 8000u /* microseconds: two turns */
#define NEED_BETWEEN                                                                               \
	32u /* instructions after which it gives an emulator's turn to other cores, so that a core \
	       can come on */

static volatile uint32_t need_due;

static void need_on_timer(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	need_due++;
}

static void need_rest(uint64_t until, uint32_t times)
{
	cpu_write(cntv_cval_el0, until);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_sleep_until(&need_due, times);
	cpu_unmask_interrupts();
}

static void need_work(uint64_t until)
{
	while (time_counter() < until) {
		for (uint32_t i = 0; i < NEED_BETWEEN / 2; i++)
			__asm__ volatile("");
		__asm__ volatile("yield");
	}
}

void guest_main(void *device_tree)
{
	const uint64_t name = psci_call4(KUMIKI_CALL_NAME, 0, 0, 0).x[0];
	const uint64_t hz = time_frequency(), each = hz / NEED_HZ;
	const bool second = memcmp(&name, "second", 7) == 0;
	uint64_t begin = time_counter() / each * each;

	(void)device_tree;
	gic_enable(BOARD_VTIMER_INTERRUPT, need_on_timer);
	cpu_unmask_interrupts();
	for (uint32_t times = 1;; times++) {
		uint64_t late = second ? times * NEED_PHASE % NEED_PHASES * hz / 1000000 : 0;

		begin += each;
		need_rest(begin + late, times);
		need_work(begin + hz / NEED_WORK);
	}
}
