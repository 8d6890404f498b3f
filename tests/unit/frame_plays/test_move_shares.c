/*
 * What the balancer promises: no core idles for longer than 8 ms while a vCPU that may run there
 * waits; and of equals without limits none has less than half of another one's share. In plays of
 * vCPUs that never wait, and beside them vCPUs that do, that are as urgent or more so, or are moved
 * about.
 */
#include "cores.h"

#include <fake/cpu.h>
#include <run/move.h>
#include <run/resident.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define US(n)   ((n)*125 / 2) /* ticks of the fake machine's counter; for even numbers */
#define STEP_US 50u
#define PLAY_MS 3000u
#define IDLE_MS 8u

/* A vCPU. Without any of this it never waits, and may run on all cores. */
struct player {
	uint32_t works_us, waits_us; /* it waits for so long when it has run for so long */
	uint32_t moved_us;           /* how often a manager moves it on */
	uint32_t limit_us;           /* of 10 ms; 0: it has none */
	int8_t above;                /* it is more urgent than the others by that */
	uint8_t cores;               /* where it may run alone, a bit each */
};

struct play {
	uint32_t count, cores;
	uint16_t speed[BUNDLE_CORES_MAX]; /* 0: as the fastest */
	struct player players[CORES_PARTITIONS_MAX];
};

/* Of each vCPU: in per mille of a core that is the fastest. */
struct played {
	uint32_t work[CORES_PARTITIONS_MAX];
	uint32_t moves;
	uint32_t idle_us; /* the longest time that a core idled in vain */
};

static struct cores_plan plan;
static uint64_t now; /* ticks */
static struct vcpu *subject;
static uint32_t chance;

/* More or less: nothing takes exactly as long twice, and chance is in the time of a look. */
static uint64_t a_step(void)
{
	chance = chance * 1664525u + 1013904223u;
	return US(STEP_US) - 64 + (chance >> 16) % 128;
}

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

static void wake_subject(void)
{
	resident_wake(subject);
}

/* Not its loader. */
static bool runs_vcpu(uint32_t core_index)
{
	return !cores_sleeps(core_index) && core.current->kind == CONTEXT_VCPU;
}

static void move_subject(void)
{
	uint32_t to = (subject->core + 1) % plan.cores;

	assert_int_equal(move_ask(subject->owner, 0, to), 0);
}

static void at_its_core(struct vcpu *vcpu, void (*what)(void))
{
	subject = vcpu;
	cores_do(vcpu->core, what);
	cores_exchange();
}

static struct vcpu *vcpu_at(uint32_t partition)
{
	return &partition_at(partition)->vcpus[0];
}

/* All are loaded and wait, then each wakes a little later than the one before. */
static void begin(const struct play *play)
{
	plan = (struct cores_plan){.cores = play->cores, .partitions = play->count, .placed = true};
	memcpy(plan.speed, play->speed, sizeof(plan.speed));
	for (uint32_t i = 0; i < play->count; i++) {
		const struct player *player = &play->players[i];

		plan.vcpus[i] = 1;
		plan.priority[i] = (uint8_t)(CORES_PRIORITY + player->above);
		if (player->limit_us != 0)
			plan.promise[i][0] = (struct bundle_vcpu){.budget_us = player->limit_us,
			                                          .budget_period_us = 10000};
		plan.roam[i][0] = (uint8_t)((1u << play->cores) - 1);
		if (player->cores != 0)
			plan.roam[i][0] = player->cores;
		plan.place[i][0] = (uint8_t)__builtin_ctz(plan.roam[i][0]);
	}
	cores_begin(&plan);
	fake_time(now = 0);
	for (uint32_t i = 0; i < play->count; i++) {
		cores_load_all();
		for (uint32_t at = 0; at < play->cores; at++)
			for (cores_on(at); runs_vcpu(at); cores_on(at))
				cores_do(at, wait_now);
	}
	fake_time(now = US(100000));
	cores_exchange();
	for (uint32_t i = 0; i < play->count; i++) {
		at_its_core(vcpu_at(i), wake_subject);
		fake_time(now += US(300));
	}
}

