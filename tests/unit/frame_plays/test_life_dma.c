/*
 * A partition's functions through its life: their reach at each time, the wait for each change, and
 * the handling of refused accesses.
 */
#include "lives.h"
#include "seen.h"

#include <dma/dma.h>
#include <fake/smmu.h>
#include <frame/layout.h>
#include <kumiki/dma.h>
#include <state/partition.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <word/life.h>

#define COMMAND(n) cores_space[n][1]
#define MEMORY     2u
#define MASTER     4u
#define POWER      cores_space[0][CORES_POWER / 4 + 1]
#define HZ         62500000u
#define LOG        ((const struct dma_log *)LAYOUT_DMA_LOG)

static void begin_with(struct bundle_life life, uint32_t flags)
{
	cores_begin(&(struct cores_plan){.cores = 4,
	                                 .partitions = 2,
	                                 .vcpus = {2, 1},
	                                 .flags = {flags},
	                                 .life = {life},
	                                 .console = true,
	                                 .console_core = 3,
	                                 .dma = true});
	lives_partition = partition_at(0);
	lives_now += 100ULL * HZ; /* no period of the last test goes on */
	fake_time(lives_now);
}

static void begin(void)
{
	begin_with((struct bundle_life)CORES_LIFE, 0);
}

static bool reaches(uint32_t function, uint64_t address)
{
	uint64_t pa;

	return fake_smmu_access(CORES_STREAM(function), address, true, &pa);
}

static void expect_open(bool open)
{
	for (uint32_t i = 0; i < CORES_FUNCTIONS; i++) {
		assert_int_equal(reaches(i, CORES_RAM), open);
		if (!open)
			assert_int_equal(COMMAND(i) & MASTER, 0);
	}
	assert_int_equal(lives_partition->dma.state, open ? DMA_OPEN : DMA_CLOSED);
	assert_int_equal(fake_smmu_waiting(), 0);
	assert_string_equal(fake_complaint(), "");
}

/* As its guest would. */
static void turn_on(void)
{
	for (uint32_t i = 0; i < CORES_FUNCTIONS; i++)
		COMMAND(i) = MEMORY | MASTER;
}

static void run(void)
{
	lives_run_all();
	turn_on();
	expect_open(true);
}

/* While the loader works it sees the registers, and the device reaches nothing. */
TEST(test_closed_until_it_runs)
{
	begin();
	cores_settle();
	lives_expect(LIFE_LOADING);
	expect_open(false);
	for (uint32_t i = 0; i < CORES_FUNCTIONS; i++) {
		assert_int_not_equal(COMMAND(i) & MEMORY, 0);
		assert_int_equal(cores_space[i][4 + i], 0x10000000 + 0x10000 * i);
	}
	lives_run_all();
	expect_open(true);
	assert_int_equal(COMMAND(0) & (MEMORY | MASTER), 0);
}

TEST(test_closed_when_it_ends)
{
	begin();
	run();
	lives_tell(LIFE_STOP);
	lives_expect(LIFE_STOPPED);
	expect_open(false);
	assert_int_equal(COMMAND(0) & MEMORY, 0);
	assert_int_equal(POWER, 3);
}

TEST(test_closed_while_it_is_held)
{
	struct bundle_life life = CORES_LIFE;

	life.on_crash = LIFE_DO_HOLD;
	begin_with(life, 0);
	run();
	lives_end_by(STOP_FAULT);
	lives_expect(LIFE_HELD);
	expect_open(false);
	lives_tell(LIFE_RESTART);
	lives_expect(LIFE_LOADING);
	expect_open(false);
}

/* Suspended, it goes on with its own memory. */
TEST(test_open_while_it_is_suspended)
{
	begin();
	run();
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	expect_open(true);
}

/* Shows: dma.late. */
TEST(test_closed_before_it_is_laid_out_again)
{
	begin();
	for (uint32_t i = 0; i < 50; i++) {
		run();
		lives_tell(LIFE_RESTART);
		lives_expect(LIFE_LOADING);
		expect_open(false);
	}
}

/* The SMMU takes its time: nobody is loaded before it is done, nor examined, nor run. */
TEST(test_it_waits_for_the_smmu)
{
	begin();
	run();
	fake_smmu_pace(0);
	lives_tell(LIFE_RESTART);
	for (uint32_t i = 0; i < 200; i++)
		(void)cores_interrupt(i % 4);
	assert_int_equal(cores_state(0), LIFE_STOPPING);
	assert_false(cores_examines(0));
	assert_true(reaches(0, CORES_RAM)); /* its cached entries */
	fake_smmu_pace(1);
	lives_expect(LIFE_LOADING);
	expect_open(false);
}

