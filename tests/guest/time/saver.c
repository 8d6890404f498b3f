/*
 * A manager of the power policy. It asks for as few cores as possible, prints the policy before,
 * and looks ten times a second: it prints each change by others. Judges nothing.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>
#include <kumiki/power.h>
#include <stdio.h>

#define SAVER_LOOKS 10 /* a second */

static void saver_again(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_cval_el0, time_counter() + time_frequency() / SAVER_LOOKS);
}

static uint64_t saver_call(uint64_t policy)
{
	return psci_call4(KUMIKI_CALL_POWER, policy, 0, 0).x[0];
}

void guest_main(void *device_tree)
{
	uint64_t holds = POWER_POWERSAVE;

	(void)device_tree;
	saver_again(BOARD_VTIMER_INTERRUPT);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	gic_enable(BOARD_VTIMER_INTERRUPT, saver_again);
	cpu_unmask_interrupts();
	printf("saver: a policy that isn't: %ld\n", (long)saver_call(POWER_POLICIES));
	printf("saver: %lu held\n", (unsigned long)saver_call(holds));
	for (;;) {
		uint64_t now = saver_call(KUMIKI_POWER_SAME);

		if (now != holds)
			printf("saver: %lu holds\n", (unsigned long)now);
		holds = now;
		cpu_wfi();
	}
}