/* What it is about, beside what the frame knows. */
struct acts {
	uint32_t ran_us;
	uint64_t waits_until; /* it wakes then; 0: it doesn't wait */
	uint64_t moved;
};

static void act(const struct player *player, struct acts *acts, struct vcpu *vcpu)
{
	if (player->moved_us != 0 && now >= acts->moved + US(player->moved_us)) {
		acts->moved = now;
		at_its_core(vcpu, move_subject);
	}
	if (player->works_us == 0)
		return;
	cores_on(vcpu->core);
	if (acts->waits_until != 0 && now >= acts->waits_until) {
		acts->waits_until = 0;
		at_its_core(vcpu, wake_subject);
	} else if (acts->ran_us >= player->works_us && core.current == &vcpu->context) {
		acts->ran_us = 0;
		acts->waits_until = now + US(player->waits_us);
		at_its_core(vcpu, wait_now);
	}
}

static uint32_t moves_of_all(void)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < plan.partitions; i++)
		sum += shared_memory->accounts.vcpu[i].moves;
	return sum;
}

/* A vCPU that may run on this core waits on another one. */
static bool is_wanted(uint32_t at)
{
	for (uint32_t i = 0; i < plan.partitions; i++) {
		const struct vcpu *vcpu = vcpu_at(i);

		if (vcpu->run.account->state == ACCOUNT_READY && vcpu->core != at &&
		    (plan.roam[i][0] >> at & 1) != 0)
			return true;
	}
	return false;
}

static struct played play_on(const struct play *play)
{
	uint32_t idle_us[BUNDLE_CORES_MAX] = {0};
	uint64_t work[CORES_PARTITIONS_MAX] = {0};
	struct acts acts[CORES_PARTITIONS_MAX] = {{0}};
	struct played played = {0};
	uint32_t moves;

	chance = 1;
	begin(play);
	moves = moves_of_all();
	for (uint64_t end = now + US(PLAY_MS * 1000u); now < end;) {
		for (uint32_t at = 0; at < play->cores; at++) {
			cores_on(at);
			idle_us[at] = cores_sleeps(at) && is_wanted(at) ? idle_us[at] + STEP_US : 0;
			if (idle_us[at] > played.idle_us)
				played.idle_us = idle_us[at];
			if (cores_sleeps(at))
				continue;
			work[vcpu_of(core.current)->owner] +=
			    STEP_US * (plan.speed[at] != 0 ? plan.speed[at] : BUNDLE_SPEED_FASTEST);
			acts[vcpu_of(core.current)->owner].ran_us += STEP_US;
		}
		fake_time(now += a_step());
		cores_exchange();
		for (uint32_t i = 0; i < play->count; i++)
			act(&play->players[i], &acts[i], vcpu_at(i));
	}
	for (uint32_t i = 0; i < CORES_PARTITIONS_MAX; i++)
		played.work[i] = (uint32_t)(work[i] / BUNDLE_SPEED_FASTEST / PLAY_MS);
	played.moves = moves_of_all() - moves;
	assert_in_range(played.idle_us, 0,
	                IDLE_MS * 1000 + 4 * STEP_US); /* a look is late by steps */
	return played;
}

/* By how much the first `count` differ, in per cent of what each would have. */
static uint32_t unfairness(const struct played *played, uint32_t count)
{
	uint32_t least = played->work[0], most = least, sum = least;

	for (uint32_t i = 1; i < count; i++) {
		least = played->work[i] < least ? played->work[i] : least;
		most = played->work[i] > most ? played->work[i] : most;
		sum += played->work[i];
	}
	return sum != 0 ? (most - least) * 100 * count / sum : 100;
}

/* The equals go round, so that each has as much.
 * Shows: moves.balance. */
TEST(test_one_equal_more_than_cores)
{
	struct played played;

	for (uint32_t cores = 2; cores <= 3; cores++) {
		played = play_on(&(struct play){.count = cores + 1, .cores = cores});
		assert_in_range(unfairness(&played, cores + 1), 0, 5);
		assert_in_range(played.moves, 80, 100); /* each 32 ms */
	}
}

