/* SPDX-License-Identifier: MIT-0 */
/*
 * Heartbeat: a small real-time system. A timer ticks at 1 kHz through its own GIC. The handler
 * notes how late it is, and sends itself a second interrupt, which has to arrive, too. Once per
 * second a line says how many ticks there were, how many of the second interrupts were lost, how
 * many ticks were late by more than a period, and the latency's median and worst so far. The same
 * image runs bare on QEMU's `virt` and as a partition.
 */
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <stdio.h>

#define HEARTBEAT_HZ   1000u
#define HEARTBEAT_ECHO 1 /* the second interrupt */
/* Up to 64 ticks a bucket is one tick wide; above that each power of two has 32 buckets, up to 2^32
 * ticks. */
#define HEARTBEAT_BUCKETS (64 + 26 * 32)

/* Written by the handler alone; the main loop reads it with interrupts masked. */
static struct {
	uint64_t period, deadline; /* in counter ticks */
	uint32_t ticks, late_ticks, echoes;
	uint64_t worst; /* counter ticks */
	uint32_t late[HEARTBEAT_BUCKETS];
	volatile uint32_t seconds;
} heartbeat;

static uint64_t heartbeat_bucket(uint64_t ticks)
{
	uint64_t power = ticks < 64 ? 0 : 63 - (uint64_t)__builtin_clzll(ticks);

	if (ticks < 64)
		return ticks;
	return power < 32 ? 64 + (power - 6) * 32 + (ticks >> (power - 5) & 31)
	                  : HEARTBEAT_BUCKETS - 1;
}

/* The smallest number of ticks that falls into a bucket. */
static uint64_t heartbeat_bucket_start(uint64_t bucket)
{
	uint64_t power = 6 + (bucket - 64) / 32;

	return bucket < 64 ? bucket : (32 + (bucket - 64) % 32) << (power - 5);
}

static void heartbeat_note(uint64_t latency)
{
	heartbeat.late[heartbeat_bucket(latency)]++;
	if (latency > heartbeat.worst)
		heartbeat.worst = latency;
	heartbeat.ticks++;
	if (heartbeat.ticks % HEARTBEAT_HZ == 0)
		heartbeat.seconds++;
}

/* No tick is left out: after a late tick the next ones follow at once. */
static void heartbeat_tick(uint32_t intid)
{
	uint64_t latency = time_counter() - heartbeat.deadline;

	(void)intid;
	if (latency > heartbeat.period)
		heartbeat.late_ticks++;
	heartbeat.deadline += heartbeat.period;
	cpu_write(cntv_cval_el0, heartbeat.deadline);
	gic_send(HEARTBEAT_ECHO, 0);
	heartbeat_note(latency);
}

static void heartbeat_echo(uint32_t intid)
{
	(void)intid;
	heartbeat.echoes++;
}

/* The median of all latencies, in counter ticks: where its bucket begins. */
static uint64_t heartbeat_median(void)
{
	uint32_t seen = 0;

	for (uint64_t i = 0; i < HEARTBEAT_BUCKETS; i++) {
		seen += heartbeat.late[i];
		if (seen * 2 >= heartbeat.ticks)
			return heartbeat_bucket_start(i);
	}
	return heartbeat.worst;
}

/* Prints the line for one second of ticks, however late. */
static void heartbeat_report(uint32_t second)
{
	uint64_t nanoseconds = 1000000000u / time_frequency();
	/* Read before the worst latency, which only grows: so the median is never above it. */
	uint64_t median = heartbeat_median();

	/* Masked, so that no interrupt comes between the readings. */
	cpu_mask_interrupts();
	uint32_t ticks = heartbeat.ticks, lost = ticks - heartbeat.echoes;
	uint64_t worst = heartbeat.worst;
	cpu_unmask_interrupts();

	printf("heartbeat: %u s, %u ticks, %u lost, %u late, latency median %lu ns, worst %lu ns\n",
	       (unsigned int)second, (unsigned int)ticks, (unsigned int)lost,
	       (unsigned int)heartbeat.late_ticks, (unsigned long)(median * nanoseconds),
	       (unsigned long)(worst * nanoseconds));
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	printf("heartbeat: %u Hz, counter %u Hz\n", HEARTBEAT_HZ, (unsigned int)time_frequency());
	heartbeat.period = time_frequency() / HEARTBEAT_HZ;
	heartbeat.deadline = time_counter() + heartbeat.period;
	cpu_write(cntv_cval_el0, heartbeat.deadline);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	/* The second interrupt is more urgent than a tick: it comes before the next tick, even if
	 * that is late. */
	gic_enable(HEARTBEAT_ECHO, heartbeat_echo);
	gic_set_priority(HEARTBEAT_ECHO, GIC_PRIORITY - 0x20);
	gic_enable(BOARD_VTIMER_INTERRUPT, heartbeat_tick);
	for (uint32_t second = 1;; second++) {
		cpu_sleep_until(&heartbeat.seconds, second);
		cpu_unmask_interrupts();
		heartbeat_report(second);
	}
}
