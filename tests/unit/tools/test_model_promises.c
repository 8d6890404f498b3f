/*
 * What the analysis promises: by hand, and by playing random systems on one core. It must never say
 * that something is kept, or done by then, which the play shows otherwise.
 *
 * Shows: time.check.
 */
#include <host/costs.h>
#include <host/promises.h>
#include <model/response.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/tools/core_model.h>
#include <unit/tools/core_play.h>

#define MS      1000000000ull /* picoseconds */
#define US      1000000ull
#define TICK_PS (US / PLAY_TICKS)

/* ---- the arithmetic ---- */

TEST(response_times_are_the_books)
{
	/* Tasks of 3, 3 and 5 in 7, 12 and 20: a common example, with responses 3, 6 and 20. */
	static const struct response_load loads[] = {{3 * MS, 7 * MS, 0}, {3 * MS, 12 * MS, 0}};

	assert_int_equal(response_time(3 * MS, loads, 0, 7 * MS), 3 * MS);
	assert_int_equal(response_time(3 * MS, loads, 1, 12 * MS), 6 * MS);
	assert_int_equal(response_time(5 * MS, loads, 2, 20 * MS), 20 * MS);
	assert_int_equal(response_time(5 * MS, loads, 2, 20 * MS - 1), RESPONSE_NEVER);
	assert_int_equal(response_time(6 * MS, loads, 2, 30 * MS), 21 * MS);
	assert_int_equal(response_time(6 * MS + 1, loads, 2, 30 * MS), 27 * MS + 1);
	assert_int_equal(response_arrivals(20 * MS, loads, 2), 5);
}

TEST(jitter_lets_work_come_twice)
{
	static const struct response_load server = {2 * MS, 10 * MS, 8 * MS};

	assert_int_equal(response_time(0, &server, 1, 10 * MS), 2 * MS);
	assert_int_equal(response_time(1, &server, 1, 10 * MS), 4 * MS + 1);
	assert_int_equal(response_time(8 * MS, &server, 1, 20 * MS), 12 * MS);
	assert_int_equal(response_time(8 * MS + 1, &server, 1, 20 * MS), 14 * MS + 1);
}

TEST(a_full_core_has_no_response)
{
	static const struct response_load half[] = {{5 * MS, 10 * MS, 0}, {5 * MS, 10 * MS, 0}};
	static const struct response_load nearly[] = {{MS - 1, MS, 0}, {MS, 10000 * MS, 0}};

	assert_int_equal(response_time(1, half, 2, 10000 * MS), RESPONSE_NEVER);
	assert_int_equal(response_time(1, half, 1, 10 * MS), 5 * MS + 1);
	assert_int_equal(response_time(1, nearly, 2, 10000 * MS), RESPONSE_NEVER);
	assert_int_equal(response_time(2, half, 0, 1), RESPONSE_NEVER);
}

/* An equal that had to wait for the last work, and now takes turns with this one. */
TEST(equals_are_behind_with_their_work)
{
	static const struct response_load equal = {4 * MS, 10 * MS, 0};
	static const struct response_load own = {4 * MS, 7 * MS, 0},
	                                  server = {2 * MS, 4 * MS, 2 * MS};

	assert_int_equal(response_time(4 * MS, &equal, 1, 20 * MS), 8 * MS);
	/* 4 + 4, 2 * 4 + 2 * 4 - 7, 3 * 4 + 2 * 4 - 14: then there is a pause */
	assert_int_equal(response_among_equals(0, &own, &equal, 1, 20 * MS), 9 * MS);
	assert_int_equal(response_among_equals(0, &own, &equal, 1, 9 * MS - 1), RESPONSE_NEVER);
	assert_int_equal(response_among_equals(1, &own, &equal, 1, 20 * MS), 10 * MS + 1);
	/* 2 + 4; 2 * 2 + 4 - 2; 3 * 2 + 4 - 6, …, the second one comes after its jitter */
	assert_int_equal(response_among_equals(0, &server, &equal, 1, 20 * MS), 6 * MS);
}

/* ---- promises, by hand ---- */

static struct promises all;

static const struct promise_rival *rival_of(const struct model_vcpu *vcpu)
{
	promises_on(&all, &model, 0);
	for (size_t i = 0; i < all.count; i++)
		if (all.rivals[i].partition &&
		    &all.rivals[i].partition->vcpus[all.rivals[i].index] == vcpu)
			return &all.rivals[i];
	return NULL;
}

