/*
 * A manager that restarts its partition at random moments of the start: it restarts the partition,
 * waits for a random time of up to a little more than a whole start, and restarts it again. Its
 * command line says `hasty=SEED,TIMES,LONGEST` (nanoseconds). After TIMES restarts it leaves the
 * partition alone, and says so.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <kumiki/hypercall.h>
#include <kumiki/life.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TREE_SIZE(t) __builtin_bswap32(((const uint32_t *)(t))[1])

static uint64_t hasty_state;
static volatile uint32_t hasty_times;

/* xorshift64: the same moments from the same seed. */
static uint64_t hasty_random(void)
{
	hasty_state ^= hasty_state << 13;
	hasty_state ^= hasty_state >> 7;
	hasty_state ^= hasty_state << 17;
	return hasty_state;
}

static const char *hasty_orders(const char *tree)
{
	const char *end = tree + TREE_SIZE(tree);

	for (const char *at = tree; at < end - 6; at++)
		if (memcmp(at, "hasty=", 6) == 0)
			return at + 6;
	return "1,1,1";
}

static void hasty_on_time(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	hasty_times++;
}

/* Asleep: where CPUs take turns, the other one then runs until the very moment. */
static void hasty_wait(uint64_t ticks)
{
	const uint32_t times = hasty_times;

	cpu_write(cntv_cval_el0, time_counter() + ticks);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_isb();
	cpu_sleep_until(&hasty_times, times + 1);
	cpu_unmask_interrupts();
}

static uint32_t hasty_managed(void)
{
	return (uint32_t)__builtin_ctzll(psci_call4(KUMIKI_CALL_PARTITIONS, 0, 0, 0).x[1]);
}

void guest_main(void *device_tree)
{
	char *orders = (char *)(uintptr_t)hasty_orders(device_tree);
	uint64_t seed = strtoull(orders, &orders, 0), times = strtoull(orders + 1, &orders, 0);
	uint64_t longest = strtoull(orders + 1, NULL, 0) * time_frequency() / 1000000000;
	const uint32_t other = hasty_managed();
	uint64_t refused = 0;

	gic_enable(BOARD_VTIMER_INTERRUPT, hasty_on_time);
	cpu_unmask_interrupts();
	hasty_state = seed * 0x9e3779b97f4a7c15ull | 1;
	for (uint64_t i = 0; i < times; i++) {
		refused += psci_call4(KUMIKI_CALL_COMMAND, other, LIFE_RESTART, 0).x[0] != 0;
		hasty_wait(hasty_random() % longest);
	}
	printf("hasty: %lu restarts asked for, %lu refused\n", (unsigned long)times,
	       (unsigned long)refused);
	for (;;)
		__asm__ volatile("wfi");
}
