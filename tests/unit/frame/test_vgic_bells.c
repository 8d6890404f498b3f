/*
 * Doorbells of a partition at random, by a seed: rings, the moments when its home core hears of
 * them, and the guest's vCPUs that enable, route, clear, take and end, in any order. Each ring is
 * taken or cleared later, or the test calls it lost. Rings interrupt the home core at most twice
 * for each taken one.
 *
 * Shows: talk.bells.
 */
#include "vgic_machine.h"

#include <string.h>
#include <unit.h>

#define CTLR      0x000
#define IGROUPR   0x084
#define ISENABLER 0x104
#define ICENABLER 0x184
#define ICPENDR   0x284
#define BELLS     2
#define BIT(bell) (1u << (MACHINE_BELLS + (bell)) % 32)
#define SEEDS     300
#define STEPS     600

static uint32_t random_state;
static struct {
	bool rung;         /* and not taken or cleared since */
	bool active;       /* a vCPU has taken it and not ended it */
	uint32_t by;       /* which */
	uint32_t answered; /* how often it was taken or cleared, or may have been put back */
} bell[BELLS];
static uint32_t rings, taken;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static void begin(uint32_t seed)
{
	random_state = seed;
	machine_start(2 + random_below(3));
	for (uint32_t i = 1; i < MACHINE_VCPUS; i++)
		machine_vcpu_on(i);
	machine_write(0, IGROUPR, ~0u);
	machine_write(0, CTLR, 2);
	memset(bell, 0, sizeof(bell));
}

static void ring(uint32_t which)
{
	machine_ring(MACHINE_BELLS + which);
	bell[which].rung = true;
	rings++;
}

static void take(uint32_t index)
{
	uint32_t intid = machine_acknowledge(index);
	uint32_t which = intid - MACHINE_BELLS;

	if (intid == FAKE_GIC_SPURIOUS)
		return;
	if (which >= BELLS) { /* a physical one, in the way of bells */
		machine_end(index, intid);
		return;
	}
	assert_false(bell[which].active);
	bell[which].active = true;
	bell[which].by = index;
	bell[which].rung = false;
	bell[which].answered++;
	taken++;
}

/* One at a time, as they nest: an end is of the last one that was taken. */
static void end(uint32_t which)
{
	if (!bell[which].active)
		return;
	bell[which].active = false;
	machine_end(bell[which].by, MACHINE_BELLS + which);
}

static void take_and_end(uint32_t index)
{
	take(index);
	for (uint32_t i = 0; i < BELLS; i++)
		if (bell[i].by == index && random_below(4) != 0)
			end(i);
}

static void guest_deed(uint32_t index)
{
	uint32_t which = random_below(BELLS);

	switch (random_below(16)) {
	case 0:
		machine_write(index, ICENABLER, BIT(which));
		break;
	case 1:
	case 2:
		machine_write(index, ISENABLER, BIT(which) | 0xff);
		break;
	case 3:
		machine_route(index, MACHINE_BELLS + which, random_below(MACHINE_VCPUS));
		break;
	case 4:
		machine_write(index, CTLR, random_below(4) != 0 ? 2 : 0);
		break;
	case 5:
		machine_write(index, ICPENDR, BIT(which));
		bell[which].rung = false;
		break;
	default:
		take_and_end(index);
		return;
	}
	/* A delivered ring may have come back: then it is reported anew. */
	bell[0].answered++;
	bell[1].answered++;
}

static void step(void)
{
	uint32_t index = random_below(MACHINE_VCPUS);

	switch (random_below(12)) {
	case 0:
		ring(random_below(BELLS));
		break;
	case 1:
		machine_hear();
		break;
	case 2:
	case 3:
	case 4:
		machine_interrupt(index);
		break;
	case 5:
		fake_gic_pulse(34 + random_below(6));
		break;
	default:
		guest_deed(index);
	}
}

/* The guest enables all of them, and takes all that come. */
static void take_all(void)
{
	machine_write(0, CTLR, 2);
	machine_write(0, ISENABLER, ~0u);
	for (uint32_t i = 0; i < 40; i++) {
		machine_hear();
		machine_settle();
		for (uint32_t v = 0; v < MACHINE_VCPUS; v++)
			take(v);
		for (uint32_t b = 0; b < BELLS; b++)
			end(b);
	}
	machine_settle();
}

static void check(uint32_t seed, uint32_t at)
{
	if (machine_breach() != NULL)
		fail_msg("seed %u, step %u: %s", seed, at, machine_breach());
	if (machine_rings > 2 * (bell[0].answered + bell[1].answered + BELLS))
		fail_msg("seed %u, step %u: %u interrupts by rings", seed, at, machine_rings);
}

static void one_run(uint32_t seed)
{
	begin(seed);
	for (uint32_t i = 0; i < STEPS; i++) {
		step();
		check(seed, i);
	}
	take_all();
	check(seed, STEPS);
	for (uint32_t i = 0; i < BELLS; i++)
		if (bell[i].rung)
			fail_msg("seed %u: a ring of doorbell %u is lost", seed, i);
}

TEST(no_ring_is_lost_at_random)
{
	for (uint32_t seed = 1; seed <= SEEDS; seed++)
		one_run(seed);
	assert_in_range(taken, SEEDS * 5, rings); /* or this has shown little */
}