static struct promise deadline_of(size_t index)
{
	return promise_deadline(&all, rival_of(&vcpus[index]));
}

static struct promise guarantee_of(size_t index)
{
	return promise_guarantee(&all, rival_of(&vcpus[index]));
}

/* On a core with so many vCPUs. */
static uint64_t masked(size_t count)
{
	return COSTS_MASKED + (count > 2 ? count - 2 : 0) * COSTS_MASKED_LOOK;
}

#define INTERRUPTS  (3 * COSTS_INTERRUPT)
#define OWN()       ((masked(model.partition_count) + COSTS_SWITCH + INTERRUPTS) * 1000ull)
#define EACH        ((2 * COSTS_SWITCH + INTERRUPTS) * 1000ull)
#define EACH_BUDGET (EACH + masked(model.partition_count) * 1000ull)
#define TURNS(more) (2ull * COSTS_SWITCH * (more)*1000) /* of work that is longer than one */

TEST(alone_its_work_and_the_frames_part)
{
	system_of(1);
	assert_int_equal(deadline_of(0).verdict, PROMISE_NONE);
	vcpus[0].period_us = vcpus[0].deadline_us = 1000;
	assert_int_equal(deadline_of(0).verdict, PROMISE_UNSAID);
	urgent(
	    0,
	    0); /* beside the console service, which nothing bounds, it is watched all the same */
	model.board.uart_base = 0x9000000;
	assert_int_equal(deadline_of(0).verdict, PROMISE_UNSAID);
	model.board.uart_base = 0;
	vcpus[0].work_us = 100;
	assert_int_equal(deadline_of(0).verdict, PROMISE_KEPT);
	assert_int_equal(deadline_of(0).response, 100 * US + OWN());
	vcpus[0].deadline_us = 100;
	assert_int_equal(deadline_of(0).verdict, PROMISE_LATE);
	assert_int_equal(deadline_of(0).response, 100 * US + OWN()); /* what it would take */
	model.instruction_ps = 0;                                    /* as a nanosecond */
	vcpus[0].deadline_us = 1000;
	assert_int_equal(deadline_of(0).response, 100 * US + OWN());
}

/* It looks at the promises of all in one piece. */
TEST(each_vcpu_of_the_core_makes_the_frame_slower)
{
	const uint64_t longer = 6 * COSTS_MASKED_LOOK;

	system_of(8);
	urgent(0, 200);
	vcpus[0].period_us = vcpus[0].deadline_us = 1000, vcpus[0].work_us = 100;
	assert_int_equal(deadline_of(0).response,
	                 100 * US + (COSTS_MASKED + longer + COSTS_SWITCH + INTERRUPTS) * 1000ull);
}

TEST(who_is_more_urgent_counts)
{
	system_of(3);
	urgent(0, 200), urgent(1, 100), urgent(2, 50);
	vcpus[1].period_us = vcpus[1].deadline_us = 1000;
	vcpus[1].work_us = 300;
	assert_int_equal(deadline_of(1).verdict, PROMISE_UNBOUNDED);
	assert_int_equal(deadline_of(1).by->index, 0);
	vcpus[0].period_us = 500, vcpus[0].work_us = 100;
	assert_int_equal(deadline_of(1).response, 300 * US + OWN() + 100 * US + EACH);
	vcpus[0].work_us = 300; /* twice, then: 300 + 2 * 300, and again */
	assert_int_equal(deadline_of(1).response, 300 * US + OWN() + 2 * (300 * US + EACH));
	vcpus[0].work_us = 350; /* three times, and then its period is over */
	assert_int_equal(deadline_of(1).verdict, PROMISE_LATE);
	assert_int_equal(deadline_of(1).response, 0);
	vcpus[0].work_us = 300;
	vcpus[2].period_us = vcpus[2].deadline_us = 500; /* watched: its misses are recorded */
	assert_int_equal(deadline_of(1).response, 300 * US + OWN() + 2 * (300 * US + EACH) +
	                                              2 * (COSTS_INTERRUPT + masked(3)) * 1000ull);
	vcpus[2].period_us = vcpus[2].deadline_us = 0;
	urgent(2, 100); /* an equal, which nothing bounds */
	assert_int_equal(deadline_of(1).verdict, PROMISE_UNBOUNDED);
	assert_int_equal(deadline_of(0).verdict, PROMISE_NONE);
}

