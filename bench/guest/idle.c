/* SPDX-License-Identifier: MIT-0 */
/*
 * What others take of a second: this program counts so long that it is a second if nobody else
 * executes anything. Instructions of the frame and of other cores come on top. The partition called
 * "counts" does so; any other one sleeps.
 */
#include <bench/bench.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>
#include <stdio.h>
#include <string.h>

#define IDLE_SAMPLES 3
#define IDLE_SECOND  1000000000ul
#define IDLE_ROUND   2u    /* instructions */
#define IDLE_START   10000 /* microseconds until all others sleep */

/* Virtual nanoseconds from one instruction to another one, with a second's rounds between them. */
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
