/*
 * Cores that move of their own accord: what the decision does with loads that are known, and what
 * it never does, whatever they are. The machines at random have holders who refuse, who don't
 * answer and who answer late, an operator who asks too, and a service that dies.
 */
#include <kumiki/hold.h>
#include <lib/shift.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MS    1000u /* ticks of one, here */
#define TICK  (1u << HOLD_TICK_SHIFT)
#define FIRST 1000000u

static struct shift_machine machine;
static struct shift shift;
static struct shift_look look;
static uint32_t load[BUNDLE_PARTITIONS_MAX]; /* per cent of a fast core that each would use */
static uint64_t pace = 10 * MS;              /* between two looks */
static uint32_t random_state;

static uint32_t below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static void record(uint32_t core, uint32_t holder, uint32_t wanted, uint64_t until)
{
	const uint32_t number = HOLD_NUMBER(look.record[core]) + 1;

	look.record[core] = (until / TICK) << 24 | (number & 0xff) << 16 | wanted << 8 | holder;
}

static bool is_asked(uint32_t core)
{
	return hold_is_asked(look.record[core], look.now);
}

/* As the frame does: without a new request. */
static void pass(uint32_t core)
{
	look.record[core] = (look.record[core] & ~0xffull) | HOLD_WANTED(look.record[core]);
}

static void begin(void)
{
	look.now = FIRST;
	shift_begin(&shift, &machine, &look);
}

/* Two partitions: a has cores 0 and 1, which stays, and 2; b has core 3, and may have 1, too. */
static int start(void **state)
{
	(void)state;
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
	return 0;
}

/* So much more time, in which they work as their loads say. */
static void work(void)
{
	look.now += pace;
	for (uint32_t p = 0; p < machine.partitions; p++) {
		const uint64_t most = shift_speed(&machine, &look, p) * UINT64_C(100);
		const uint64_t wants = load[p] * BUNDLE_SPEED_FASTEST;

		look.work[p] += pace / 100 * (wants < most ? wants : most);
	}
}

/* Until a step other than none; false: none in so many milliseconds. */
static bool steps(struct shift_step *step, uint32_t milliseconds)
{
	for (const uint64_t end = look.now + (uint64_t)milliseconds * MS; look.now < end;) {
		work();
		*step = shift_next(&shift, &machine, &look);
		if (step->what != SHIFT_NOTHING)
			return true;
	}
	return false;
}

/* It asks for this, and hears that it was written down. */
static void expect_asked(uint32_t milliseconds, uint32_t core, uint32_t from, uint32_t to)
{
	struct shift_step step = {0};

	assert_true(steps(&step, milliseconds));
	assert_int_equal(step.what, SHIFT_ASK);
	assert_true(step.core == core && step.from == from && step.to == to);
	record(core, from, to, look.now + step.wait);
	shift_asked(&shift, &look, HOLD_NUMBER(look.record[core]));
}

static void expect_step(uint32_t milliseconds, enum shift_what what)
{
	struct shift_step step = {0};

	assert_true(steps(&step, milliseconds));
	assert_int_equal(step.what, what);
}

static void expect_nothing(uint32_t milliseconds)
{
	struct shift_step step;

	assert_false(steps(&step, milliseconds));
}

static void who_is_full_gets_one_of_who_is_idle(void **state)
{
	(void)state;
	load[1] = 100;
	expect_nothing(SHIFT_STAY_MS - 100);
	expect_asked(500, 2, 0, 1);
	expect_nothing(100);
	pass(2);
	expect_step(100, SHIFT_CAME);
	/* With two it has enough. */
	expect_nothing(60000);
}

static void it_goes_back_when_the_load_does(void **state)
{
	(void)state;
	load[1] = 200;
	expect_asked(SHIFT_STAY_MS + 500, 2, 0, 1);
	pass(2);
	expect_step(100, SHIFT_CAME);
	expect_asked(SHIFT_STAY_MS + 2000, 1, 0, 1);
	pass(1);
	expect_step(100, SHIFT_CAME);
	load[1] = 20;
	load[0] = 100;
	expect_asked(SHIFT_STAY_MS + 2000, 2, 1, 0);
}

