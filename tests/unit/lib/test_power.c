/*
 * Cores off and on: the rule, each policy, and random machines, whose invariants are checked at
 * each tick. POWER_SEEDS and POWER_FIRST play more machines.
 */
#include "power_play.h"

#include <string.h>
#include <unit.h>

/* ---- machines ---- */

/* Work without end, from the third second to the sixth. */
static void for_three_seconds(struct play *play, uint32_t vcpu, uint64_t now, uint64_t *at,
                              struct play_job *job)
{
	(void)play;
	(void)vcpu;
	*at = now < 3 * PLAY_SECOND ? 3 * PLAY_SECOND : PLAY_NEVER;
	*job = (struct play_job){PLAY_NEVER, 3 * PLAY_SECOND};
}

/* A random system. The number `vcpu` says about how busy it is: some vCPUs sleep, some never do. */
static void at_random(struct play *play, uint32_t vcpu, uint64_t now, uint64_t *at,
                      struct play_job *job)
{
	uint64_t *seed = &play->vcpu[vcpu].seed;
	uint32_t length = 1 + (uint32_t)play_below(seed, play_below(seed, 8) == 0 ? 400 : 12);

	*at = now + 1 + play_below(seed, (uint64_t)length << play_below(seed, 12));
	*job = (struct play_job){PLAY_NEVER, length};
}

static uint32_t on(const struct play *play)
{
	return ((1u << play->machine.cores) - 1) & ~play->look.dark;
}

/* ---- the rule ---- */

TEST(test_a_vcpu_with_one_core_keeps_it_on)
{
	struct play play;

	play_linux(&play, play_never);
	play.machine.vcpu[2].cores = 1u << 2;
	assert_int_equal(power_keeps(&play.machine, &play.look), 1);
	assert_true(power_holds(&play.machine, &play.look, 0x5));
	assert_false(power_holds(&play.machine, &play.look, 0x9));
	assert_false(power_holds(&play.machine, &play.look, 0x4)); /* the console's */
	assert_int_equal(power_fewest(&play.machine, &play.look), 0x5);
	play.look.stopped = 1;
	assert_int_equal(power_fewest(&play.machine, &play.look), 0x1);
}

/* Shows: power.realtime-stays. */
TEST(test_realtime_keeps_its_core_and_its_home)
{
	struct play play;

	play_linux(&play, play_never);
	play_add(&play, 1, 3, 0xe, true);
	play.look.at[4] = 2;
	assert_int_equal(power_keeps(&play.machine, &play.look), 0xd);
	assert_int_equal(power_fewest(&play.machine, &play.look), 0xd);
	assert_int_equal(power_alone(&play.machine, &play.look), 0x4);
	play.machine.vcpu[0].cores =
	    0x4; /* vCPU 0 has no other core: real time isn't alone on it */
	assert_int_equal(power_alone(&play.machine, &play.look), 0);
}

/* Shows: power.powersave. */
TEST(test_the_fewest_are_few)
{
	struct play play;

	play_linux(&play, play_never);
	play.machine.console = 3;
	play.machine.vcpu[0].cores = 0x3;
	play.machine.vcpu[1].cores = 0x6;
	play.machine.vcpu[2].cores = 0x6;
	assert_int_equal(power_fewest(&play.machine, &play.look),
	                 0xa); /* core 1 serves all three */
}