/* If one of two cores is twice as fast, the equals go round, too. */
TEST(test_three_on_unlike_cores)
{
	static const struct play plays[] = {
	    {.count = 3, .cores = 2, .speed = {1024, 512}},
	    {.count = 3, .cores = 2, .speed = {512, 1024}},
	};
	struct played played;

	for (uint32_t i = 0; i < 2; i++) {
		played = play_on(&plays[i]);
		assert_in_range(unfairness(&played, 3), 0, 5);
		assert_in_range(played.moves, 0, 100);
	}
}

/* Three that never wait have about the same, whenever a fourth one works or is moved. It is as
 * urgent as they are, or more so.
 * Shows: moves.balance. */
TEST(test_three_on_two_cores_beside_another_one)
{
	static const struct player others[] = {
	    {.works_us = 100, .waits_us = 10000},
	    {.works_us = 500, .waits_us = 20000},
	    {.works_us = 1000, .waits_us = 7300},
	    {.works_us = 1000, .waits_us = 41000},
	    {.works_us = 3000, .waits_us = 33000},
	    {.works_us = 10000, .waits_us = 20000},
	    {.works_us = 500, .waits_us = 1000, .above = 1},
	    {.works_us = 3000, .waits_us = 10000, .above = 1},
	    {.works_us = 10000, .waits_us = 20000, .above = 1},
	    {.works_us = 40000, .waits_us = 10000, .above = 1},
	    {.works_us = 1000, .waits_us = 20000, .above = 1, .moved_us = 10000},
	};

	for (uint32_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct play play = {.count = 4, .cores = 2};
		struct played played;

		play.players[3] = others[i];
		played = play_on(&play);
		assert_in_range(unfairness(&played, 3), 0, 30);
		assert_in_range(played.moves, 0, play.players[3].moved_us != 0 ? 500 : 150);
	}
}

/* A vCPU that never lets less urgent ones run has its core for itself; the others share the rest.

 * Shows: moves.no-starving. */
TEST(test_nobody_waits_behind_one_that_never_waits)
{
	struct played played;

	for (uint32_t at = 0; at < 3; at++) {
		played = play_on(
		    &(struct play){.count = 4,
		                   .cores = 3,
		                   .players[3] = {.above = 1, .cores = (uint8_t)(1u << at)}});
		assert_in_range(unfairness(&played, 3), 0, 5);
		assert_true(played.work[3] > 990);
	}
	played =
	    play_on(&(struct play){.count = 4, .cores = 2, .players[3] = {.above = 1, .cores = 1}});
	assert_in_range(unfairness(&played, 3), 0, 6);
}

/* Nor behind one that has nearly all of its core, in whatever pieces.
 * Shows: moves.no-starving. */
TEST(test_nobody_waits_behind_one_that_hardly_waits)
{
	static const struct player others[] = {
	    {.works_us = 34000, .waits_us = 50},  {.works_us = 16000, .waits_us = 50},
	    {.works_us = 6000, .waits_us = 50},   {.works_us = 3950, .waits_us = 50},
	    {.works_us = 3600, .waits_us = 400},  {.works_us = 1950, .waits_us = 50},
	    {.works_us = 47700, .waits_us = 50},  {.works_us = 56000, .waits_us = 500},
	    {.works_us = 28000, .waits_us = 500},
	};

	for (uint32_t i = 0; i < 2 * sizeof(others) / sizeof(others[0]); i++) {
		const uint32_t count = 2 + i % 2;
		struct play play = {.count = count + 1, .cores = 2};
		struct played played;

		play.players[count] = others[i / 2];
		play.players[count].above = 1;
		play.players[count].cores = 1;
		played = play_on(&play);
		assert_in_range(unfairness(&played, count), 0, 30);
		assert_in_range(played.moves, 0, 50);
	}
}

/* Each has its part of both cores, though that is less than a quarter of one: nobody moves for what
 * more urgent vCPUs take of each core, or for its own limit. */
