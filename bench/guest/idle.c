/* SPDX-License-Identifier: MIT-0 */
/*
 * Measures what others take of a second. This program counts for exactly a second if nothing else
 * executes instructions; those of the frame and of other cores are added. The partition "counts"
 * does so; all others sleep.
 */
#include <bench/bench.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>
#include <stdio.h>
#include <string.h>

#define IDLE_SAMPLES 3
#define IDLE_SECOND  1000000000ul
#define IDLE_ROUND   2u    /* instructions of a round */
#define IDLE_START   10000 /* microseconds until all others sleep */

/* The virtual nanoseconds that a second's rounds take. */
static uint64_t idle_second(void)
{
	uint64_t rounds = IDLE_SECOND / IDLE_ROUND, before = bench_align(), begin, end;

	__asm__ volatile("mrs %1, pmccntr_el0\n"
	                 "1:\tsubs %0, %0, #1\n\t"
	                 "b.ne 1b\n\t"
	                 "mrs %2, pmccntr_el0"
	                 : "+r"(rounds), "=&r"(begin), "=&r"(end)
	                 :
	                 : "cc", "memory");
	return bench_align() + end - (before + begin) - 1;
}

void guest_main(void *device_tree)
{
	const uint64_t name = psci_call4(KUMIKI_CALL_NAME, 0, 0, 0).x[0];

	(void)device_tree;
	if (memcmp(&name, "counts", 7) != 0)
		for (;;)
			__asm__ volatile("wfi");
	bench_start_cpu();
	time_spin(IDLE_START);
	for (uint32_t i = 0; i < IDLE_SAMPLES; i++)
		bench_sample(idle_second() - IDLE_SECOND);
	bench_report("idle.others");
	printf("bench: done\n");
}