TEST(test_the_machine_is_as_the_bundle_says)
{
	struct {
		struct bundle_header header;
		struct bundle_partition partitions[2];
		struct bundle_vcpu vcpus[3];
	} bundle = {
	    .header = {.cores = {0, 4},
	               .console_core = 2,
	               .speed = {1024, 1024, 512, 256},
	               .partitions = {sizeof(struct bundle_header), 2},
	               .vcpus = {sizeof(struct bundle_header) + 2 * sizeof(struct bundle_partition),
	                         3}},
	    .partitions = {{.vcpus = {0, 1}}, {.vcpus = {1, 2}}},
	    .vcpus = {{.core = 3, .cores = 8, .flags = BUNDLE_VCPU_REALTIME},
	              {.core = 1, .cores = 6},
	              {.core = 2, .cores = 4}}};
	struct power_machine machine;

	memset(&machine, 0, sizeof(machine));
	power_machine_of(&machine, &bundle.header);
	assert_int_equal(machine.cores, 4);
	assert_int_equal(machine.vcpus, 3);
	assert_int_equal(machine.console, 2);
	assert_int_equal(machine.speed[3], 256);
	assert_int_equal(machine.home[0], 3);
	assert_int_equal(machine.home[1], 1);
	assert_true(machine.vcpu[0].realtime);
	assert_int_equal(machine.vcpu[1].cores, 6);
	assert_int_equal(machine.vcpu[2].partition, 1);
	assert_false(machine.vcpu[2].realtime);
}

/* ---- policies ---- */

/* Shows: power.performance. */
TEST(test_performance_does_nothing)
{
	struct play play;

	play_linux(&play, play_never);
	play_begin(&play, POWER_PERFORMANCE);
	play_until(&play, 100 * PLAY_SECOND);
	assert_int_equal(on(&play), 0xf);
	assert_int_equal(play.offs, 0);
	assert_true(play.decisions < 4); /* the rule is hardly asked */
}

/* Shows: power.balanced. */
TEST(test_idle_cores_go_off_one_by_one)
{
	struct play play;

	play_linux(&play, play_never);
	play_begin(&play, POWER_BALANCED);
	play_until(&play, play.now + 150 * PLAY_MS);
	assert_int_equal(__builtin_popcount(on(&play)), 3);
	play_until(&play, 600 * PLAY_MS);
	assert_int_equal(on(&play), 1);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(play.look.at[i], 0);
	play_until(&play, 600 * PLAY_SECOND);
	assert_int_equal(play.offs, 3);
}

/* Shows: power.by-need, power.balanced. */
TEST(test_load_brings_cores_back)
{
	struct play play;
	uint64_t before;

	play_linux(&play, for_three_seconds);
	play_begin(&play, POWER_BALANCED);
	play_until(&play, 3 * PLAY_SECOND);
	assert_int_equal(on(&play), 1);
	play_until(&play, 3 * PLAY_SECOND + 40 * PLAY_MS);
	assert_int_equal(on(&play), 0xf);
	before = play.offs;
	play_until(&play, 6 * PLAY_SECOND);
	assert_int_equal(play.offs, before); /* no core is tried in vain */
	play_until(&play, 7 * PLAY_SECOND);
	assert_int_equal(on(&play), 1);
}

/* One CPU of the Linux works without end, on a core of speed `first`. The others are idle. */
static uint32_t cores_beside_one_that_works(uint16_t first, uint16_t others)
{
	struct play play;

	play_linux(&play, play_never);
	for (uint32_t c = 0; c < 4; c++)
		play.machine.speed[c] = c == 0 ? first : others;
	play.machine.console = 1;
	play_begin(&play, POWER_BALANCED);
	play.vcpu[0].jobs[0] = (struct play_job){PLAY_NEVER, 3 * PLAY_SECOND};
	play.vcpu[0].count = 1;
	play_until(&play, PLAY_SECOND);
	return on(&play);
}

/*
 * A slow core's work leaves room on a core that is four times as fast, so the slow core goes off.
 * Three slow cores are too few to do the work of a fast one, which stays.
 * Shows: boards.speed.
 */
TEST(test_speeds_count_in_the_room_left)
{
	assert_int_equal(cores_beside_one_that_works(256, 1024), 0x2);
	assert_int_equal(cores_beside_one_that_works(1024, 256), 0xf);
}

/*
 * Of two equally idle cores the slower one goes off first, and the faster one comes on first.
 * Shows: boards.speed.
 */
