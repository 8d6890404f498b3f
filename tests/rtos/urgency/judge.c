/*
 * The time that the supervisor takes from a program that computes on its CPU, while less urgent
 * programs on all other CPUs ask it without end. It takes only the time of its watch, whose work is
 * done in time.
 */
#include "turn.h"
#include <libc/expect.h>
#include <stdio.h>
#include <templates/programs.h>

#define LENGTH_MS 300
#define SILENT_MS 150 /* until a restart at most: twice its heartbeat, and half of that again */

static uint64_t ran(void)
{
	uint64_t ticks = 0;

	expect(sys_do(RTOS_THREAD_TIME, 0, 0, 0, 0, 0, 0, &ticks) == RTOS_OK);
	return ticks;
}

static void compute_until(uint64_t end)
{
	while (sys_now() < end)
		turn_compute();
}

int main(void)
{
	const uint64_t silent = programs_find("silent"), asker = programs_find("asker");
	uint64_t began, had, took, starts;

	expect(programs_start(asker) == SUPERVISOR_OK);
	sys_sleep(10);
	starts = programs_starts(silent);
	began = sys_now();
	had = ran();
	compute_until(began + sys_ticks(LENGTH_MS));
	had = ran() - had;
	took = sys_now() - began;
	starts = programs_starts(silent) - starts;
	printf("it had %d.%d %% of its CPU, while %d restarts were due\n", (int)(had * 100 / took),
	       (int)(had * 1000 / took % 10), (int)starts);
	expect(had * 10 > took * 9);
	expect(starts >= LENGTH_MS / SILENT_MS);
	expect(programs_starts(asker) == 2);
	return expect_end();
}