static void between_the_limits_nothing_moves(void **state)
{
	(void)state;
	load[1] = SHIFT_FULL;
	expect_nothing(60000);
	load[0] = 2 * SHIFT_ENOUGH + 10; /* of three cores it needs all */
	expect_nothing(2000);
	load[1] = 100;
	expect_nothing(60000);
}

static void the_least_is_kept(void **state)
{
	(void)state;
	machine.plan.least[0] = 3;
	load[1] = 100;
	expect_nothing(60000);
	machine.plan.least[0] = 2;
	expect_asked(1000, 2, 0, 1);
	pass(2);
	expect_step(100, SHIFT_CAME);
	load[1] = 200;
	expect_nothing(60000);
}

static void who_refuses_keeps_it_for_a_while(void **state)
{
	(void)state;
	load[1] = 100;
	expect_asked(SHIFT_STAY_MS + 500, 2, 0, 1);
	record(2, 0, 0, 0);
	expect_step(100, SHIFT_REFUSED);
	expect_nothing(SHIFT_BARRED_MS - 100);
	expect_asked(2000, 2, 0, 1);
}

static void who_does_not_answer_keeps_it(void **state)
{
	(void)state;
	load[1] = 100;
	expect_asked(SHIFT_STAY_MS + 500, 2, 0, 1);
	expect_nothing(SHIFT_WAIT_MS - 100);
	expect_step(200, SHIFT_WITHDRAW);
	record(2, 0, 0, 0);
	expect_nothing(SHIFT_BARRED_MS - 100);
}

/* An error of the frame's. */
static void what_the_frame_refuses_is_over(void **state)
{
	struct shift_step step;

	(void)state;
	load[1] = 100;
	assert_true(steps(&step, SHIFT_STAY_MS + 500));
	shift_asked(&shift, &look, -1);
	expect_step(100, SHIFT_REFUSED);
}

static void what_somebody_sends_stays(void **state)
{
	(void)state;
	load[0] = 300;
	expect_nothing(SHIFT_STAY_MS + 5000);
	record(2, 1, 1, 0); /* by hand */
	expect_nothing(SHIFT_STAY_MS - 100);
	expect_asked(1000, 2, 1, 0);
}

static void what_is_asked_for_by_others_is_left_alone(void **state)
{
	(void)state;
	load[1] = 100;
	record(2, 0, 1, UINT64_C(1) << 40);
	record(1, 0, 1, UINT64_C(1) << 40);
	expect_nothing(60000);
}

static void by_hand_nothing_moves(void **state)
{
	(void)state;
	load[1] = 100;
	shift.off = true;
	expect_nothing(60000);
	assert_true(shift_later(&shift, &machine, &look) == UINT64_MAX);
	shift.off = false;
	expect_asked(2000, 2, 0, 1);
}

static void schedule(uint32_t index, uint32_t minute, uint32_t core, uint32_t to)
{
	machine.plan.change[index] =
	    (struct bundle_shift_change){(uint16_t)minute, (uint8_t)core, (uint8_t)to};
	machine.plan.changes = (uint8_t)(index + 1);
	machine.scheduled |= 1u << core;
}

static void the_day_has_its_times(void **state)
{
	(void)state;
	machine.plan.by_load = 0;
	schedule(0, 6 * 60, 2, 0);
	schedule(1, 22 * 60, 2, 1);
	look.minute = 1000 * 24 * 60 + 21 * 60;
	begin();
	expect_nothing(1000);
	look.minute += 60;
	expect_asked(20, 2, 0, 1);
	pass(2);
	expect_step(100, SHIFT_CAME);
	look.minute += 60;
	expect_nothing(1000);
	/* Days later: the last one counts, and it is so. */
	look.minute += 3 * 24 * 60;
	expect_nothing(1000);
	look.minute += 8 * 60;
	expect_asked(20, 2, 1, 0);
}

