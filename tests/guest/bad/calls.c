/*
 * Calls the hypervisor and the firmware 40,000 times with random arguments: function identifiers
 * inside and outside of each range, any immediate, any registers. Leaves out only calls that
 * rightly end it: power off, reset, its own CPU off, or asleep for ever. Each call must come back.
 */
#include "attempt.h"
#include <guest/cpu.h>
#include <guest/psci.h>
#include <stdio.h>

#define CALLS       40000u
#define CALLS_HVC   0xd4000002u
#define CALLS_SMC   0xd4000003u
#define CALLS_FIRST 0x84000000u

static uint64_t calls_seed = 20261120;

static uint32_t calls_function(void)
{
	static const uint32_t bases[] = {0x80000000, 0x84000000, 0x86000000, 0x8600ff00,
	                                 0xc0000000, 0xc4000000, 0xc6000000, 0xc600ff00,
	                                 0x80007ff0, 0x80003ff0, 0xbf00ff00, 0x00000000};
	uint64_t random = attempt_random(&calls_seed);

	if ((random & 3) == 0)
		return (uint32_t)(random >> 20);
	return bases[(random >> 8) % (sizeof(bases) / sizeof(bases[0]))] +
	       (uint32_t)(random >> 40 & 0x1f);
}

static uint64_t calls_argument(void)
{
	static const uint64_t odd[] = {0,          1,          ~0ull,      0x80000000,
	                               0x40000000, 0x40080000, 1ull << 63, 0x7fffffffffffffff,
	                               0x80,       0x100,      0x10000,    0x7fff200000};
	uint64_t random = attempt_random(&calls_seed);

	return random & 1 ? odd[(random >> 8) % (sizeof(odd) / sizeof(odd[0]))] : random;
}

/* Ends this CPU or the partition, as it should. */
static int calls_ends(uint32_t function)
{
	uint32_t number = function & ~0x40000000u;

	return number == CALLS_FIRST + 1 || number == CALLS_FIRST + 2 ||
	       number == CALLS_FIRST + 8 || number == CALLS_FIRST + 9 ||
	       number == CALLS_FIRST + 0x12;
}

void guest_main(void *device_tree)
{
	uint32_t made = 0, lost = 0;

	(void)device_tree;
	attempt_begin();
	printf("calls: begins\n");
	while (made < CALLS) {
		uint64_t x[4] = {calls_function(), calls_argument(), calls_argument(),
		                 calls_argument()};
		uint64_t random = attempt_random(&calls_seed);
		uint32_t immediate = (random & 7) == 0 ? (uint32_t)(random >> 8 & 0xffff) << 5 : 0;

		x[0] |= attempt_random(&calls_seed) << 32;
		if (calls_ends((uint32_t)x[0]))
			continue;
		if (!ATTEMPT_THROUGH(
		        attempt((random & 8 ? CALLS_HVC : CALLS_SMC) | immediate, ATTEMPT_EL1, x)))
			lost++;
		made++;
	}
	printf("calls: %u made, %u lost\n", made, lost);
}
