/*
 * A day of a Linux with four CPUs on four cores, under each policy: the core-seconds that are on,
 * and late work. Its parts:
 *
 *   all day      each CPU has work for 0.5 ms, once a second
 *   bursts       in some seconds, one to four CPUs together have 5 to 300 ms of work each; by the
 *                hour in 0.5 to 25 of 100 seconds (see by_hour)
 *   02:00-02:10  one CPU is busy for 90 of each 100 ms
 *   15:00-15:10  all are busy for 90 of each 100 ms
 *
 * A CPU's work would be done at some time if the CPU had a core of its own that never sleeps. Work
 * that is done more than 50 ms after that time is late. `make bench ONLY=power` reads the test's
 * output. POWER_DAYS plays so many days, each by a seed of its own. The first one is the day of the
 * figure.
 *
 * Another seed makes an idle day and a day with the same bursts, under each policy, beside a
 * real-time system on core 2. The policy's promises are checked in each hour, and invariants at
 * each tick (power_play.c).
 */
#include "power_play.h"

#include <string.h>
#include <unit.h>

#define HOUR (3600 * PLAY_SECOND)
#define DAY  (24 * HOUR)
#define CPUS 4u

/* Bursts in a thousand seconds. */
static const uint16_t by_hour[24] = {5,   5,   5,   5,   5,   5,   50,  50,  250, 250, 250, 250,
                                     100, 250, 250, 250, 250, 250, 100, 100, 100, 100, 20,  20};

static uint64_t of_day; /* the day's seed; 0: that of energy.day */
static bool idle;       /* only the small work of all day */

static uint64_t hash(uint64_t of)
{
	uint64_t seed = (of + 1 + (of_day << 40)) * 0x9e3779b97f4a7c15ull;

	play_random(&seed);
	play_random(&seed);
	return play_random(&seed);
}

static uint32_t burst(uint64_t second, uint32_t vcpu)
{
	uint64_t dice = hash(second);

	if (dice % 1000 >= by_hour[second / 3600 % 24] || (dice >> 20) % CPUS < vcpu)
		return 0;
	return (uint32_t)(5 + hash(dice + vcpu) % 296) * PLAY_MS;
}

/* Ticks of regular work in each tenth of a second. */
static uint32_t regularly(uint64_t time, uint32_t vcpu)
{
	uint64_t minute = time / (60 * PLAY_SECOND) % (24 * 60);

	return (minute >= 120 && minute < 130 && vcpu == 1) ||
	               (minute >= 15 * 60 && minute < 15 * 60 + 10)
	           ? 90 * PLAY_MS
	           : 0;
}

/*
 * Work comes at the beginning of a tenth of a second. Only the small work of all day comes within
 * one tenth of each second, at a time of its own.
 */
#define TENTH (PLAY_SECOND / 10)

static uint64_t little_at(uint64_t tenth, uint32_t vcpu)
{
	return tenth % 10 == 5 ? 1 + hash(tenth << 2 | vcpu) % (TENTH - 1) : 0;
}

static uint32_t work_at(uint64_t time, uint32_t vcpu)
{
	if (time % TENTH != 0)
		return PLAY_MS / 2;
	if (idle)
		return 0;
	return regularly(time, vcpu) +
	       (time % PLAY_SECOND == 0 ? burst(time / PLAY_SECOND, vcpu) : 0);
}

static uint64_t after(uint64_t time, uint32_t vcpu)
{
	uint64_t tenth = time / TENTH, little = tenth * TENTH + little_at(tenth, vcpu);

	if (little > time)
		return little;
	do
		tenth++;
	while (little_at(tenth, vcpu) == 0 && work_at(tenth * TENTH, vcpu) == 0);
	return work_at(tenth * TENTH, vcpu) != 0 ? tenth * TENTH
	                                         : tenth * TENTH + little_at(tenth, vcpu);
}

