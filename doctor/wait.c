/* Time, and waits that always end: see doctor.h. */
#include <doctor/doctor.h>

#define HZ_GUESSED     1000000ull /* where nobody says: the slowest one that is in use */
#define LOOKS_IN_US    200        /* more than a core has in a microsecond */
#define LOOKS_AT_LEAST 1000

uint64_t wait_now(void)
{
	barrier_instruction();
	return sysreg_read(cntpct_el0);
}

uint64_t wait_hz(void)
{
	const uint64_t told = (uint32_t)sysreg_read(cntfrq_el0);

	if (told != 0)
		return told;
	return told_facts->counter_hz != 0 ? told_facts->counter_hz : HZ_GUESSED;
}

struct wait wait_for(uint64_t us)
{
	return (struct wait){wait_now(), us * wait_hz() / 1000000 + 1,
	                     us * LOOKS_IN_US + LOOKS_AT_LEAST};
}

bool wait_goes_on(struct wait *wait)
{
	if (wait->looks == 0 || wait_now() - wait->begin > wait->ticks)
		return false;
	wait->looks--;
	return true;
}

uint64_t wait_ns(uint64_t ticks)
{
	return ticks * 1000000000ull / wait_hz();
}
