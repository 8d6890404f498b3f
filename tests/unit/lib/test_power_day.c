/*
 * A day of a Linux with four CPUs on four cores, under each policy: how many core-seconds are on,
 * and whether work is late. Its make-up:
 *
 *   all day      each CPU does something for 0.5 ms, once a second
 *   bursts       in some seconds, one to four CPUs together have 5 to 300 ms of work each; by the
 *                hour in 0.5 to 25 of 100 seconds (see by_hour)
 *   02:00-02:10  one CPU is busy for 90 of each 100 ms
 *   15:00-15:10  all are busy for 90 of each 100 ms
 *
 * Work is late if it is done more than 50 ms after it would have been if its CPU had a core of its
 * own that never sleeps. `make bench ONLY=day` reads what this says.
 */
#include "power_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SECOND (1000ull * PLAY_MS)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)
#define CPUS   4u

/* Bursts in a thousand seconds. */
static const uint16_t by_hour[24] = {5,   5,   5,   5,   5,   5,   50,  50,  250, 250, 250, 250,
                                     100, 250, 250, 250, 250, 250, 100, 100, 100, 100, 20,  20};

static uint64_t hash(uint64_t of)
{
	uint64_t seed = (of + 1) * 0x9e3779b97f4a7c15ull;

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

/* Ticks of what is done in each tenth of a second. */
static uint32_t regularly(uint64_t time, uint32_t vcpu)
{
	uint64_t minute = time / (60 * SECOND) % (24 * 60);

	return (minute >= 120 && minute < 130 && vcpu == 1) ||
	               (minute >= 15 * 60 && minute < 15 * 60 + 10)
	           ? 90 * PLAY_MS
	           : 0;
}

/* Work comes at the beginning of a tenth of a second, but for the little that is done all day,
 * which comes within one tenth of each second, at a time of its own. */
#define TENTH (SECOND / 10)

static uint64_t little_at(uint64_t tenth, uint32_t vcpu)
{
	return tenth % 10 == 5 ? 1 + hash(tenth << 2 | vcpu) % (TENTH - 1) : 0;
}

static uint32_t work_at(uint64_t time, uint32_t vcpu)
{
	if (time % TENTH != 0)
		return PLAY_MS / 2;
	return regularly(time, vcpu) + (time % SECOND == 0 ? burst(time / SECOND, vcpu) : 0);
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

static void play_day(struct play *play, enum power_policy policy)
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
	play_begin(play, policy);
	play_until(play, DAY);
}

static uint64_t core_seconds(const struct play *play)
{
	uint64_t on = 0;

	for (uint32_t c = 0; c < CPUS; c++)
		on += play->core[c].on;
	return on / SECOND;
}

static void say(const char *policy, const struct play *play)
{
	print_message("day %s: %llu core-seconds on, %llu pieces of work, %llu late, %llu times a "
	              "core off\n",
	              policy, (unsigned long long)core_seconds(play),
	              (unsigned long long)play->jobs, (unsigned long long)play->late,
	              (unsigned long long)play->offs);
}

static void test_a_day(void **state)
{
	static struct play all, balanced;

	(void)state;
	play_day(&all, POWER_PERFORMANCE);
	say("performance", &all);
	play_day(&balanced, POWER_BALANCED);
	say("balanced", &balanced);
	assert_int_equal(balanced.jobs, all.jobs);
	assert_int_equal(all.late, 0);
	assert_int_equal(balanced.late, 0);
	assert_true(core_seconds(&balanced) * 10 <= core_seconds(&all) * 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_day)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
