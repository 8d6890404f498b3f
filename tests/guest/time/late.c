/*
 * Work that comes each 2 ms by a timer and takes 200 us; each tenth time it takes 1500 us. Prints a
 * count after each hundred. Judges nothing: each tenth one misses a deadline of 1 ms. With
 * `rounds=N` in its command line the work ends after N, so that a test has time for its questions.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LATE_PERIOD_US 2000u
#define TREE_SIZE(t)   __builtin_bswap32(((const uint32_t *)(t))[1])

static volatile uint32_t late_rounds;
static uint64_t late_deadline, late_most = UINT64_MAX;

static void late_read_orders(const char *tree)
{
	const char *end = tree + TREE_SIZE(tree);

	for (const char *at = tree; at < end - 7; at++)
		if (memcmp(at, "rounds=", 7) == 0)
			late_most = strtoull(at + 7, NULL, 0);
}

static void late_work(uint32_t intid)
{
	(void)intid;
	late_deadline += LATE_PERIOD_US * time_frequency() / 1000000;
	cpu_write(cntv_cval_el0, late_deadline);
	late_rounds++;
	if (late_rounds == late_most)
		cpu_write(cntv_ctl_el0, 0);
	time_spin(late_rounds % 10 == 0 ? 1500 : 200);
}

void guest_main(void *device_tree)
{
	late_read_orders(device_tree);
	printf("late: begins\n");
	late_deadline = time_counter() + LATE_PERIOD_US * time_frequency() / 1000000;
	cpu_write(cntv_cval_el0, late_deadline);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	gic_enable(BOARD_VTIMER_INTERRUPT, late_work);
	for (uint32_t hundred = 1;; hundred++) {
		cpu_sleep_until(&late_rounds, hundred * 100);
		cpu_unmask_interrupts();
		printf("late: %u rounds\n", hundred * 100);
	}
}