static void day(struct play *play, uint32_t index, uint64_t now, uint64_t *at, struct play_job *job)
{
	struct play_vcpu *vcpu = &play->vcpu[index];
	uint32_t work = work_at(now, index);

	vcpu->alone = (vcpu->alone > now ? vcpu->alone : now) + work;
	*job = (struct play_job){vcpu->alone + 50 * PLAY_MS, work};
	*at = after(now, index);
}

static void linux_on_four(struct play *play)
{
	memset(play, 0, sizeof(*play));
	play->seed = 1;
	play->machine.cores = CPUS;
	play->machine.vcpus = CPUS;
	play->arrival = day;
	for (uint32_t i = 0; i < CPUS; i++) {
		play->machine.vcpu[i] = (struct power_vcpu){(1u << CPUS) - 1, 0, false};
		play->machine.speed[i] = BUNDLE_SPEED_FASTEST;
		play->look.at[i] = (uint8_t)i;
	}
}

static void play_day(struct play *play, enum power_policy policy)
{
	linux_on_four(play);
	play_begin(play, policy);
	play_until(play, DAY);
}

static uint64_t core_seconds(const struct play *play)
{
	uint64_t on = 0;

	for (uint32_t c = 0; c < CPUS; c++)
		on += play->core[c].on;
	return on / PLAY_SECOND;
}

static void say(const char *policy, const struct play *play)
{
	print_message("day %s: %llu core-seconds on, %llu pieces of work, %llu late, %llu times a "
	              "core off\n",
	              policy, (unsigned long long)core_seconds(play),
	              (unsigned long long)play->jobs, (unsigned long long)play->late,
	              (unsigned long long)play->offs);
}

static void check_a_day(void)
{
	static struct play all, balanced;

	play_day(&all, POWER_PERFORMANCE);
	say("performance", &all);
	play_day(&balanced, POWER_BALANCED);
	say("balanced", &balanced);
	assert_int_equal(balanced.jobs, all.jobs);
	assert_int_equal(all.late, 0);
	assert_int_equal(balanced.late, 0);
	assert_true(core_seconds(&balanced) * 10 <= core_seconds(&all) * 4);
}

/* Shows: power.balanced. */
TEST(test_a_day)
{
	uint64_t days = play_number("POWER_DAYS", 1);

	for (of_day = 0; of_day < days; of_day++) {
		print_message("seed %llu\n", (unsigned long long)of_day);
		check_a_day();
	}
	of_day = 0;
}

/* ---- each policy, beside a real-time system ---- */

#define RT      CPUS /* its vCPU, on a core that Linux may use, too */
#define RT_CORE 2u
#define KEPT    (1u | 1u << RT_CORE) /* the cores of the console and of the real-time system */
#define ALL     ((1u << CPUS) - 1)

/* Half a millisecond in each tenth of a second, done within a millisecond. */
static void beats(struct play *play, uint32_t index, uint64_t now, uint64_t *at,
                  struct play_job *job)
{
	if (index != RT) {
		day(play, index, now, at, job);
		return;
	}
	*job = (struct play_job){now + PLAY_MS, PLAY_MS / 2};
	*at = now + TENTH;
}

static uint32_t on(const struct play *play)
{
	return ALL & ~play->look.dark;
}

/* Checks that all cores stay on. If real time is to be alone, no CPU of Linux is on its core. */
static void stays_on(const struct play *play, bool alone)
{
	assert_int_equal(on(play), ALL);
	assert_int_equal(play->offs, 0);
	for (uint32_t i = 0; i < CPUS && alone; i++)
		assert_int_not_equal(play->look.at[i], RT_CORE);
}

/*
 * Checks each hour, for all work in it. In some hours Linux has more work than the real-time system
 * leaves room for: a little of it may be late then.
 */