TEST(test_it_waits_for_another_core)
{
	begin();
	run();
	cores_on(3);
	assert_true(smmu_take());
	lives_tell(LIFE_STOP);
	for (uint32_t i = 0; i < 200; i++)
		(void)cores_interrupt(i % 4);
	assert_int_equal(cores_state(0), LIFE_STOPPING);
	smmu_give();
	lives_expect(LIFE_STOPPED);
	expect_open(false);
}

/* It is told to start as soon as its function sleeps, which needs ten milliseconds for that. */
static void begin_asleep(void)
{
	begin();
	run();
	lives_tell(LIFE_STOP);
	lives_expect(LIFE_STOPPED);
	assert_int_equal(POWER, 3);
	lives_tell(LIFE_START);
	cores_settle();
	lives_pass(HZ / 101);
	assert_int_equal(POWER, 3);
	lives_pass(HZ / 1000);
	assert_int_equal(POWER, 0);
}

/* A function that slept needs ten milliseconds, too. */
TEST(test_it_wakes_slowly)
{
	begin_asleep();
	assert_int_equal(lives_partition->life.step, LIFE_STEP_PREPARE);
	lives_pass(HZ / 101);
	assert_int_equal(lives_partition->life.step, LIFE_STEP_PREPARE);
	lives_pass(HZ / 1000);
	assert_int_equal(lives_partition->life.step, LIFE_STEP_LOADS);
	run();
}

/* As long as it needs, even if commands come meanwhile. */
TEST(test_it_wakes_no_faster_when_told_again)
{
	begin_asleep();
	lives_pass(HZ / 200);
	lives_tell(LIFE_RESTART);
	cores_settle();
	assert_int_equal(seen_life(lives_partition)->starts, 3);
	assert_int_equal(lives_partition->life.step, LIFE_STEP_PREPARE);
	lives_pass(HZ / 220);
	assert_int_equal(lives_partition->life.step, LIFE_STEP_PREPARE);
	lives_pass(HZ / 1000);
	assert_int_equal(lives_partition->life.step, LIFE_STEP_LOADS);
	run();
}

/* One that has slept for long wakes at once. */
TEST(test_it_wakes_at_once_when_it_has_slept)
{
	begin();
	run();
	lives_tell(LIFE_STOP);
	lives_expect(LIFE_STOPPED);
	lives_pass(HZ / 50);
	lives_tell(LIFE_START);
	cores_settle();
	assert_int_equal(POWER, 0);
	lives_pass(HZ / 90);
	run();
}

/* Stopped while its start isn't done: nothing stays open. */
TEST(test_a_start_that_is_broken_off)
{
	begin();
	cores_settle();
	fake_smmu_pace(0);
	cores_quiet(0);
	cores_service(0, SERVICE_DONE, LOADER_OK);
	for (uint32_t i = 0; i < 50; i++)
		(void)cores_interrupt(i % 4);
	assert_int_equal(lives_partition->dma.state, DMA_OPENING);
	lives_tell(LIFE_STOP);
	for (uint32_t i = 0; i < 50; i++)
		(void)cores_interrupt(i % 4);
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	fake_smmu_pace(1);
	cores_settle();
	expect_open(false);
}

TEST(test_a_function_that_isnt_described)
{
	begin();
	lives_partition->unfit = 9;
	lives_expect(LIFE_STOPPED);
	assert_int_equal(lives_partition->console->report.fault, REPORT_FUNCTION);
	assert_int_equal(lives_partition->console->report.address, 8);
	expect_open(false);
}

TEST(test_a_device_around_the_smmu)
{
	begin();
	cores_settle();
	lives_partition->loader_info->device[0].base = 0x10000000;
	cores_quiet(0);
	cores_service(0, SERVICE_DONE, LOADER_UNCONFINED);
	lives_expect(LIFE_STOPPED);
	assert_int_equal(lives_partition->console->report.fault, REPORT_UNCONFINED);
	assert_int_equal(lives_partition->console->report.address, 0x10000000);
	expect_open(false);
}

/* ---- refused accesses ---- */

static void tell_events(void)
{
	dma_events();
}

static void hear(void)
{
	cores_do(3, tell_events);
	cores_settle();
}

/* Shows: dma.told. */
TEST(test_refused_accesses_are_recorded)
{
	begin();
	run();
	cores_on(3);
	assert_false(reaches(1, 0x1000));
	assert_false(reaches(0, CORES_RAM - 1));
	hear();
	assert_int_equal(LOG->next, 2);
	assert_int_equal(LOG->refused[0], 2);
	assert_int_equal(LOG->records[0].function, 1);
	assert_int_equal(LOG->records[0].address, 0x1000);
	assert_int_equal(LOG->records[0].write, 1);
	assert_int_equal(LOG->records[0].refusal, DMA_NOT_MAPPED);
	assert_int_equal(LOG->records[1].function, 0);
	assert_int_equal(LOG->records[1].address, CORES_RAM - 1);
	lives_expect_running(true);
}

