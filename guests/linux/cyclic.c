/*
 * Measures how late a task of Linux wakes, as cyclictest does (/bin/cyclic of the Linux guests).
 * `cyclic CYCLES MICROSECONDS` has the highest real-time priority. It sleeps until each next
 * multiple of MICROSECONDS, and notes how long after that time it runs. It prints nothing while it
 * measures.
 */
#include <linux/user.h>

enum { SYS_SCHED_SETSCHEDULER = 119, SYS_MLOCKALL = 230 };
enum { SCHED_FIFO = 1, SCHED_HIGHEST = 99, MCL_ALL = 3 };
enum { CYCLIC_USAGE = 200, CYCLIC_BUCKETS = 4096, CYCLIC_BUCKET = 256 };

static uint32_t cyclic_buckets[CYCLIC_BUCKETS];

static void cyclic_become_urgent(void)
{
	int priority = SCHED_HIGHEST;

	user_must(SYS_MLOCKALL, MCL_ALL, 0, 0, 0);
	user_must(SYS_SCHED_SETSCHEDULER, 0, SCHED_FIFO, (long)&priority, 0);
}

static uint64_t cyclic_median(uint64_t cycles)
{
	uint64_t seen = 0;

	for (uint64_t i = 0; i < CYCLIC_BUCKETS; i++) {
		seen += cyclic_buckets[i];
		if (seen * 2 >= cycles)
			return i * CYCLIC_BUCKET;
	}
	return CYCLIC_BUCKETS * CYCLIC_BUCKET;
}

static void cyclic_measure(uint64_t cycles, uint64_t period)
{
	uint64_t worst = 0, late = 0, when = user_now() + period;

	for (uint64_t i = 0; i < cycles; i++, when += period) {
		uint64_t latency, bucket;

		user_sleep_until(when);
		latency = user_now() - when;
		bucket = latency / CYCLIC_BUCKET;
		cyclic_buckets[bucket < CYCLIC_BUCKETS ? bucket : CYCLIC_BUCKETS - 1]++;
		worst = latency > worst ? latency : worst;
		late += latency >= period;
	}
	user_print("cyclic", "cycles", cycles);
	user_print("cyclic", "late", late);
	user_print("cyclic", "median", cyclic_median(cycles));
	user_print("cyclic", "worst", worst);
}

void user_main(const uint64_t *stack)
{
	const char *const *argv = (const char *const *)&stack[1];

	if (stack[0] != 3)
		user_exit(CYCLIC_USAGE);
	cyclic_become_urgent();
	cyclic_measure((uint64_t)user_number(argv[1]), (uint64_t)user_number(argv[2]) * 1000);
	user_exit(0);
}