/* Two thirds of a period can come without a pause where two periods meet. */
TEST(a_budget_may_be_used_back_to_back)
{
	system_of(2);
	urgent(0, 200), urgent(1, 100);
	vcpus[0].budget_us = 200, vcpus[0].budget_period_us = 1000;
	vcpus[1].period_us = vcpus[1].deadline_us = 2000;
	vcpus[1].work_us = 100;
	assert_int_equal(deadline_of(1).response, 100 * US + OWN() + 2 * (200 * US + EACH_BUDGET));
	vcpus[0].work_us = 1, vcpus[0].period_us = 1000; /* its word isn't needed */
	assert_int_equal(deadline_of(1).response, 100 * US + OWN() + 2 * (200 * US + EACH_BUDGET));
}

/* The limit pays for two brokers, each of which may be stopped late. */
TEST(brokers_work_within_the_limit)
{
	static struct model_end ends[] = {{.partition = 0}, {.partition = 1}, {.partition = 0}};
	static struct model_channel channel = {.ends = ends, .end_count = 3};
	const uint64_t broker = (masked(2) + COSTS_INTERRUPT + 2 * COSTS_SWITCH) * 1000ull;
	uint64_t without;

	system_of(2);
	urgent(0, 200), urgent(1, 100);
	vcpus[0].budget_us = 100, vcpus[0].budget_period_us = 1000;
	vcpus[1].period_us = vcpus[1].deadline_us = 1000;
	vcpus[1].work_us = 100;
	without = 100 * US + OWN() + 2 * (100 * US + EACH_BUDGET);
	assert_int_equal(deadline_of(1).response, without);
	model.channels = &channel;
	model.channel_count = 1;
	assert_true(promise_limits_brokers(&partitions[0]));
	assert_int_equal(deadline_of(1).response, without + 2 * 2 * broker);
	vcpus[0].flags = BUNDLE_VCPU_GUARANTEE;
	assert_false(promise_limits_brokers(&partitions[0]));
	vcpus[0].flags = 0;
	vcpus[0].cores = 3;
	assert_false(promise_limits_brokers(&partitions[0]));
	vcpus[0].cores = 1;
	partitions[0].priority = 201; /* the brokers' */
	assert_false(promise_limits_brokers(&partitions[0]));
	assert_false(promise_limits_brokers(&partitions[1]));
}

TEST(a_guarantee_is_all_of_it_in_each_period)
{
	system_of(2);
	urgent(0, 200), urgent(1, 100);
	vcpus[0].budget_us = 3000, vcpus[0].budget_period_us = 10000;
	vcpus[1].budget_us = 3900, vcpus[1].budget_period_us = 10000;
	assert_int_equal(guarantee_of(1).verdict, PROMISE_NONE); /* a limit promises nothing */
	vcpus[1].flags = BUNDLE_VCPU_GUARANTEE;
	assert_int_equal(guarantee_of(1).verdict, PROMISE_KEPT);
	assert_int_equal(guarantee_of(1).response,
	                 3900 * US + OWN() + 2 * (3000 * US + EACH_BUDGET + TURNS(6)));
	vcpus[1].budget_us = 4000;
	assert_int_equal(guarantee_of(1).verdict, PROMISE_LATE);
}

TEST(work_that_its_own_budget_starves)
{
	struct promise promise;

	system_of(1);
	vcpus[0].period_us = 10000, vcpus[0].deadline_us = 5000, vcpus[0].work_us = 1000;
	vcpus[0].budget_us = 1004, vcpus[0].budget_period_us = 5000;
	assert_int_equal(deadline_of(0).verdict, PROMISE_KEPT); /* one piece in a period of it */
	vcpus[0].budget_us = 1000;
	promise = deadline_of(0);
	assert_int_equal(promise.verdict, PROMISE_STARVED);
	assert_int_equal(promise.needed, 1004);
	/* Rationed, but in time: it waits for a new budget, and needs two. */
	vcpus[0].budget_us = 600, vcpus[0].budget_period_us = 1000;
	promise = deadline_of(0);
	assert_int_equal(promise.verdict, PROMISE_KEPT);
	assert_int_equal(promise.response, 2600 * US + OWN());
	vcpus[0].deadline_us = 2603;
	assert_int_equal(deadline_of(0).verdict, PROMISE_STARVED);
}