static void the_schedules_core_is_not_the_loads(void **state)
{
	(void)state;
	load[1] = 200;
	schedule(0, 60, 2, 0);
	begin();
	expect_asked(SHIFT_STAY_MS + 500, 1, 0, 1);
	pass(1);
	expect_step(100, SHIFT_CAME);
	expect_nothing(60000);
}

static void the_day_keeps_the_least(void **state)
{
	(void)state;
	schedule(0, 60, 2, 1);
	machine.plan.least[0] = 3;
	begin();
	look.minute = 61;
	expect_step(20, SHIFT_LEAST);
	expect_nothing(1000);
}

/* What the slow core does for it is less than what the fast one does. */
static void what_can_be_spared_goes_by_speed(void **state)
{
	(void)state;
	machine.holders[1] = 0;
	machine.fixed[0] = 2;
	machine.fixed_speed[0] = BUNDLE_SPEED_FASTEST;
	machine.speed[0] = machine.speed[1] = BUNDLE_SPEED_FASTEST / 2;
	load[0] = 55 + SHIFT_ENOUGH / 2; /* 55 are more than half of what it has beside core 2 */
	load[1] = 100;
	expect_nothing(60000);
	machine.speed[2] = BUNDLE_SPEED_FASTEST / 2;
	machine.fixed_speed[0] = BUNDLE_SPEED_FASTEST * 3 / 2;
	expect_asked(1000, 2, 0, 1);
}

/* The same load fills the slower cores. */
static void who_has_slow_cores_wants_more(void **state)
{
	(void)state;
	load[1] = 70;
	expect_nothing(60000);
	machine.fixed_speed[1] = BUNDLE_SPEED_FASTEST * 3 / 4;
	expect_asked(2000, 2, 0, 1);
}

/* It goes to who wants it, and comes back when he doesn't; another one's doesn't. */
static void what_was_nobodys_goes_back(void **state)
{
	(void)state;
	machine.free = 1u << 2;
	machine.plan.least[0] = 2;
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	begin();
	load[1] = 100;
	expect_asked(SHIFT_STAY_MS + 2000, 2, HOLD_NOBODY, 1);
	pass(2);
	expect_step(100, SHIFT_CAME);
	expect_nothing(60000);
	load[1] = SHIFT_ENOUGH + 10; /* it couldn't do with one */
	expect_nothing(60000);
	load[1] = SHIFT_ENOUGH;
	expect_asked(2000, 2, 1, HOLD_NOBODY);
	pass(2);
	expect_step(100, SHIFT_CAME);
	expect_nothing(60000);
}

/* To somebody who wants it rather than to nobody. */
static void who_wants_it_comes_before_nobody(void **state)
{
	(void)state;
	machine.free = 1u << 2;
	record(2, 1, 1, 0);
	begin();
	load[0] = 200;
	expect_asked(SHIFT_STAY_MS + 2000, 2, 1, 0);
}

/* Somebody else asked meanwhile: nobody is barred for it. */
static void nobody_refuses_nothing(void **state)
{
	(void)state;
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	machine.plan.least[0] = 2;
	begin();
	load[1] = 200;
	expect_asked(SHIFT_STAY_MS + 2000, 2, HOLD_NOBODY, 1);
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	expect_step(100, SHIFT_REFUSED);
	expect_asked(2000, 2, HOLD_NOBODY, 1);
}

/* What isn't free at the start goes to who wants it, and doesn't come back. */
static void what_nobody_has_goes_to_who_is_full(void **state)
{
	(void)state;
	record(1, HOLD_NOBODY, HOLD_NOBODY, 0);
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	begin();
	expect_nothing(SHIFT_STAY_MS + 5000);
	load[1] = 100;
	expect_asked(2000, 2, HOLD_NOBODY, 1);
	pass(2);
	expect_step(100, SHIFT_CAME);
	load[1] = 0;
	expect_nothing(60000);
	load[0] = 300;
	expect_asked(2000, 2, 1, 0);
	pass(2);
	expect_step(100, SHIFT_CAME);
	expect_asked(2000, 1, HOLD_NOBODY, 0);
}

