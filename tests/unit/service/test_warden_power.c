/*
 * The policy in force: by the day's schedule, the operator, managers, and after a restart of the
 * console service; and the energy in words. test_power.c tests the policies' work.
 */
#include "fake_frame.h"
#include <stdio.h>
#include <string.h>
#include <unit.h>

#define CORES       2
#define DAY         86400u
#define BEGIN       (20454ull * DAY) /* midnight, some day */
#define HOURS(n)    ((n)*3600u)
#define MINUTES(n)  ((n)*60u)
#define SECONDS(ms) ((ms)*1000u)

static const char *const names[] = {"linux", NULL};

/* The service begins, or begins anew. */
static void begin(void)
{
	fake_warden_again();
	fake_run(10);
	(void)fake_sent();
}

/* Starts at that second of the day. */
static int start_at(uint32_t second)
{
	static const struct bundle_power plan = {
	    .changes = 2,
	    .change = {{.minute = 6 * 60 + 30, .policy = POWER_BALANCED},
	               {.minute = 22 * 60, .policy = POWER_POWERSAVE}}};

	fake_start(names);
	fake.info.cores = CORES;
	fake.warden_info.clock_counter = fake.now;
	fake.warden_info.clock_seconds = BEGIN + second;
	fake.tables.header.cores.count = CORES;
	fake.tables.header.power = plan;
	fake.tables.vcpus[0].cores = 3;
	fake.policy = fake.minute = 0; /* as the first service found them */
	begin();
	return 0;
}

static void policy_is(enum power_policy policy)
{
	assert_int_equal(fake.warden.power.power.policy, policy);
	assert_int_equal(fake.policy, policy);
}

static void says(const char *line)
{
	const char *sent = fake_sent();

	if (!strstr(sent, line))
		fail_msg("no \"%s\" in:\n%s", line, sent);
}

static void operator(const char *line)
{
	fake_type("\035c", 2);
	fake_type(line, strlen(line));
	fake_type("\r", 1);
	fake_run(50);
}

/* ---- the day ---- */

TEST(test_the_days_schedule)
{
	start_at(HOURS(21) + MINUTES(59) + 30);
	policy_is(POWER_PERFORMANCE);
	fake_run(SECONDS(29));
	policy_is(POWER_PERFORMANCE);
	fake_run(SECONDS(2));
	policy_is(POWER_POWERSAVE);
	says("power: powersave, as it is time for it");
	fake_run(SECONDS(HOURS(8) + MINUTES(29)));
	policy_is(POWER_POWERSAVE);
	fake_run(SECONDS(MINUTES(1)));
	policy_is(POWER_BALANCED);
	fake_run(SECONDS(HOURS(15) + MINUTES(30)));
	policy_is(POWER_POWERSAVE);
}

/*
 * The last change holds, until the schedule's next time.
 * Shows: power.who-sets.
 */
TEST(test_the_operator_until_the_next_time)
{
	start_at(HOURS(6));
	operator("power isolate");
	policy_is(POWER_ISOLATE);
	fake_run(SECONDS(MINUTES(29)));
	policy_is(POWER_ISOLATE);
	fake_run(SECONDS(MINUTES(2)));
	policy_is(POWER_BALANCED);
	operator("power isolate");
	fake_run(SECONDS(MINUTES(5)));
	policy_is(POWER_ISOLATE);
}

/* Of two cores, the first has the console. A vCPU that may run on both lets the second one go. */
TEST(test_the_operator_is_told_when_no_core_can_go)
{
	static const char none[] = "no core can go off as things are";

	start_at(HOURS(12));
	fake_life(0, LIFE_RUNNING);
	operator("power powersave");
	assert_null(strstr(fake_sent(), none));
	fake.tables.vcpus[0].cores = 2;
	begin();
	operator("power powersave");
	says(none);
	operator("power isolate");
	assert_null(strstr(fake_sent(), none));
	operator("power balanced");
	says(none);
	fake_life(0, LIFE_STOPPED); /* it needs no core now */
	operator("power balanced");
	assert_null(strstr(fake_sent(), none));
}

/* ---- a new life of the service ---- */

static void crash(void)
{
	fake.warden_info.failure.failures++;
	begin();
}

TEST(test_a_new_life_goes_on)
{
	start_at(HOURS(12));
	operator("power isolate");
	fake_run(SECONDS(MINUTES(3)));
	crash();
	policy_is(POWER_ISOLATE);
	fake_run(SECONDS(HOURS(9)));
	policy_is(POWER_ISOLATE);
	fake_run(SECONDS(HOURS(1)));
	policy_is(POWER_POWERSAVE);
}

/*
 * The change was due while the service was away.
 * Shows: power.who-sets.
 */
TEST(test_a_new_life_misses_no_change)
{
	start_at(HOURS(22) - 1);
	policy_is(POWER_PERFORMANCE);
	fake.now += 2 * FAKE_HZ;
	crash();
	policy_is(POWER_POWERSAVE);
}

static uint32_t opened;

static void note_opened(uint64_t core, uint64_t what)
{
	if (what == SERVICE_POWER_OPEN)
		opened |= 1u << core;
}

/* A new service opens all cores and brings a dark one on, after any commands of the former one. */
TEST(test_a_new_life_opens_all)
{
	start_at(HOURS(1));
	fake.on_power = note_opened;
	opened = 0;
	crash();
	assert_int_equal(opened, (1u << CORES) - 1);
	fake.accounts.core[1].dark = 1;
	opened = 0;
	crash();
	assert_int_equal(fake.warden.power.power.core[1].state, POWER_COMING);
	fake.accounts.core[1].dark = 0;
	fake_run(1100);
	assert_int_equal(fake.warden.power.power.core[1].state, POWER_OPEN);
}