/* Shows: time.own-priority. */
TEST(a_system_that_tells_its_tasks_priorities)
{
	system_of(2);
	urgent(0, 100), urgent(1, 150);
	vcpus[0].priority_high = 200;
	vcpus[0].period_us = vcpus[0].deadline_us = 1000, vcpus[0].work_us = 100;
	vcpus[1].period_us = vcpus[1].deadline_us = 1000, vcpus[1].work_us = 100;
	/* At its highest it is before the other one, which has to reckon with its work. */
	assert_int_equal(deadline_of(0).response, 100 * US + OWN());
	assert_int_equal(deadline_of(1).response, 100 * US + OWN() + 100 * US + EACH);
	/* A vCPU below its lowest one has to reckon with anything. */
	urgent(1, 100);
	assert_int_equal(deadline_of(1).verdict, PROMISE_UNBOUNDED);
	vcpus[0].budget_us = 100, vcpus[0].budget_period_us = 1000;
	assert_int_equal(deadline_of(1).verdict, PROMISE_KEPT);
}

TEST(one_that_moves_brings_work_along)
{
	const uint64_t move = COSTS_MOVE * 1000ull;

	system_of(2);
	urgent(0, 200), urgent(1, 100);
	vcpus[0].cores = 3;
	vcpus[0].period_us = 1000, vcpus[0].work_us = 100;
	vcpus[1].period_us = vcpus[1].deadline_us = 1000, vcpus[1].work_us = 100;
	assert_int_equal(deadline_of(1).verdict, PROMISE_UNBOUNDED);
	vcpus[0].deadline_us = 1000;
	assert_int_equal(deadline_of(0).response, 100 * US + OWN() + move);
	assert_int_equal(deadline_of(1).response, 100 * US + OWN() + 2 * (100 * US + EACH + move));
}

static bool disturbs(size_t other, size_t index)
{
	const struct promise_rival *rival = rival_of(&vcpus[index]);

	return promise_disturbs(rival_of(&vcpus[other]), rival);
}

/* 32 priorities each are a class, by a partition's most urgent vCPU. */
TEST(classes_let_the_less_urgent_through)
{
	const uint64_t interrupts = INTERRUPTS * 1000ull;

	system_of(2);
	urgent(0, 127), urgent(1, 95);
	vcpus[0].period_us = vcpus[0].deadline_us = 1000, vcpus[0].work_us = 100;
	assert_int_equal(deadline_of(0).response, 100 * US + OWN());
	assert_false(disturbs(1, 0));
	urgent(1, 96);
	assert_int_equal(deadline_of(0).response, 100 * US + OWN() + interrupts);
	assert_true(disturbs(1, 0));
	urgent(1, 5);
	partitions[1].priority = 200;
	assert_int_equal(deadline_of(0).response, 100 * US + OWN() + interrupts);
	partitions[1].priority = 5;
	vcpus[1].priority_high = 96;
	assert_int_equal(deadline_of(0).response, 100 * US + OWN() + interrupts);
	assert_false(disturbs(0, 1));
}

TEST(the_console_service_is_as_urgent_as_the_least)
{
	system_of(2);
	urgent(0, 200), urgent(1, 100);
	vcpus[0].period_us = vcpus[0].deadline_us = 1000, vcpus[0].work_us = 100;
	vcpus[1].budget_us = 1000, vcpus[1].budget_period_us = 10000;
	vcpus[1].flags = BUNDLE_VCPU_GUARANTEE;
	vcpus[0].cores = 1;
	assert_int_equal(guarantee_of(1).verdict, PROMISE_KEPT);
	model.board.uart_base = 0x9000000;
	assert_int_equal(deadline_of(0).verdict, PROMISE_KEPT);
	assert_int_equal(guarantee_of(1).verdict, PROMISE_UNBOUNDED);
	assert_null(guarantee_of(1).by->partition);
	model.console_core = 1;
	assert_int_equal(guarantee_of(1).verdict, PROMISE_KEPT);
}

/* ---- played ---- */

#define PLAYED      4000
#define PLAYED_FOR  (400000ull * PLAY_TICKS) /* 400 ms */
#define PLAY_PERIOD 20000

static struct play play;

static uint32_t between(uint32_t least, uint32_t most)
{
	return least + (uint32_t)play_random(&play, most - least + 1);
}

/* A share of a period, of which several fit into a core, more often than not. */
static uint32_t share_of(uint32_t period)
{
	const uint32_t part = between(1, 60);

	return 1 + (uint32_t)((uint64_t)period * part / 150);
}

static void random_work(struct model_vcpu *vcpu)
{
	vcpu->period_us = between(100, PLAY_PERIOD);
	vcpu->work_us = share_of(vcpu->period_us);
	vcpu->deadline_us = between(vcpu->work_us, vcpu->period_us);
}