static void check_policy(const struct play *play, enum power_policy policy)
{
	assert_int_equal(play->vcpu[RT].late, 0);
	assert_int_equal(play->look.at[RT], RT_CORE);
	assert_int_equal(on(play) & KEPT, KEPT);
	if (policy == POWER_PERFORMANCE || policy == POWER_ISOLATE)
		stays_on(play, policy == POWER_ISOLATE);
	if (policy == POWER_POWERSAVE)
		assert_int_equal(on(play), KEPT);
	if (policy == POWER_PERFORMANCE || policy == POWER_BALANCED)
		assert_true(play->late * 1000 <= play->jobs);
	if (idle)
		assert_int_equal(play->late, 0);
}

/* Checks that no more than two cores are on, but for a hundredth of the day. */
static void check_few(const struct play *play)
{
	assert_true(core_seconds(play) * 100 <= 202 * (DAY / PLAY_SECOND));
}

static void linux_beside_rt(struct play *play)
{
	linux_on_four(play);
	play->machine.vcpus = CPUS + 1;
	play->machine.vcpu[RT] = (struct power_vcpu){1u << RT_CORE, 1, true};
	play->machine.home[1] = RT_CORE;
	play->look.at[RT] = RT_CORE;
	play->arrival = beats;
}

static uint64_t play_beside(enum power_policy policy)
{
	static struct play play;

	linux_beside_rt(&play);
	play_begin(&play, policy);
	for (uint64_t hour = 1; hour <= 24; hour++) {
		play_until(&play, hour * HOUR);
		check_policy(&play, policy);
	}
	if (policy == POWER_POWERSAVE || (policy == POWER_BALANCED && idle))
		check_few(&play);
	print_message("%s day %llu, policy %u: ", idle ? "idle" : "bursty",
	              (unsigned long long)of_day, (unsigned)policy);
	print_message("%llu core-seconds on, %llu decisions, %llu late, %llu times a core off\n",
	              (unsigned long long)core_seconds(&play), (unsigned long long)play.decisions,
	              (unsigned long long)play.late, (unsigned long long)play.offs);
	return play.decisions;
}

/* Shows: power.performance, power.powersave. */
TEST(test_days_under_each_policy)
{
	uint64_t decisions = 0;

	for (uint32_t policy = 0; policy < POWER_POLICIES; policy++)
		for (uint32_t i = 0; i < 2; i++) {
			of_day = 3;
			idle = i == 0;
			decisions += play_beside((enum power_policy)policy);
		}
	of_day = 0;
	idle = false;
	assert_true(decisions > 3000000); /* fewer would show little */
}

/* ---- the reason for late work on the day with bursts, under balanced ---- */

/*
 * Plays the minutes with late work, 15:07 to 15:10, with this CPU on the core of the real-time
 * system. Returns how much is late.
 */
static uint64_t late_beside_rt(enum power_policy policy, uint32_t vcpu)
{
	static struct play play;

	linux_beside_rt(&play);
	play.look.at[RT_CORE] = (uint8_t)vcpu;
	play.look.at[vcpu] = RT_CORE;
	play.now = 15 * HOUR + 7 * 60 * PLAY_SECOND;
	play_begin(&play, policy);
	play_until(&play, 15 * HOUR + 10 * 60 * PLAY_SECOND);
	assert_int_equal(play.vcpu[RT].late, 0);
	assert_int_equal(play.late, play.vcpu[vcpu].late);
	return play.late;
}

/*
 * All cores are on then. A CPU that never catches up for ten seconds loses more than 50 ms to the
 * real-time system beside it. Only a CPU's place decides whether its work is late; the policy
 * doesn't.
 */
TEST(test_only_work_beside_realtime_is_late)
{
	uint64_t late = 0;

	of_day = 3;
	for (uint32_t vcpu = 0; vcpu < CPUS; vcpu++) {
		uint64_t all_on = late_beside_rt(POWER_PERFORMANCE, vcpu);

		assert_int_equal(late_beside_rt(POWER_BALANCED, vcpu), all_on);
		print_message("CPU %u beside real time: %llu late, under either policy\n", vcpu,
		              (unsigned long long)all_on);
		late += all_on;
	}
	of_day = 0;
	assert_true(late > 0);
}