static void nobody_is_not_barred(void **state)
{
	(void)state;
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	machine.plan.least[0] = 2;
	begin();
	load[1] = 200;
	expect_asked(SHIFT_STAY_MS + 2000, 2, HOLD_NOBODY, 1);
	expect_step(SHIFT_WAIT_MS + 200, SHIFT_WITHDRAW);
	record(2, HOLD_NOBODY, HOLD_NOBODY, 0);
	expect_asked(2000, 2, HOLD_NOBODY, 1);
}

static void the_day_gives_to_nobody(void **state)
{
	(void)state;
	machine.plan.by_load = 0;
	schedule(0, 6 * 60, 2, 0);
	schedule(1, 22 * 60, 2, HOLD_NOBODY);
	look.minute = 21 * 60;
	begin();
	look.minute += 60;
	expect_asked(20, 2, 0, HOLD_NOBODY);
	pass(2);
	expect_step(100, SHIFT_CAME);
	look.minute += 8 * 60;
	expect_asked(20, 2, HOLD_NOBODY, 0);
}

/* ---- at random ---- */

#define MACHINES  400
#define DECISIONS 6000

enum answer { GIVES, GIVES_LATE, REFUSES, IS_SILENT, ANSWERS };

static enum answer answers[HOLD_NOBODY + 1];
static uint64_t touched[BUNDLE_CORES_MAX]; /* when it came by anybody */
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

/* Holders answer, each in its way; and somebody asks by hand now and then. */
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
	/* The stated rate, for each core; and who kept one is left in peace. */
	assert_true(by_time || look.now - touched[step->core] >= SHIFT_STAY_MS * MS ||
	            touched[step->core] == 0);
	assert_true(by_time || step->from == HOLD_NOBODY || look.now >= shift.barred[step->from]);
}

/* What the console service does. */
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

/* Its requests are over at their time. */
static void service_dies(void)
{
	if (shift.asked)
		kept++;
	shift_begin(&shift, &machine, &look);
}

static void whatever_comes(void **state)
{
	uint32_t decisions = 0, moves = 0;

	(void)state;
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

/* Whatever is constant comes to rest: no core goes there and back. */
static void constant_loads_come_to_rest(void **state)
{
	(void)state;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(who_is_full_gets_one_of_who_is_idle, start),
	    cmocka_unit_test_setup(it_goes_back_when_the_load_does, start),
	    cmocka_unit_test_setup(between_the_limits_nothing_moves, start),
	    cmocka_unit_test_setup(the_least_is_kept, start),
	    cmocka_unit_test_setup(who_refuses_keeps_it_for_a_while, start),
	    cmocka_unit_test_setup(who_does_not_answer_keeps_it, start),
	    cmocka_unit_test_setup(what_the_frame_refuses_is_over, start),
	    cmocka_unit_test_setup(what_somebody_sends_stays, start),
	    cmocka_unit_test_setup(what_is_asked_for_by_others_is_left_alone, start),
	    cmocka_unit_test_setup(by_hand_nothing_moves, start),
	    cmocka_unit_test_setup(the_day_has_its_times, start),
	    cmocka_unit_test_setup(the_schedules_core_is_not_the_loads, start),
	    cmocka_unit_test_setup(the_day_keeps_the_least, start),
	    cmocka_unit_test_setup(what_nobody_has_goes_to_who_is_full, start),
	    cmocka_unit_test_setup(what_was_nobodys_goes_back, start),
	    cmocka_unit_test_setup(who_wants_it_comes_before_nobody, start),
	    cmocka_unit_test_setup(nobody_is_not_barred, start),
	    cmocka_unit_test_setup(nobody_refuses_nothing, start),
	    cmocka_unit_test_setup(what_can_be_spared_goes_by_speed, start),
	    cmocka_unit_test_setup(who_has_slow_cores_wants_more, start),
	    cmocka_unit_test_setup(the_day_gives_to_nobody, start),
	    cmocka_unit_test_setup(whatever_comes, start),
	    cmocka_unit_test_setup(constant_loads_come_to_rest, start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