static void random_budget(struct model_vcpu *vcpu)
{
	vcpu->budget_period_us = between(100, PLAY_PERIOD);
	vcpu->budget_us = share_of(vcpu->budget_period_us);
	vcpu->flags = between(0, 1) ? BUNDLE_VCPU_GUARANTEE : 0;
}

/* Just as much as its work; or so little that it has to wait for it several times. */
static void budget_for_work(struct model_vcpu *vcpu)
{
	if (between(0, 1)) {
		vcpu->budget_period_us = vcpu->period_us;
		vcpu->budget_us = vcpu->work_us + between(0, vcpu->work_us / 2);
	} else {
		vcpu->budget_period_us = 100 + vcpu->period_us / between(3, 20);
		vcpu->budget_us = share_of(vcpu->budget_period_us);
		vcpu->deadline_us = vcpu->period_us;
	}
	if (vcpu->budget_us > vcpu->budget_period_us)
		vcpu->budget_us = vcpu->budget_period_us;
}

static void random_vcpu(struct model_vcpu *vcpu)
{
	const uint32_t kind = between(0, 5);

	if (kind <= 3)
		random_work(vcpu);
	if (kind == 3)
		budget_for_work(vcpu);
	else if (kind >= 2)
		random_budget(vcpu);
}

static void random_system(uint64_t seed)
{
	const size_t count = 2 + seed % (PLAY_VCPUS - 2);

	play = (struct play){.random = seed * 0x9e3779b97f4a7c15ull + 1, .count = count};
	system_of(count);
	if (!between(0, 3)) /* a slow one */
		model.instruction_ps *= between(5, 100);
	for (size_t i = 0; i < count; i++) {
		urgent(i, (uint8_t)(10 * between(2, 7)));
		if (i + 1 < count || between(0, 3))
			random_vcpu(&vcpus[i]);
		else
			urgent(i, 5); /* one that takes all it can get */
	}
}

static void make_play(void)
{
	const uint64_t takes = model.instruction_ps;

	play.masked = masked(play.count) * takes / TICK_PS;
	play.change = COSTS_SWITCH * takes / TICK_PS;
	play.interrupt = COSTS_INTERRUPT * takes / TICK_PS;
	for (size_t i = 0; i < play.count; i++)
		play.vcpus[i] = (struct play_vcpu){
		    .priority = vcpus[i].priority,
		    .work = (uint64_t)vcpus[i].work_us * PLAY_TICKS,
		    .period = (uint64_t)vcpus[i].period_us * PLAY_TICKS,
		    .budget = (uint64_t)vcpus[i].budget_us * PLAY_TICKS,
		    .budget_period = (uint64_t)vcpus[i].budget_period_us * PLAY_TICKS,
		    .guarantee = (vcpus[i].flags & BUNDLE_VCPU_GUARANTEE) != 0,
		    .bursts = !vcpus[i].period_us && vcpus[i].budget_us && between(0, 1),
		    .flutters = !vcpus[i].period_us && vcpus[i].budget_us && !between(0, 15)};
}

/* The worst that was seen of one that has 1 ms of work in 10, beside one that has 3 and flutters.
 */
static uint64_t worst_beside_flutter(uint32_t budget)
{
	uint64_t worst = 0;

	for (uint64_t seed = 1; seed <= 40; seed++) {
		system_of(2);
		urgent(0, 200), urgent(1, 100);
		vcpus[0].budget_us = 3000, vcpus[0].budget_period_us = 10000;
		vcpus[1].period_us = vcpus[1].deadline_us = 10000, vcpus[1].work_us = 1000;
		vcpus[1].budget_us = budget, vcpus[1].budget_period_us = 10000;
		play = (struct play){.random = seed * 0x9e3779b97f4a7c15ull, .count = 2};
		make_play();
		play.vcpus[0].flutters = true;
		play_core(&play, PLAYED_FOR);
		if (play.vcpus[1].worst > worst)
			worst = play.vcpus[1].worst;
	}
	return worst;
}

/* The interrupted vCPU has the ways back in its own budget, too. */
TEST(who_wakes_all_the_time_costs_others_budgets)
{
	assert_true(worst_beside_flutter(1150) > 10000 * PLAY_TICKS);
	assert_int_equal(deadline_of(1).verdict, PROMISE_STARVED);
	assert_true(worst_beside_flutter(6100) <= 10000 * PLAY_TICKS);
	assert_int_equal(deadline_of(1).verdict, PROMISE_KEPT);
}

