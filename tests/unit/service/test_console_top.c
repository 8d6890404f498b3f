/*
 * `top`: shares from two looks at the accounts.
 *
 * Shows: time.top.
 */
#include "operator.h"
#include <stdio.h>
#include <string.h>
#include <unit.h>

#define MS (FAKE_HZ / 1000)

static const char *const names[] = {"linux", "heart", NULL};
static struct vcpu_account *const vcpus = fake.accounts.vcpu;
static struct core_account *const cores = fake.accounts.core;

static void start(void)
{
	fake_start(names);
	fake.info.cores = 2;
	for (unsigned int i = 0; i < 2; i++)
		fake_life(i, LIFE_RUNNING);
	operator_open();
	cores[0] = (struct core_account){.since = fake.now, .runs = 0};
	cores[1] = (struct core_account){.since = fake.now, .runs = TRACE_NO_VCPU};
	vcpus[0] = (struct vcpu_account){
	    .ran = 5 * MS, .since = fake.now, .state = ACCOUNT_RUNS, .priority = 100};
	vcpus[1] = (struct vcpu_account){
	    .since = fake.now, .state = ACCOUNT_WAITS, .core = 1, .priority = 200};
}

static void command(const char *line)
{
	fake_type(line, strlen(line));
	fake_type("\r", 1);
	fake_run(0);
}

/* Checks a shown line without its prefix and the control characters around the prompt. */
static void says(const char *sent, const char *line)
{
	char whole[160];

	snprintf(whole, sizeof(whole), "[kumiki] %s\r\n", line);
	if (!strstr(sent, whole))
		fail_msg("no line \"%s\" in:\n%s", line, sent);
}

/* Time before the first look doesn't count. A stretch that lasts does. */
TEST(test_stretches_that_last)
{
	const char *sent;

	start();
	command("top");
	fake_run(1010);
	sent = fake_sent();
	says(sent, "in 1.000 s");
	says(sent, "  0   100.0 %  0.0 %     0.0 %    linux.0");
	says(sent, "  1   0.0 %    0.0 %     100.0 %  -");
	says(sent, "linux.0         runs      0    100  100.0 %  0.0 %    -             0      0");
	says(sent, "heart.0         waits     1    200  0.0 %    0.0 %    -             0      0");
}

/*
 * A vCPU that waited for another one, one without budget, the service, a budget, and numbers that
 * are only counted.
 */
TEST(test_shares)
{
	const char *sent;

	start();
	fake.tables.vcpus[0].budget_us = 10000;
	command("top 2");
	fake_run(500);
	vcpus[0].ran += 500 * MS;
	vcpus[0].used = 10 * MS;
	vcpus[0].since = fake.now;
	vcpus[0].state = ACCOUNT_EXHAUSTED;
	vcpus[1].since = fake.now;
	vcpus[1].state = ACCOUNT_READY;
	vcpus[1].core = 0;
	cores[0].service += 20 * MS;
	cores[0].idle += 480 * MS;
	cores[0].runs = TRACE_CONSOLE;
	cores[0].since = fake.now;
	fake_run(1000);
	vcpus[1].stolen += 1000 * MS;
	vcpus[1].state = ACCOUNT_RUNS;
	vcpus[1].since = fake.now;
	vcpus[1].misses = 7;
	vcpus[1].moves = 1;
	cores[0].service += 1000 * MS;
	cores[0].runs = 1;
	cores[0].since = fake.now;
	fake_run(600);
	sent = fake_sent();
	says(sent, "in 2.000 s");
	says(sent, "  0   25.0 %   51.0 %    24.0 %   linux.0");
	says(sent, "linux.0         exhausted 0    100  25.0 %   75.0 %   10.000/10.000 0      0");
	says(sent, "heart.0         runs      0    200  25.0 %   50.0 %   -             7      1");
}

