/* SPDX-License-Identifier: MIT-0 */
/*
 * A core that moves between two small systems. Each has a CPU that looks, and a CPU that comes with
 * the core and sleeps. The manager of the other system asks for the core, measures until its CPU
 * there has begun to work, gives the core back, and lets the other system settle.
 */
#include <bench/bench.h>
#include <guest/cores.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hold.h>
#include <kumiki/hypercall.h>
#include <stdio.h>

#define HOLD_CORE    1u /* the machine's number */
#define HOLD_SAMPLES 500
#define HOLD_TIME    0x10000u
#define HOLD_SETTLE  50 /* a fraction of a second */

static volatile uint64_t hold_began; /* when the CPU that came began to work: it writes this */

static void hold_work(void)
{
	hold_began = time_counter();
	cpu_mask_interrupts();
	while (!cores_must_go()) {
		cpu_wfi();
		cpu_unmask_interrupts();
		cpu_isb();
		cpu_mask_interrupts();
	}
}

static void hold_on_time(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	cores_changes++;
}

/* Follows the cores until the condition is true. */
#define hold_follow_until(condition)                                                               \
	do {                                                                                       \
		const uint32_t changes_ = cores_changes;                                           \
		cores_follow(NULL, NULL);                                                          \
		if (condition)                                                                     \
			break;                                                                     \
		cpu_sleep_until(&cores_changes, changes_ + 1);                                     \
		cpu_unmask_interrupts();                                                           \
	} while (true)

static void hold_settle(void)
{
	const uint64_t end = time_counter() + time_frequency() / HOLD_SETTLE;

	cpu_write(cntv_cval_el0, end);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	hold_follow_until(time_counter() >= end);
}

static void hold_measure(uint32_t self, uint32_t other)
{
	uint64_t asked;

	hold_settle();
	hold_began = 0;
	asked = time_counter();
	cores_ask(HOLD_CORE, self, HOLD_TIME);
	hold_follow_until(HOLD_HOLDER(cores_record(HOLD_CORE)) == self);
	hold_settle();
	bench_sample(bench_time_of_counter(hold_began - asked));
	cores_ask(HOLD_CORE, other, HOLD_TIME);
	hold_follow_until(HOLD_HOLDER(cores_record(HOLD_CORE)) == other);
}

void guest_main(void *device_tree)
{
	const uint32_t self = (uint32_t)psci_call4(KUMIKI_CALL_SELF, 0, 0, 0).x[0];
	const uint64_t managed = psci_call4(KUMIKI_CALL_PARTITIONS, 0, 0, 0).x[1];

	cores_begin(device_tree, hold_work);
	gic_enable(BOARD_VTIMER_INTERRUPT, hold_on_time);
	if (managed == 0)
		hold_follow_until(false);
	for (uint32_t i = 0; i < HOLD_SAMPLES; i++)
		hold_measure(self, (uint32_t)__builtin_ctzll(managed));
	bench_report("core.move");
	printf("bench: done\n");
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
}
