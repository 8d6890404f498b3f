/*
 * Never waits, and measures by the counter alone its time on the CPU. Each 100 ms it prints how
 * long it ran, how long and how often it was away, the growth of its record of stolen time, and how
 * often it looked at the counter. Judges nothing.
 */
#include <guest/cpu.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <stdio.h>

#define SHARE_PV_TIME_ST 0xc5000021u
#define SHARE_ROUND_US   100000u
#define SHARE_AWAY_US    3u /* no loop of its own takes so long */

static uint64_t share_ticks(uint64_t microseconds)
{
	return microseconds * time_frequency() / 1000000;
}

static unsigned int share_us(uint64_t ticks)
{
	return (unsigned int)(ticks * 1000000 / time_frequency());
}

/* The record isn't in its tables. */
static void share_without_mmu(void)
{
	cpu_write(sctlr_el1, cpu_read(sctlr_el1) & ~(1ul << 12 | 1ul << 2 | 1ul));
	cpu_isb();
}

static void share_round(const volatile uint64_t *record)
{
	uint64_t before = *record, start = time_counter(), last = start, away = 0, ran = 0;
	unsigned int times = 0, looks = 0;

	while (last - start < share_ticks(SHARE_ROUND_US)) {
		uint64_t now = time_counter(), ticks = now - last;

		last = now;
		looks++;
		if (ticks > share_ticks(SHARE_AWAY_US)) {
			away += ticks;
			times++;
		} else {
			ran += ticks;
		}
	}
	before = *record - before;
	printf("share: ran %u us, away %u us, %u times, stolen %u us, %u looks\n", share_us(ran),
	       share_us(away), times, (unsigned int)(before / 1000), looks);
}

void guest_main(void *device_tree)
{
	uint64_t record = psci_call4(SHARE_PV_TIME_ST, 0, 0, 0).x[0];

	(void)device_tree;
	share_without_mmu();
	printf("share: record at 0x%lx\n", (unsigned long)record);
	for (;;)
		share_round((const volatile uint64_t *)(record + 8));
}