/* A vCPU alone on its core may wait or run unseen. While it is off, its core is idle. */
TEST(test_unseen_times)
{
	const char *sent;

	start();
	cores[0].unseen = cores[1].unseen = 1;
	for (unsigned int i = 0; i < 2; i++)
		fake.tables.cores[i].takes = (struct bundle_milliwatts){500, 10, 0};
	command("top");
	fake_run(1010);
	sent = fake_sent();
	says(sent, "  0   100.0 %  0.0 %     not seen linux.0");
	says(sent, "  1   0.0 %    0.0 %     100.0 %  -");
	says(sent, "at most 0.510 J: an estimate, by what such cores take busy, idle and off");
	says(sent, "a guest alone on its core counts as busy while it waits");
	says(sent, "linux.0         runs      0    100  not seen 0.0 %    -             0      0");
	says(sent, "heart.0         waits     1    200  0.0 %    0.0 %    -             0      0");
}

/* A vCPU that doesn't run shows its partition's state. */
TEST(test_suspended)
{
	start();
	fake_life(1, LIFE_SUSPENDED);
	command("top");
	fake_run(1010);
	says(fake_sent(),
	     "heart.0         suspended 1    200  0.0 %    0.0 %    -             0      0");
}

/* An account that changes during a look, and a clock that isn't there yet. */
TEST(test_future_is_nothing)
{
	const char *sent;

	start();
	vcpus[0].since = fake.now + 5000 * MS;
	cores[1].since = fake.now + 5000 * MS;
	command("top");
	fake_run(1010);
	sent = fake_sent();
	says(sent, "linux.0         runs      0    100  0.0 %    0.0 %    -             0      0");
	says(sent, "  1   100.0 %  0.0 %     0.0 %    -");
}

TEST(test_seconds)
{
	static const char *const bad[] = {"0", "31", "x", "-1", "99999999999"};
	char line[32], said[80];

	start();
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "top %s", bad[i]);
		snprintf(said, sizeof(said), "'%s' is no time: write from 1 to 30 seconds", bad[i]);
		command(line);
		fake_run(10);
		says(fake_sent(), said);
	}
	command("top 1 2");
	fake_run(10);
	says(fake_sent(),
	     "write it so: top [SECONDS] [--json]: shares of the cores, over one second "
	     "or so many, up to 30");
	command("top 30");
	fake_run(29900);
	assert_null(strstr(fake_sent(), "core"));
	fake_run(200);
	says(fake_sent(), "in 30.000 s");
}

/* Ctrl-C ends `top`, and partitions talk meanwhile. */
TEST(test_partitions_talk_meanwhile)
{
	const char *sent;

	start();
	command("top 5");
	fake_print(0, "hello\n");
	fake_run(100);
	assert_non_null(strstr(fake_sent(), "[linux] hello\r\n"));
	fake_type("\003", 1);
	fake_run(10);
	sent = fake_sent();
	assert_non_null(strstr(sent, "^C"));
	assert_non_null(strstr(sent, "kumiki> "));
}

/* The most vCPUs and cores, with the longest names. */
TEST(test_as_many_as_there_can_be)
{
	static char name[2][BUNDLE_NAME_SIZE];
	const char *const longest[] = {name[0], name[1], NULL};
	char last[64];
	const char *sent;

	memset(name[0], 'a', BUNDLE_NAME_SIZE - 1);
	memset(name[1], 'b', BUNDLE_NAME_SIZE - 1);
	fake_start(longest);
	fake.info.cores = BUNDLE_CORES_MAX;
	fake.info.vcpu_count = BUNDLE_VCPUS_MAX;
	memset(fake.info.vcpus, 0, sizeof(fake.info.vcpus));
	fake.info.vcpus[BUNDLE_VCPUS_MAX - 1] = 1;
	memset(&fake.accounts, 0xff, sizeof(fake.accounts));
	fake_life(0, LIFE_RUNNING);
	fake_life(1, LIFE_RUNNING);
	operator_open();
	command("top");
	fake_run(2000);
	sent = fake_sent();
	says(sent, "in 1.000 s");
	snprintf(last, sizeof(last), "\r\n[kumiki] %s.0 ? ", name[1]);
	assert_non_null(strstr(sent, last));
}