/* Takes turns with one whose work lasts for as many as the shortest ones would be: of one of these
 * not all is its own. */
TEST(an_equal_with_a_budget_comes_at_each_turn)
{
	const uint64_t turn = (COSTS_INTERRUPT + COSTS_SWITCH) * 1000ull;

	system_of(2);
	urgent(0, 100), urgent(1, 100);
	vcpus[0].budget_us = 997, vcpus[0].budget_period_us = 100000;
	vcpus[1].period_us = vcpus[1].deadline_us = 50000, vcpus[1].work_us = 9974;
	assert_int_equal(deadline_of(1).response,
	                 9974 * US + OWN() + 21 * turn + 2 * (997 * US + EACH_BUDGET + TURNS(2)));
}

/* On a machine that is so slow that the frame takes more than half of a turn. */
TEST(nothing_is_promised_beside_turns_that_leave_nothing)
{
	system_of(2);
	urgent(0, 100), urgent(1, 100);
	vcpus[0].budget_us = 1, vcpus[0].budget_period_us = 1000000;
	vcpus[1].period_us = vcpus[1].deadline_us = 1000000, vcpus[1].work_us = 1;
	model.instruction_ps = 184000;
	assert_int_equal(deadline_of(1).verdict, PROMISE_KEPT);
	model.instruction_ps = 190000;
	assert_int_equal(deadline_of(1).verdict, PROMISE_UNBOUNDED);
}

/* How often the analysis said what, and how near to the truth it came. */
static struct tally {
	size_t kept, refused, missed, near_by, guarantees, rationed;
} tally;

static void expect_within(uint64_t seed, size_t index, const char *what, uint64_t worst,
                          const struct promise *promise)
{
	const uint64_t said = promise->response / (US / PLAY_TICKS) + 1;

	if (worst > said)
		for (size_t i = 0; i < play.count; i++)
			print_error(
			    "%zu: pri %u work %u/%u dl %u budget %u/%u fl %u b%d f%d worst %llu\n",
			    i, vcpus[i].priority, vcpus[i].work_us, vcpus[i].period_us,
			    vcpus[i].deadline_us, vcpus[i].budget_us, vcpus[i].budget_period_us,
			    vcpus[i].flags, play.vcpus[i].bursts, play.vcpus[i].flutters,
			    (unsigned long long)play.vcpus[i].worst);
	if (worst > said)
		fail_msg("system %llu: %s of vCPU %zu after %llu ticks, not after %llu",
		         (unsigned long long)seed, what, index, (unsigned long long)worst,
		         (unsigned long long)said);
	tally.kept++;
	tally.near_by += worst * 10 >= said * 9;
}

static void compare(uint64_t seed, size_t index)
{
	const struct promise deadline = deadline_of(index), guarantee = guarantee_of(index);
	const struct play_vcpu *played = &play.vcpus[index];

	if (deadline.verdict == PROMISE_KEPT)
		expect_within(seed, index, "work", played->worst, &deadline);
	else if (deadline.verdict != PROMISE_NONE)
		tally.refused++,
		    tally.missed += played->worst > vcpus[index].deadline_us * PLAY_TICKS;
	tally.rationed += deadline.verdict == PROMISE_KEPT && deadline.needed;
	if (guarantee.verdict == PROMISE_KEPT && !vcpus[index].period_us) {
		expect_within(seed, index, "budget", played->worst_full, &guarantee);
		tally.guarantees += played->worst_full != 0;
	}
}

TEST(nothing_is_promised_that_is_missed)
{
	for (uint64_t seed = 1; seed <= PLAYED; seed++) {
		random_system(seed);
		make_play();
		play_core(&play, PLAYED_FOR);
		for (size_t i = 0; i < play.count; i++)
			compare(seed, i);
	}
	/* It says both, and there is something to see: systems that miss, and worst cases. */
	print_message("kept %zu, refused %zu, of which missed %zu; near %zu; guarantees %zu; "
	              "rationed %zu\n",
	              tally.kept, tally.refused, tally.missed, tally.near_by, tally.guarantees,
	              tally.rationed);
	assert_true(tally.kept > PLAYED / 2 && tally.refused > PLAYED / 2);
	assert_true(tally.missed > PLAYED / 10 && tally.near_by > PLAYED / 10);
	assert_true(tally.guarantees > PLAYED / 50 && tally.rationed > PLAYED / 100);
}