TEST(test_the_slower_core_goes_first)
{
	struct play play;
	struct power_look *look = &play.look;
	struct power_step step;

	play_linux(&play, play_never);
	play.machine.speed[2] = 512;
	play.machine.speed[3] = 700;
	play_begin(&play, POWER_BALANCED);
	while (play.offs == 0)
		play_until(&play, play.now + PLAY_MS);
	assert_int_equal(play.power.core[2].state, POWER_GOING);
	play_until(&play, 2 * PLAY_SECOND);
	assert_int_equal(on(&play), 1);
	look->now = play.now + PLAY_SECOND;
	look->need = true;
	look->ready = 0xf;
	step = power_next(&play.power, &play.machine, look);
	assert_int_equal(step.what, POWER_DO_OPEN);
	assert_int_equal(step.core, 1);
	step = power_next(&play.power, &play.machine, look);
	assert_int_equal(step.what, POWER_NOTHING); /* one step for each call */
	look->now += PLAY_SECOND;
	look->dark &= ~(1u << 1);
	step = power_next(&play.power, &play.machine, look);
	assert_int_equal(step.what, POWER_DO_OPEN);
	assert_int_equal(step.core, 3);
}

/* Shows: power.powersave. */
TEST(test_powersave_goes_by_the_rule_alone)
{
	struct play play;

	play_linux(&play, for_three_seconds);
	play_add(&play, 1, 2, 0x4, true);
	play_begin(&play, POWER_POWERSAVE);
	play_until(&play, 5 * PLAY_SECOND);
	assert_int_equal(on(&play), 0x5);
	play_policy(&play, POWER_PERFORMANCE);
	play_until(&play, play.now + 10 * PLAY_MS);
	assert_int_equal(on(&play), 0xf);
}

/* Shows: power.isolate. */
TEST(test_isolate_leaves_realtime_alone)
{
	struct play play;

	play_linux(&play, for_three_seconds);
	play_add(&play, 1, 2, 0x4, true);
	play_begin(&play, POWER_POWERSAVE);
	play_until(&play, 2 * PLAY_SECOND);
	play_policy(&play, POWER_ISOLATE);
	play_until(&play, 5 * PLAY_SECOND);
	assert_int_equal(on(&play), 0xf);
	assert_int_equal(play.core[2].told, POWER_DO_CLOSE);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_not_equal(play.look.at[i], 2);
	play_policy(&play, POWER_BALANCED);
	play_until(&play, play.now + 10 * PLAY_MS);
	assert_int_equal(play.core[2].told, POWER_DO_OPEN);
}

/* Shows: power.by-need. */
TEST(test_a_message_wakes_and_lets_sleep_again)
{
	struct play play;

	play_linux(&play, play_never);
	play_begin(&play, POWER_BALANCED);
	play_until(&play, PLAY_SECOND);
	play.look.wanted = 1u << 2;
	play_until(&play, play.now + 5 * PLAY_MS);
	assert_int_equal(on(&play), 0x5);
	play_until(&play, play.now + 90 * PLAY_MS);
	assert_int_equal(on(&play), 0x5); /* for the least time that a core stays on */
	play_until(&play, play.now + 60 * PLAY_MS);
	assert_int_equal(on(&play), 0x1);
}

/* Shows: power.by-need. */
TEST(test_a_time_wakes)
{
	struct play play;

	play_linux(&play, play_never);
	play_begin(&play, POWER_BALANCED);
	play_until(&play, PLAY_SECOND);
	play.look.wake[3] = 9 * PLAY_SECOND;
	play.looks_at = play.now;
	play_until(&play, 9 * PLAY_SECOND - 1);
	assert_int_equal(on(&play), 1);
	play_until(&play, 9 * PLAY_SECOND + 5 * PLAY_MS);
	assert_int_equal(on(&play), 9);
}

/* The firmware keeps a core on: it isn't asked again. */
TEST(test_a_core_that_cannot_go_is_left_alone)
{
	struct play play;

	play_linux(&play, play_never);
	play_begin(&play, POWER_BALANCED);
	play.look.refused = 1u << 3;
	play_until(&play, 10 * PLAY_SECOND);
	assert_int_equal(on(&play), 9);
	assert_int_equal(play.offs, 2);
}

/* ---- machines at random ---- */