/* A few are told, all are counted; a second later it is told again. */
TEST(test_few_are_told)
{
	begin();
	run();
	for (uint32_t second = 0; second < 3; second++) {
		for (uint32_t i = 0; i < 20; i++)
			assert_false(reaches(0, 0));
		hear();
		assert_int_equal(LOG->next, (second + 1) * DMA_TOLD);
		assert_int_equal(LOG->refused[0], 20 * (second + 1));
		lives_pass(HZ + HZ / 10);
	}
	lives_expect_running(true);
}

/* The number that is read in a period has a limit. */
TEST(test_a_flood_takes_its_turns)
{
	begin();
	run();
	for (uint32_t i = 0; i < 1000; i++)
		assert_false(reaches(0, 0));
	hear();
	assert_int_equal(LOG->refused[0], 48);
	lives_pass(HZ / 11);
	assert_int_equal(LOG->refused[0], 48);
	lives_pass(HZ / 50);
	assert_int_equal(LOG->refused[0], 96);
	assert_null(smmu_error());
}

static void flood(void)
{
	for (uint32_t i = 0; i < 12; i++) {
		for (uint32_t k = 0; k < 100; k++)
			(void)reaches(0, 0);
		hear();
		lives_pass(HZ / 9);
	}
}

/* Shows: dma.told. */
TEST(test_a_flood_is_a_crash)
{
	static const enum life_state wanted[] = {
	    [LIFE_DO_RESTART] = LIFE_LOADING,
	    [LIFE_DO_STOP] = LIFE_STOPPED,
	    [LIFE_DO_HOLD] = LIFE_HELD,
	};

	for (uint32_t policy = LIFE_DO_RESTART; policy <= LIFE_DO_HOLD; policy++) {
		struct bundle_life life = CORES_LIFE;

		life.on_crash = (uint8_t)policy;
		begin_with(life, 0);
		run();
		flood();
		lives_expect(wanted[policy]);
		assert_int_equal(seen_life(lives_partition)->reason, STOP_DMA);
		assert_int_equal(seen_life(lives_partition)->starts,
		                 policy == LIFE_DO_RESTART ? 2 : 1);
		expect_open(false);
	}
}

/* A late message belongs to a life that is over. */
TEST(test_a_late_flood_is_nobodys)
{
	begin();
	run();
	lives_tell(LIFE_RESTART);
	lives_expect(LIFE_LOADING);
	life_tell(0, LIFE_FLOOD);
	cores_settle();
	lives_run_all();
	assert_int_equal(seen_life(lives_partition)->starts, 2);
}

static bool writes(uint64_t address)
{
	uint64_t pa;

	return fake_smmu_access(CORES_STREAM(0), address, true, &pa);
}

/* Rights of a guarded partition's pages: the SMMU forgets the old ones, and one change waits for
 * the other. Shows: prevent.devices. */
TEST(test_rights_of_pages_change)
{
	struct dma *dma;

	cores_begin(&(struct cores_plan){.cores = 4,
	                                 .partitions = 2,
	                                 .vcpus = {2, 1},
	                                 .life = {CORES_LIFE},
	                                 .console = true,
	                                 .console_core = 3,
	                                 .dma = true,
	                                 .dma_pages = true});
	lives_partition = partition_at(0);
	dma = &lives_partition->dma;
	lives_run_all();
	turn_on();
	assert_false(writes(CORES_RAM));
	fake_smmu_pace(0);
	assert_false(dma_allow(lives_partition, ipa_at(CORES_RAM), 2, true)); /* not yet */
	fake_smmu_pace(1);
	while (!dma_allow(lives_partition, ipa_at(CORES_RAM), 2, true))
		continue;
	assert_true(smmu_done(dma->mark));
	assert_true(writes(CORES_RAM + PAGE_SIZE));
	assert_false(writes(CORES_RAM + 2 * PAGE_SIZE));
	fake_smmu_pace(0);
	assert_false(dma_allow(lives_partition, ipa_at(CORES_RAM), 1, false));
	assert_false(dma_allow(lives_partition, ipa_at(CORES_RAM), 1, true));
	fake_smmu_pace(1);
	while (!dma_allow(lives_partition, ipa_at(CORES_RAM), 1, false))
		continue;
	assert_false(writes(CORES_RAM));
	assert_true(smmu_take());
	assert_false(dma_allow(lives_partition, ipa_at(CORES_RAM), 1, true));
	smmu_give();
	assert_false(writes(CORES_RAM));
	assert_true(dma_allow(partition_at(1), ipa_at(CORES_RAM), 1, true)); /* has no functions */
	assert_string_equal(fake_complaint(), "");
}
