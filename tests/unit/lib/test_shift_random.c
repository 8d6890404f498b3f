/*
 * Cores that move of their own accord: invariants of the decision for all loads. Some of the
 * machines' holders refuse, don't answer or answer late. An operator asks, too, and a service dies.
 */
#include "shift_play.h"

#include <stdio.h>
#include <string.h>
#include <unit.h>

#define MACHINES  400
#define DECISIONS 6000

enum answer { GIVES, GIVES_LATE, REFUSES, IS_SILENT, ANSWERS };

static enum answer answers[HOLD_NOBODY + 1];
static uint64_t touched[BUNDLE_CORES_MAX]; /* when it came last, for any reason */
static uint32_t asks, came, kept;

static void machine_at_random(void)
{
	memset(&machine, 0, sizeof(machine));
	memset(&look, 0, sizeof(look));
	memset(touched, 0, sizeof(touched));
	machine.partitions = 2 + below(3);
	machine.cores = machine.partitions + 1 + below(BUNDLE_CORES_MAX - machine.partitions - 1);
	machine.ms = MS;
	machine.plan.by_load = 1;
	for (uint32_t c = 0; c < machine.cores; c++)
		machine.speed[c] =
		    (uint16_t)(below(2) == 0 ? BUNDLE_SPEED_FASTEST
		                             : 100 + below(BUNDLE_SPEED_FASTEST - 100));
	for (uint32_t p = 0; p < machine.partitions; p++) {
		machine.fixed[p] = 1;
		machine.fixed_speed[p] = machine.speed[p];
		answers[p] = (enum answer)below(ANSWERS + 3);
	}
	for (uint32_t c = machine.partitions; c < machine.cores; c++) {
		const uint32_t holder = below(machine.partitions);
		const uint32_t other =
		    (holder + 1 + below(machine.partitions - 1)) % machine.partitions;

		machine.holders[c] = (uint8_t)(1u << holder | 1u << other);
		look.record[c] = (below(4) == 0 ? HOLD_NOBODY : holder) * 0x101;
		if (HOLD_HOLDER(look.record[c]) == HOLD_NOBODY)
			machine.free |= 1u << c;
	}
	for (uint32_t p = 0; p < machine.partitions; p++)
		machine.plan.least[p] =
		    (uint8_t)(1 + (below(3) == 0 ? below(shift_holds(&machine, &look, p)) : 0));
	answers[HOLD_NOBODY] = GIVES;
	if (below(3) == 0) {
		const uint32_t core =
		    machine.partitions + below(machine.cores - machine.partitions);

		schedule(0, 3, core, (uint32_t)__builtin_ctz(machine.holders[core]));
		schedule(1, 17, core,
		         below(3) == 0 ? HOLD_NOBODY
		                       : 31 - (uint32_t)__builtin_clz(machine.holders[core]));
	}
	begin();
}

static void loads_at_random(void)
{
	if (below(300) == 0)
		load[below(machine.partitions)] = below(2) * 500;
	if (below(6000) == 0)
		look.minute++;
}

/* Holders answer, each in its way. Now and then there is a request by hand. */
static void others(void)
{
	for (uint32_t c = 0; c < machine.cores; c++) {
		const uint32_t holder = HOLD_HOLDER(look.record[c]);

		if (machine.holders[c] == 0)
			continue;
		if (is_asked(c) && answers[holder] == REFUSES) {
			record(c, holder, holder, 0);
		} else if (is_asked(c) && answers[holder] != IS_SILENT &&
		           (answers[holder] != GIVES_LATE || below(200) == 0)) {
			pass(c);
			touched[c] = look.now;
		} else if (!is_asked(c) && below(20000) == 0) {
			const uint32_t others = machine.holders[c] & ~(1u << holder);
			const uint32_t to =
			    below(4) == 0 ? HOLD_NOBODY : (uint32_t)__builtin_ctz(others);

			record(c, holder, to, look.now + 1000 * MS);
		}
	}
}

static void check_asked(const struct shift_step *step)
{
	const bool by_time = (machine.scheduled >> step->core & 1) != 0;

	assert_int_equal(step->from, HOLD_HOLDER(look.record[step->core]));
	assert_int_not_equal(step->from, step->to);
	assert_true(
	    machine.holders[step->core] >> step->to & 1 ||
	    (step->to == HOLD_NOBODY && (by_time || (machine.free >> step->core & 1) != 0)));
	assert_true(step->from == HOLD_NOBODY ||
	            shift_holds(&machine, &look, step->from) > machine.plan.least[step->from]);
	assert_true(by_time || !is_asked(step->core));
	/* Each core moves at most at the stated rate. A holder that kept one is left in peace. */
	assert_true(by_time || look.now - touched[step->core] >= SHIFT_STAY_MS * MS ||
	            touched[step->core] == 0);
	assert_true(by_time || step->from == HOLD_NOBODY || look.now >= shift.barred[step->from]);
}

/* Plays the console service. */
static void carry_out(const struct shift_step *step)
{
	switch (step->what) {
	case SHIFT_ASK:
		assert_int_equal(asks, came + kept);
		check_asked(step);
		asks++;
		record(step->core, step->from, step->to, look.now + step->wait);
		shift_asked(&shift, &look, HOLD_NUMBER(look.record[step->core]));
		break;
	case SHIFT_CAME:
		assert_int_equal(step->to, HOLD_HOLDER(look.record[step->core]));
		came++;
		break;
	case SHIFT_WITHDRAW:
		assert_true(look.now >= shift.end);
		record(step->core, step->from, step->from, 0);
		kept++;
		break;
	case SHIFT_REFUSED:
		kept++;
		break;
	default:
		break;
	}
}

/* The dead service's requests end when their time is over. */
static void service_dies(void)
{
	if (shift.asked)
		kept++;
	shift_begin(&shift, &machine, &look);
}

const struct unit_fixture unit_each = {start, NULL};

/* Shows: cores.by-load. */
TEST(random_loads_keep_the_invariants)
{
	uint32_t decisions = 0, moves = 0;

	for (uint32_t i = 0; i < MACHINES; i++) {
		random_state = i;
		asks = came = kept = 0;
		machine_at_random();
		pace = (10 + below(90)) * MS;
		for (uint32_t n = 0; n < DECISIONS; n++, decisions++) {
			struct shift_step step;

			loads_at_random();
			work();
			others();
			if (below(5000) == 0)
				service_dies();
			step = shift_next(&shift, &machine, &look);
			carry_out(&step);
			assert_true(shift_later(&shift, &machine, &look) > look.now);
		}
		moves += came;
	}
	printf("%u decisions, %u cores that moved\n", decisions, moves);
	assert_true(moves > MACHINES);
}

/*
 * For all constant loads the cores come to rest: none goes there and back.
 * Shows: cores.rest.
 */
TEST(constant_loads_come_to_rest)
{
	pace = 50 * MS;
	for (uint32_t i = 0; i < MACHINES; i++) {
		struct shift_step step;

		random_state = i;
		asks = came = kept = 0;
		machine_at_random();
		memset(answers, 0, sizeof(answers));
		machine.plan.changes = 0;
		for (uint32_t p = 0; p < machine.partitions; p++)
			load[p] = below(500);
		for (uint32_t n = 0; n < 12000; n++) {
			work();
			for (uint32_t c = 0; c < machine.cores; c++)
				if (machine.holders[c] != 0 && is_asked(c))
					pass(c);
			step = shift_next(&shift, &machine, &look);
			carry_out(&step);
		}
		assert_true(came <= machine.cores);
		asks = came = 0;
		assert_false(steps(&step, 120000));
	}
}