/* ---- managers ---- */

static void manager_wants(enum power_policy policy)
{
	fake.policy = policy;
	fake.warden.events |= SERVICE_EVENT_POLICY;
	fake_run(10);
}

/*
 * A manager's policy counts with a schedule or without one, also if the service has no other work
 * with power.
 */
TEST(test_a_manager_is_followed)
{
	start_at(HOURS(12));
	fake.tables.header.power.changes = 0;
	begin();
	fake_run(2000);
	manager_wants(POWER_POWERSAVE);
	policy_is(POWER_POWERSAVE);
	says("power: powersave, as a manager wants it");
	manager_wants(POWER_POWERSAVE);
	assert_null(strstr(fake_sent(), "power"));
	operator("power balanced");
	policy_is(POWER_BALANCED);
	fake_run(100);
	manager_wants(POWER_PERFORMANCE);
	policy_is(POWER_PERFORMANCE);
}

/*
 * The manager sets another policy each half millisecond for five seconds, and then one that lasts.
 */
TEST(test_a_manager_that_changes_its_mind_without_end)
{
	enum power_policy last = POWER_PERFORMANCE;
	uint32_t followed = 0, lines = 0;
	const char *sent;

	start_at(HOURS(12));
	fake.tables.header.power.changes = 0;
	begin();
	for (uint32_t i = 0; i < 10000; i++) {
		fake.policy = i % 2 ? POWER_POWERSAVE : POWER_ISOLATE;
		fake.warden.events |= SERVICE_EVENT_POLICY;
		fake_run(i % 2);
		followed += fake.warden.power.power.policy != last;
		last = fake.warden.power.power.policy;
	}
	fake.policy = POWER_BALANCED;
	fake.warden.events |= SERVICE_EVENT_POLICY;
	fake_run(1100);
	policy_is(POWER_BALANCED);
	sent = fake_sent();
	assert_non_null(strstr(sent, "power: balanced, as a manager wants it"));
	while ((sent = strstr(sent, "as a manager")) != NULL) {
		sent++;
		lines++;
	}
	assert_in_range(followed, 10, 51);
	assert_in_range(lines, 3, 8);
}

/* A manager's policy that was replaced before the look isn't reported. */
TEST(test_a_replaced_policy_isnt_reported)
{
	start_at(HOURS(12));
	manager_wants(POWER_POWERSAVE);
	fake_run(200);
	manager_wants(POWER_ISOLATE);
	policy_is(POWER_ISOLATE);
	operator("power balanced");
	(void)fake_sent();
	fake_run(2000);
	policy_is(POWER_BALANCED);
	assert_null(strstr(fake_sent(), "as a manager"));
}

/*
 * The operator's policy came later than the manager's, of which the service hears only now.
 * Shows: power.who-sets.
 */
TEST(test_the_last_policy_holds)
{
	start_at(HOURS(12));
	fake.policy = POWER_POWERSAVE;
	operator("power isolate");
	fake.warden.events |= SERVICE_EVENT_POLICY;
	fake_run(10);
	policy_is(POWER_ISOLATE);
}

/* ---- energy ---- */

static void begin_energy(void)
{
	start_at(HOURS(12));
	for (uint32_t i = 0; i < CORES; i++)
		fake.tables.cores[i].takes =
		    (struct bundle_milliwatts){(uint16_t)(1000 * (i + 1)), 100, 10};
	fake.now = 2000 * FAKE_HZ;
	fake.accounts.core[0] =
	    (struct core_account){.since = fake.now, .idle = 1500 * FAKE_HZ, .runs = TRACE_NO_VCPU};
	fake.accounts.core[1] = (struct core_account){
	    .since = fake.now, .idle = 500 * FAKE_HZ, .off = 1400 * FAKE_HZ, .dark = 1};
}

/* 500 s at 1 W, 1500 s at 0.1 W; 100 s at 2 W, 500 s at 0.1 W, 1400 s at 0.01 W.
 * Shows: power.energy. */
TEST(test_energy_since_the_beginning)
{
	const char *sent;

	begin_energy();
	operator("power");
	sent = fake_sent();
	assert_non_null(strstr(sent, "  0   on      500.000     1500.0"));
	assert_non_null(strstr(sent, " 1000/100/10\r\n"));
	assert_non_null(strstr(sent, " 2000/100/10\r\n"));
	assert_non_null(strstr(sent, "about 914.0"));
	assert_non_null(strstr(sent, " J: an estimate"));
}

/* Shows: power.energy. */
TEST(test_energy_with_a_guest_that_waits_unseen)
{
	const char *sent;

	begin_energy();
	fake.accounts.core[0].unseen = 1;
	operator("power");
	sent = fake_sent();
	assert_non_null(strstr(sent, "  0   on      500.000     not seen    0.000"));
	assert_non_null(strstr(sent, "at most 914.0"));
	assert_non_null(
	    strstr(sent, "a guest alone on its core counts as busy while it waits\r\n"));
}

/* Shows: power.energy. */
TEST(test_energy_of_a_while)
{
	const char *sent;

	begin_energy();
	fake_type("\035c", 2);
	fake_type("top 2\r", 6);
	fake_run(2010);
	sent = fake_sent();
	assert_non_null(strstr(sent, "all cores: busy 0.000 s, idle 2.000 s, off 2.000 s\r\n"));
	assert_non_null(strstr(sent, "about 0.220 J: an estimate"));
}

/*
 * Without a table no energy is told.
 * Shows: power.energy.
 */
TEST(test_no_energy_without_a_table)
{
	start_at(HOURS(12));
	operator("power");
	assert_null(strstr(fake_sent(), "about"));
}
