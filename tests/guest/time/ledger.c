/*
 * Never waits, and measures by the counter alone its time on the CPU in each period of its budget.
 * Periods are 10 ms, one after the other from the counter's 0 (docs/inside/scheduling.md). After
 * each twenty whole periods it prints the least and the most time in one, in ticks. Judges nothing.
 */
#include <guest/cpu.h>
#include <guest/time.h>
#include <stdio.h>

#define LEDGER_PERIODS_A_SECOND 100u
#define LEDGER_PERIODS          20u
#define LEDGER_AWAY_US          3u /* no loop of its own takes so long */

static struct {
	uint64_t period, away; /* ticks */
	uint64_t last;         /* look at the counter */
} ledger;

static uint64_t ledger_look(void)
{
	cpu_isb();
	return cpu_read(cntpct_el0);
}

/* Its time on the CPU until then. */
static uint64_t ledger_had(uint64_t end)
{
	uint64_t had = 0;

	while (ledger.last < end) {
		const uint64_t now = ledger_look(), ticks = now - ledger.last;

		if (ticks <= ledger.away)
			had += ticks;
		ledger.last = now;
	}
	return had;
}

static void ledger_round(void)
{
	uint64_t end, least = ~0ull, most = 0;

	ledger.last = ledger_look();
	end = (ledger.last / ledger.period + 1) * ledger.period;
	(void)ledger_had(end);
	for (uint32_t i = 0; i < LEDGER_PERIODS; i++) {
		uint64_t had;

		end += ledger.period;
		had = ledger_had(end);
		least = had < least ? had : least;
		most = had > most ? had : most;
	}
	printf("ledger: %u periods, from %lu to %lu ticks\n", LEDGER_PERIODS, (unsigned long)least,
	       (unsigned long)most);
}

void guest_main(void *device_tree)
{
	(void)device_tree;
	ledger.period = time_frequency() / LEDGER_PERIODS_A_SECOND;
	ledger.away = LEDGER_AWAY_US * time_frequency() / 1000000;
	for (;;)
		ledger_round();
}