TEST(test_a_vcpu_with_its_share_stays)
{
	static const struct player often = {.works_us = 300, .waits_us = 700, .above = 1};
	struct play even = {.count = 8, .cores = 2, .players = {often, often}};
	struct play limited = {.count = 5, .cores = 2};
	struct played played;

	even.players[0].cores = 1;
	even.players[1].cores = 2;
	played = play_on(&even);
	assert_in_range(played.moves, 0, 10);
	limited.players[0] =
	    (struct player){.works_us = 100, .waits_us = 900, .above = 1, .cores = 1};
	limited.players[1] = (struct player){.limit_us = 2000};
	for (uint32_t i = 2; i < 5; i++)
		limited.players[i].cores = 2;
	played = play_on(&limited);
	assert_in_range(played.work[1], 198, 204);
	assert_in_range(played.moves, 0, 2);
}

/* Equals that take turns, and may not run on the core that is idle, keep no less urgent one from
 * it.
 * Shows: moves.no-idle. */
TEST(test_turns_keep_nobody_from_an_idle_core)
{
	const struct play play = {.count = 4,
	                          .cores = 3,
	                          .players = {{.above = 2, .cores = 4},
	                                      {.above = 1, .cores = 5},
	                                      {.above = 1, .cores = 5},
	                                      {.cores = 3}}};
	const struct played played = play_on(&play);

	assert_in_range(played.work[3], 990, 1000);
}

/* Less urgent ones that want to run, and don't, are no reason to stay away from a core. */
TEST(test_the_less_urgent_do_not_count)
{
	for (uint8_t cores = 1; cores <= 3; cores++) {
		const struct player less = {.above = -1, .cores = cores};
		const struct played played =
		    play_on(&(struct play){.count = 4, .cores = 2, .players[3] = less});

		assert_in_range(unfairness(&played, 3), 0, 5);
		assert_int_equal(played.work[3], 0);
		assert_in_range(played.moves, 75, 100);
	}
}

/* Each has its possible share on the cores where it may run. */
TEST(test_some_may_not_run_everywhere)
{
	static const struct {
		uint8_t cores[4];
		uint16_t least[4]; /* per mille */
	} plays[] = {
	    {{7, 7, 3, 3}, {740, 740, 690, 690}},
	    {{7, 3, 3, 3}, {990, 650, 650, 650}},
	    {{7, 6, 3, 5}, {730, 730, 730, 730}},
	    {{1, 7, 7, 7}, {690, 690, 690, 690}},
	};

	for (uint32_t i = 0; i < sizeof(plays) / sizeof(plays[0]); i++) {
		struct play play = {.count = 4, .cores = 3};
		struct played played;

		for (uint32_t v = 0; v < 4; v++)
			play.players[v].cores = plays[i].cores[v];
		played = play_on(&play);
		for (uint32_t v = 0; v < 4; v++)
			assert_in_range(played.work[v], plays[i].least[v], 1000);
	}
}

/* ---- random systems ---- */

#define SYSTEMS 20u

static uint32_t draw(uint32_t *seed, uint32_t least, uint32_t most)
{
	*seed = *seed * 1664525u + 1013904223u;
	return least + (*seed >> 16) % (most - least + 1);
}

/* Two to five equals that never wait; behind them one to three others that work and wait, each on a
 * core of its own choice, as urgent or more so. */
static struct play random_play(uint32_t seed)
{
	struct play play = {.cores = draw(&seed, 2, 4)};
	const uint32_t equals = draw(&seed, 2, 5), others = draw(&seed, 1, 3);

	play.count = equals + others;
	for (uint32_t i = equals; i < play.count; i++)
		play.players[i] = (struct player){
		    .works_us = draw(&seed, 1, 500) * 100,
		    .waits_us = draw(&seed, 1, 500) * 100,
		    .above = (int8_t)draw(&seed, 0, 1),
		    .cores = (uint8_t)(1u << draw(&seed, 0, play.cores - 1)),
		};
	return play;
}

/* Shows: moves.balance. */
TEST(test_none_has_less_than_half_of_another_one)
{
	for (uint32_t seed = 1; seed <= SYSTEMS; seed++) {
		const struct play play = random_play(seed);
		const struct played played = play_on(&play);
		uint32_t least = ~0u, most = 0;

		for (uint32_t i = 0; i < play.count && play.players[i].works_us == 0; i++) {
			least = played.work[i] < least ? played.work[i] : least;
			most = played.work[i] > most ? played.work[i] : most;
		}
		if (least * 2 < most)
			fail_msg("system %u: %u and %u per mille", seed, least, most);
	}
}
