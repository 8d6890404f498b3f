/*
 * Never waits, and calls the firmware at the end of each 20 ms, which a trace shows, and right
 * there reads its record of stolen time. Then it prints these values again and again, in
 * nanoseconds. Judges nothing.
 */
#include <guest/cpu.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <stdio.h>

#define STEAL_PV_TIME_ST 0xc5000021u
#define STEAL_ROUNDS     20u

/* The record isn't in its tables. */
static void steal_without_mmu(void)
{
	cpu_write(sctlr_el1, cpu_read(sctlr_el1) & ~(1ul << 12 | 1ul << 2 | 1ul));
	cpu_isb();
}

static uint64_t steal_mark(const volatile uint64_t *record)
{
	psci_call4(PSCI_VERSION, 0, 0, 0);
	return *record;
}

void guest_main(void *device_tree)
{
	uint64_t record = psci_call4(STEAL_PV_TIME_ST, 0, 0, 0).x[0], read[STEAL_ROUNDS + 1];
	uint64_t step = time_frequency() / 50, next = time_counter() + step;

	(void)device_tree;
	steal_without_mmu();
	for (unsigned int i = 0; i <= STEAL_ROUNDS; i++) {
		while (time_counter() < next)
			continue;
		next += step;
		read[i] = steal_mark((const volatile uint64_t *)(record + 8));
	}
	for (unsigned int i = 0;; i = (i + 1) % (STEAL_ROUNDS + 1)) {
		printf("steal: %u %lu ns\n", i, (unsigned long)read[i]);
		for (next = time_counter() + step; time_counter() < next;)
			continue;
	}
}
