/* See shift_play.h. */
#include "shift_play.h"

#include <string.h>

struct shift_machine machine;
struct shift shift;
struct shift_look look;
uint32_t load[BUNDLE_PARTITIONS_MAX];
uint64_t pace = 10 * MS;
uint32_t random_state;

uint32_t below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

void record(uint32_t core, uint32_t holder, uint32_t wanted, uint64_t until)
{
	const uint32_t number = HOLD_NUMBER(look.record[core]) + 1;

	look.record[core] = (until / TICK) << 24 | (number & 0xff) << 16 | wanted << 8 | holder;
}

bool is_asked(uint32_t core)
{
	return hold_is_asked(look.record[core], look.now);
}

void pass(uint32_t core)
{
	look.record[core] = (look.record[core] & ~0xffull) | HOLD_WANTED(look.record[core]);
}

void begin(void)
{
	look.now = FIRST;
	shift_begin(&shift, &machine, &look);
}

void start(void)
{
	memset(&machine, 0, sizeof(machine));
	memset(&look, 0, sizeof(look));
	memset(load, 0, sizeof(load));
	pace = 10 * MS;
	machine.cores = 4;
	machine.partitions = 2;
	machine.ms = MS;
	machine.holders[1] = machine.holders[2] = 3;
	machine.fixed[0] = machine.fixed[1] = 1;
	machine.fixed_speed[0] = machine.fixed_speed[1] = BUNDLE_SPEED_FASTEST;
	for (uint32_t c = 0; c < machine.cores; c++)
		machine.speed[c] = BUNDLE_SPEED_FASTEST;
	machine.plan.by_load = 1;
	machine.plan.least[0] = machine.plan.least[1] = 1;
	begin();
}

void work(void)
{
	look.now += pace;
	for (uint32_t p = 0; p < machine.partitions; p++) {
		const uint64_t most = shift_speed(&machine, &look, p) * UINT64_C(100);
		const uint64_t wants = load[p] * BUNDLE_SPEED_FASTEST;

		look.work[p] += pace / 100 * (wants < most ? wants : most);
	}
}

bool steps(struct shift_step *step, uint32_t milliseconds)
{
	for (const uint64_t end = look.now + (uint64_t)milliseconds * MS; look.now < end;) {
		work();
		*step = shift_next(&shift, &machine, &look);
		if (step->what != SHIFT_NOTHING)
			return true;
	}
	return false;
}

void schedule(uint32_t index, uint32_t minute, uint32_t core, uint32_t to)
{
	machine.plan.change[index] =
	    (struct bundle_shift_change){(uint16_t)minute, (uint8_t)core, (uint8_t)to};
	machine.plan.changes = (uint8_t)(index + 1);
	machine.scheduled |= 1u << core;
}
