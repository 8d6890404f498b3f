/* SPDX-License-Identifier: MIT-0 */
/*
 * Measures a vCPU's move. A manager on a core of its own moves the other partition's vCPU to
 * another core once in a millisecond, and sleeps between. The vCPU never waits, and reads the
 * counter all the time. The longest gap in each millisecond is the move, from its last instruction
 * on one core to its first on the other. As all cores share one clock, the gap also has the part of
 * the manager's call that runs at the same time.
 */
#include <bench/bench.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>
#include <stdio.h>

#define MOVE_SAMPLES 500
#define MOVE_BEFORE  100 /* milliseconds until the manager has begun */

#define MOVE_TURN 500 /* ticks */

static volatile uint32_t move_ticks;

static void move_on_tick(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_cval_el0, cpu_read(cntv_cval_el0) + time_frequency() / 1000);
	cpu_isb();
	move_ticks++;
}

static void move_manage(uint32_t partition)
{
	gic_enable(BOARD_VTIMER_INTERRUPT, move_on_tick);
	cpu_write(cntv_cval_el0, time_counter() + time_frequency() / 1000);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_unmask_interrupts();
	for (uint32_t round = 0;; round++) {
		const uint32_t next = move_ticks + 1;

		while (move_ticks < next)
			cpu_wfi();
		psci_call4(KUMIKI_CALL_MOVE, partition, 0, round % 2);
	}
}

/* The longest time between two readings. With icount, the other cores get their turns when a timer
 * is due. So this CPU has a masked timer that is due again and again. */
static uint64_t move_longest_gap(uint64_t ticks)
{
	uint64_t last = time_counter(), end = last + ticks, longest = 0, turn = last;

	while (last < end) {
		uint64_t now = time_counter();

		if (now >= turn) {
			turn = now + MOVE_TURN;
			cpu_write(cntv_cval_el0, turn);
			cpu_write(cntv_ctl_el0, TIMER_ENABLE | TIMER_MASK);
		}
		if (now - last > longest)
			longest = now - last;
		last = now;
	}
	return longest;
}

void guest_main(void *device_tree)
{
	const uint64_t managed = psci_call4(KUMIKI_CALL_PARTITIONS, 0, 0, 0).x[1];
	const uint64_t step = time_frequency() / 1000;

	(void)device_tree;
	if (managed != 0)
		move_manage((uint32_t)__builtin_ctzll(managed));
	move_longest_gap(MOVE_BEFORE * step);
	for (uint32_t i = 0; i < MOVE_SAMPLES; i++)
		bench_sample(bench_time_of_counter(move_longest_gap(step)));
	bench_report("migrate");
	printf("bench: done\n");
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
}