static uint32_t some_cores(struct play *play)
{
	uint32_t all = (1u << play->machine.cores) - 1, cores;

	if (play_below(&play->seed, 3) == 0)
		return all;
	cores = (uint32_t)play_random(&play->seed) & all;
	return cores != 0 ? cores : all;
}

static uint32_t one_of(struct play *play, uint32_t cores)
{
	for (uint64_t skip = play_below(&play->seed, (uint64_t)__builtin_popcount(cores)); skip > 0;
	     skip--)
		cores &= cores - 1;
	return (uint32_t)__builtin_ctz(cores);
}

static void random_machine(struct play *play, uint64_t seed)
{
	uint32_t partitions;

	memset(play, 0, sizeof(*play));
	play->seed = seed * 0x9e3779b97f4a7c15ull | 1;
	for (int i = 0; i < 8; i++)
		play_random(&play->seed);
	play->rough = true;
	play->arrival = at_random;
	play->machine.cores = 2 + (uint32_t)play_below(&play->seed, 7);
	play->machine.console = (uint32_t)play_below(&play->seed, play->machine.cores);
	for (uint32_t c = 0; c < play->machine.cores; c++)
		play->machine.speed[c] =
		    (uint16_t)(seed % 2 == 0 ? BUNDLE_SPEED_FASTEST
		                             : 200 + play_below(&play->seed, 825));
	partitions = 1 + (uint32_t)play_below(&play->seed, 4);
	for (uint32_t p = 0; p < partitions; p++) {
		uint64_t vcpus = 1 + play_below(&play->seed, 4);
		bool realtime = play_below(&play->seed, 4) == 0;

		while (vcpus-- > 0) {
			uint32_t cores = some_cores(play);

			play_add(play, p, one_of(play, cores), cores, realtime);
		}
	}
}

/* A partition that starts gets messages on its home core and on its vCPUs' cores. */
static void start_or_stop(struct play *play)
{
	uint32_t p = play->machine.vcpu[play_below(&play->seed, play->machine.vcpus)].partition;
	uint32_t cores = 1u << play->machine.home[p];

	play->look.stopped ^= 1u << p;
	for (uint32_t i = 0; i < play->machine.vcpus; i++)
		if (play->machine.vcpu[i].partition == p) {
			play->vcpu[i].count = 0;
			play->vcpu[i].moves = PLAY_NEVER;
			play->vcpu[i].moved = play->now;
			cores |= 1u << play->look.at[i];
		}
	if ((play->look.stopped >> p & 1) == 0)
		play->look.wanted |= cores & play->look.dark;
}

/*
 * Adds the numbers of decisions and of cores that were told to go off. A machine that isn't rough
 * takes no more time than it needs: no vCPU waits in vain there.
 */
static void play_random_machine(uint64_t seed, uint64_t *decisions, uint64_t *offs)
{
	struct play play;

	random_machine(&play, seed);
	play.rough = seed % 4 != 0;
	play_begin(&play, (enum power_policy)play_below(&play.seed, POWER_POLICIES));
	for (int i = 0; i < 12; i++) {
		play_until(&play, play.now + play_below(&play.seed, 2 * PLAY_SECOND));
		if (play_below(&play.seed, 2) == 0)
			play_policy(&play,
			            (enum power_policy)play_below(&play.seed, POWER_POLICIES));
		else
			start_or_stop(&play);
	}
	*decisions += play.decisions;
	*offs += play.offs;
}

/* Shows: power.realtime-stays. */
TEST(test_random_machines)
{
	uint64_t first = play_number("POWER_FIRST", 1), seeds = play_number("POWER_SEEDS", 500);
	uint64_t decisions = 0, offs = 0;

	for (uint64_t seed = first; seed < first + seeds; seed++) {
		print_message("seed %llu\n", (unsigned long long)seed);
		play_random_machine(seed, &decisions, &offs);
	}
	print_message("%llu decisions, %llu cores off\n", (unsigned long long)decisions,
	              (unsigned long long)offs);
	if (seeds >= 100) {
		assert_true(decisions > seeds * 5000);
		assert_true(offs > seeds * 10);
	}
}
