/* SPDX-License-Identifier: MIT-0 */
/*
 * A system that watches another one changes four words of its memory, again and again, and sleeps
 * meanwhile. The other one does nothing but look at the counter: the stretches in which it can't
 * are what it stands still for a mend.
 */
#include <bench/bench.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <kumiki/watch.h>
#include <stdio.h>

#define MEND_SAMPLES 200
#define MEND_WORDS   4u
#define MEND_PERIOD  500u      /* mends in a second */
#define MEND_GAP     60u       /* ticks: longer than a mere interrupt */
#define MEND_PLACE   0x100000u /* in the other one's memory: nothing is there */
#define MEND_KIND    0xffu

static volatile uint32_t mend_ticks;

static void mend_on_time(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	mend_ticks++;
}

static void mend_sleep(void)
{
	const uint32_t ticks = mend_ticks;

	cpu_write(cntv_cval_el0, time_counter() + time_frequency() / MEND_PERIOD);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_sleep_until(&mend_ticks, ticks + 1);
}

static void mend_ask(volatile uint64_t *registers, uint64_t place, uint64_t round)
{
	for (uint32_t i = 0; i < MEND_WORDS; i++) {
		volatile uint64_t *change = &registers[WATCH_CHANGE(i) / sizeof(*registers)];

		change[0] = place + i * sizeof(uint64_t);
		change[1] = ~0ull;
		change[2] = round;
		change[3] = round + 1;
	}
	registers[WATCH_MEND / sizeof(*registers)] = MEND_WORDS;
}

static void mend_for_ever(struct tree_node node)
{
	volatile uint64_t *registers = (uint64_t *)(uintptr_t)tree_number(node, "reg", 0);
	const uint64_t place = tree_number(node, "kumiki,places", 0) + MEND_PLACE;

	gic_enable(BOARD_VTIMER_INTERRUPT, mend_on_time);
	mend_sleep();
	for (uint64_t round = 0;; round++) {
		uint64_t answer;

		mend_ask(registers, place, round);
		mend_sleep();
		answer = registers[WATCH_MEND / sizeof(*registers)];
		if ((answer & MEND_KIND) != WATCH_MEND_DONE) {
			printf("bench: a mend failed: 0x%lx\n", answer);
			psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
		}
	}
}

static void mend_stand(void)
{
	uint64_t before = time_counter();

	for (uint32_t samples = 0; samples < MEND_SAMPLES;) {
		const uint64_t now = time_counter();

		if (now - before > MEND_GAP) {
			bench_sample(bench_time_of_counter(now - before));
			samples++;
		}
		before = now;
		__asm__ volatile("yield"); /* QEMU's other CPUs come to run */
	}
	bench_report("mend.pause");
	printf("bench: done\n");
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
}

void guest_main(void *device_tree)
{
	const struct tree_node watched = tree_compatible(device_tree, "kumiki,watched-1.0", 0);

	if (watched.at != NULL)
		mend_for_ever(watched);
	mend_stand();
}
