/*
 * A watcher mends a partition of two vCPUs: both stand while the loader works, both go on, and each
 * request has an answer, even if the partition or its loader ends meanwhile. Shows: watch.mends.
 */
#include "lives.h"

#include <fake/machine.h>
#include <life/lay_out.h>
#include <life/life.h>
#include <machine/sysreg.h>
#include <state/core.h>
#include <state/partition.h>
#include <stdlib.h>
#include <unit.h>
#include <word/debug.h>
#include <word/life.h>
#include <word/mend.h>

#define DONE_3 (WATCH_MEND_DONE | 3u << 8)

static struct mend_box *box(void)
{
	return mend_box_of(0);
}

/* The state that the watcher's core leaves. */
static void ask(void)
{
	assert_false(mend_is_asked(box()));
	box()->answer = 0;
	box()->asked++;
	cores_tell(3, 0, (enum life_command)LIFE_LOOK);
}

static void begin_with(struct bundle_life life, uint32_t flags)
{
	lives_now = 0;
	cores_begin(&(struct cores_plan){.cores = 4,
	                                 .partitions = 2,
	                                 .vcpus = {2, 1},
	                                 .flags = {flags},
	                                 .life = {life},
	                                 .mended = true});
	lives_partition = partition_at(0);
	lives_run_all();
}

static void begin(void)
{
	begin_with((struct bundle_life)CORES_LIFE, 0);
}

static void expect_answer(uint32_t answer)
{
	assert_false(mend_is_asked(box()));
	assert_int_equal(box()->answer, answer);
	assert_int_equal(lives_partition->mend.step, MEND_NONE);
	assert_int_equal(lives_partition->debug.holds, 0);
	assert_null(cores_breach_settled());
}

/* The loader is at work, and doesn't come to an end. */
static void begin_and_stay(enum mend_step step)
{
	begin();
	cores_mended = 0;
	ask();
	cores_settle();
	if (step == MEND_AGAIN) {
		cores_service(0, 99, 0); /* no such call: it fails */
		cores_settle();
	}
	assert_true(mend_is_asked(box()));
	assert_int_equal(lives_partition->mend.step, step);
	cores_on(0);
	assert_ptr_equal(core.current, &lives_partition->loader.context);
	assert_int_equal(lives_partition->loader_info->task,
	                 step == MEND_RUNS ? LOADER_MEND : LOADER_MEND_AGAIN);
}

static void finish(uint64_t status)
{
	cores_mended = status;
	cores_settle();
}

static void expect_both_run(void)
{
	lives_expect_running(true);
	assert_true(lives_runs(2));
}

/* ---- a mend ---- */

TEST(test_all_stand_and_go_on)
{
	begin_and_stay(MEND_RUNS);
	assert_false(lives_runs(0));
	assert_false(lives_runs(1));
	assert_true(lives_runs(2)); /* nobody else */
	assert_int_equal(cores_state(0), LIFE_RUNNING);
	finish(DONE_3);
	expect_answer(DONE_3);
	expect_both_run();
	assert_int_equal(lives_partition->console->mends.mends, 1);
	assert_int_equal(lives_partition->console->mends.words, 3);
	assert_int_equal(lives_partition->console->life.next, 3); /* its life says nothing of it */
}

/* Page tables may be among the changes: no core keeps old entries. */
TEST(test_translations_are_forgotten)
{
	uint32_t before;

	begin_and_stay(MEND_RUNS);
	before = fake_counts.invalidations;
	finish(DONE_3);
	assert_true(fake_counts.invalidations > before);
	assert_int_equal(fake_invalidated(), lives_partition->stage2.vmid);
	expect_both_run();
}

TEST(test_one_after_the_other)
{
	begin();
	for (uint32_t i = 0; i < 10; i++) {
		ask();
		cores_settle();
		expect_answer(WATCH_MEND_DONE | 1 << 8);
		expect_both_run();
	}
	assert_int_equal(lives_partition->console->mends.mends, 10);
}

TEST(test_answers_are_passed_on)
{
	static const uint64_t answers[][2] = {
	    {WATCH_MEND_DONE, WATCH_MEND_DONE},
	    {WATCH_MEND_DIFFERS | 63 << 8, WATCH_MEND_DIFFERS | 63 << 8},
	    {WATCH_MEND_WRONG | 7 << 8, WATCH_MEND_WRONG | 7 << 8},
	    /* An answer that no loader of this revision gives. */
	    {WATCH_MEND_ASKED, WATCH_MEND_FAILED},
	    {WATCH_MEND_LATE, WATCH_MEND_FAILED},
	    {WATCH_MEND_DONE | 65 << 8, WATCH_MEND_FAILED},
	    {WATCH_MEND_DONE | 1 << 16, WATCH_MEND_FAILED},
	    {~0ull, WATCH_MEND_FAILED},
	};

	begin();
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		cores_mended = answers[i][0];
		ask();
		cores_settle();
		expect_answer((uint32_t)answers[i][1]);
		expect_both_run();
	}
}

/* Nobody looks for a box that isn't there. */
TEST(test_without_a_watcher)
{
	lives_begin();
	lives_run_all();
	box()->asked++;
	cores_tell(3, 0, (enum life_command)LIFE_LOOK);
	cores_settle();
	assert_true(mend_is_asked(box()));
	assert_int_equal(lives_partition->mend.step, MEND_NONE);
}

/* ---- registers ---- */

static void set_vbar(uint32_t number, uint64_t value)
{
	cores_on(number);
	fake_sysregs->vbar_el1 = value;
}

static uint64_t vbar(uint32_t number)
{
	cores_on(number);
	return core.el1 == &lives_partition->vcpus[number] ? fake_sysregs->vbar_el1
	                                                   : core.vcpu->saved.el1.vbar;
}

/* The loader's part of a mend. */
static void expect_and_change(uint32_t number, uint64_t expected, uint64_t value)
{
	uint64_t *laid = &lives_partition->console->registers[number].vbar;

	assert_int_equal(*laid, expected);
	*laid = value;
}

static void stay_with(uint64_t first, uint64_t second)
{
	begin();
	set_vbar(0, first);
	set_vbar(1, second);
	cores_mended = 0;
	ask();
	cores_settle();
}

/* Shows: watch.mended-registers. */
TEST(test_both_registers_go_on_changed)
{
	stay_with(10, 11);
	expect_and_change(0, 10, 20);
	expect_and_change(1, 11, 21);
	finish(DONE_3);
	expect_both_run();
	assert_int_equal(vbar(0), 20);
	assert_int_equal(vbar(1), 21);
}

/* A suspension that comes meanwhile changes nothing of it. */
TEST(test_registers_of_a_suspended_vcpu)
{
	stay_with(10, 11);
	lives_tell(LIFE_SUSPEND);
	cores_settle();
	expect_and_change(1, 11, 21);
	finish(DONE_3);
	lives_expect(LIFE_SUSPENDED);
	lives_tell(LIFE_RESUME);
	expect_both_run();
	assert_int_equal(vbar(0), 10);
	assert_int_equal(vbar(1), 21);
}

/* Core 1 hasn't heard of the resumption yet. */
static void ask_behind_resumption(void)
{
	begin();
	set_vbar(1, 11);
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	lives_tell(LIFE_RESUME);
	while (cores_interrupt(0))
		continue;
	cores_mended = 0;
	ask();
}

/* Core 1 hears of a resumption and of the next mend at once: its vCPU stood all the time. */
TEST(test_registers_of_one_that_stood_before)
{
	ask_behind_resumption();
	cores_settle();
	expect_and_change(1, 11, 21);
	finish(DONE_3);
	expect_both_run();
	assert_int_equal(vbar(1), 21);
}

/* The next mend comes before core 1 hears that this one is over. */
TEST(test_registers_of_one_mend_after_another)
{
	stay_with(10, 11);
	expect_and_change(1, 11, 21);
	cores_on(0);
	cores_service(0, SERVICE_DONE, DONE_3);
	while (cores_interrupt(0))
		continue;
	ask();
	cores_settle();
	expect_and_change(1, 21, 31);
	finish(DONE_3);
	expect_both_run();
	assert_int_equal(vbar(1), 31);
}

static void tell_late(void)
{
	life_vcpu_parked(&lives_partition->vcpus[1]);
}

/* Core 1 tells only now that its vCPU stands for a suspension that is over. The vCPU's registers
 * aren't laid down for this mend. */
TEST(test_registers_of_one_that_tells_late)
{
	ask_behind_resumption();
	while (cores_interrupt(0))
		continue;
	cores_do(1, tell_late);
	while (cores_interrupt(0))
		continue;
	assert_int_equal(lives_partition->mend.step, MEND_STANDS);
	cores_settle();
	expect_and_change(1, 11, 21);
	finish(DONE_3);
	expect_both_run();
	assert_int_equal(vbar(1), 21);
}

/* The next life has none of it. */
TEST(test_registers_end_with_the_life)
{
	stay_with(10, 11);
	lives_tell(LIFE_RESTART);
	cores_settle();
	expect_and_change(0, 10, 20);
	finish(DONE_3);
	cores_load_all();
	cores_settle();
	lives_expect(LIFE_RUNNING);
	assert_int_not_equal(vbar(0), 20);
	assert_int_equal(lives_partition->vcpus[0].life.parked, VCPU_UNPARKED);
}

/* ---- the loader fails ---- */

TEST(test_a_loader_that_fails_once)
{
	begin_and_stay(MEND_AGAIN);
	assert_false(lives_runs(1));
	finish(DONE_3);
	expect_answer(DONE_3);
	expect_both_run();
}

TEST(test_a_loader_that_fails_twice)
{
	begin_and_stay(MEND_AGAIN);
	cores_service(0, 99, 0);
	cores_settle();
	expect_answer(WATCH_MEND_FAILED);
	expect_both_run();
	assert_int_equal(lives_partition->console->mends.mends, 0);
}

/* ---- the frame fails ---- */

static void recover(void)
{
	partition_unload(lives_partition);
	life_mend_recover(lives_partition);
}

/* The frame failed on the home core, right behind the store of this step. */
static void fail_at(enum mend_step step)
{
	lives_partition->mend.step = step;
	cores_do(0, recover);
}

static void finish_whole(uint32_t mends)
{
	finish(DONE_3);
	expect_answer(DONE_3);
	expect_both_run();
	assert_int_equal(lives_partition->console->mends.mends, mends);
	assert_int_equal(lives_partition->console->mends.words, 3 * mends);
}

/* No vCPU was told to stand yet. One that stood for another reason has reported it. */
TEST(test_a_frame_that_fails_before_all_stand)
{
	begin();
	ask();
	while (cores_interrupt(0))
		continue;
	lives_partition->debug.holds = 0;
	lives_partition->mend.laid = lives_partition->parked = 3;
	fail_at(MEND_STANDS);
	while (cores_interrupt(0))
		continue;
	assert_int_equal(lives_partition->mend.step, MEND_STANDS);
	finish_whole(1);
}

TEST(test_a_frame_that_fails_under_the_loader)
{
	for (enum mend_step step = MEND_RUNS; step <= MEND_AGAIN; step++) {
		begin_and_stay(step);
		fail_at(step);
		assert_int_equal(lives_partition->loader_info->task, LOADER_MEND_AGAIN);
		finish_whole(1);
	}
}

/* The loader's finished changes aren't repeated. */
TEST(test_a_frame_that_fails_behind_the_loader)
{
	for (uint32_t told = 0; told < 2; told++) {
		begin_and_stay(MEND_RUNS);
		box()->answer = DONE_3;
		if (told)
			lives_partition->debug.holds = 0;
		fail_at(told ? MEND_GOES_ON : MEND_OVER);
		assert_int_equal(lives_partition->mend.step, MEND_NONE);
		finish_whole(1);
	}
}

/* Behind the answer: the watcher has asked for the next one. */
TEST(test_a_frame_that_fails_behind_the_answer)
{
	begin_and_stay(MEND_RUNS);
	box()->answered = box()->asked;
	ask();
	box()->answer = DONE_3; /* of the last one */
	lives_partition->debug.holds = 0;
	fail_at(MEND_GOES_ON);
	assert_true(mend_is_asked(box()));
	finish_whole(1);
}

/* ---- it doesn't run ---- */

TEST(test_only_a_running_partition_is_mended)
{
	for (enum life_state life = LIFE_STOPPED; life < LIFE_STATES; life++) {
		if (life == LIFE_RUNNING)
			continue;
		lives_reach(life);
		lives_partition->loader_info->mend = (uintptr_t)box();
		ask();
		cores_settle();
		expect_answer(WATCH_MEND_REFUSED);
		cores_load_all();
	}
}

static void attach(void)
{
	lives_partition->console->debug.request = (struct debug_request){.op = DEBUG_ATTACH};
	lives_partition->console->debug.asked++;
	cores_tell(3, 0, (enum life_command)LIFE_LOOK);
}

TEST(test_a_debugged_partition_is_not_mended)
{
	begin();
	attach();
	cores_settle();
	assert_int_equal(lives_partition->debug.attached, 1);
	ask();
	cores_settle();
	assert_false(mend_is_asked(box()));
	assert_int_equal(box()->answer, WATCH_MEND_REFUSED);
	assert_int_equal(lives_partition->debug.holds, 3); /* the debugger's hold stays */
}

TEST(test_a_debugger_waits_for_the_mend)
{
	begin_and_stay(MEND_RUNS);
	attach();
	cores_settle();
	assert_int_equal(lives_partition->debug.attached, 0);
	finish(DONE_3);
	assert_int_equal(box()->answer, DONE_3);
	assert_int_equal(lives_partition->debug.attached, 1);
	assert_int_equal(lives_partition->console->debug.status, DEBUG_OK);
	assert_null(cores_breach_settled());
}

/* ---- something else becomes of it meanwhile ---- */

/* Core 1 doesn't hear that its vCPU is to stand. */
TEST(test_a_vcpu_that_never_stands_ends_the_wait)
{
	begin();
	ask();
	while (cores_interrupt(0))
		continue;
	assert_int_equal(lives_partition->mend.step, MEND_STANDS);
	assert_false(lives_runs(0));
	assert_true(lives_runs(1));
	fake_time(lives_now += CORES_MEND_LIMIT * MILLISECOND / 1000 - 1);
	while (cores_interrupt(0))
		continue;
	assert_false(lives_runs(0));
	fake_time(lives_now += 2);
	while (cores_interrupt(0))
		continue;
	assert_true(lives_runs(0));
	assert_int_equal(box()->answer, WATCH_MEND_LATE);
	cores_settle();
	expect_answer(WATCH_MEND_LATE);
	expect_both_run();
}

TEST(test_a_suspension_before_all_stand)
{
	begin();
	ask();
	while (cores_interrupt(0))
		continue;
	lives_tell(LIFE_SUSPEND);
	lives_expect(LIFE_SUSPENDED);
	expect_answer(WATCH_MEND_REFUSED);
	lives_tell(LIFE_RESUME);
	expect_both_run();
}

TEST(test_a_suspension_waits)
{
	for (enum mend_step step = MEND_RUNS; step <= MEND_AGAIN; step++) {
		begin_and_stay(step);
		lives_tell(LIFE_SUSPEND);
		cores_settle();
		assert_int_equal(cores_state(0), LIFE_SUSPENDING);
		finish(DONE_3);
		lives_expect(LIFE_SUSPENDED);
		expect_answer(DONE_3);
		lives_tell(LIFE_RESUME);
		expect_both_run();
	}
}

/* It stands until the loader has done its part, told to resume or not. */
TEST(test_a_suspension_that_ends_first)
{
	begin_and_stay(MEND_RUNS);
	lives_tell(LIFE_SUSPEND);
	lives_tell(LIFE_RESUME);
	cores_settle();
	assert_false(lives_runs(0));
	assert_false(lives_runs(1));
	finish(DONE_3);
	cores_settle();
	expect_answer(DONE_3);
	expect_both_run();
}

TEST(test_an_end_waits_for_the_loader)
{
	static const enum life_command ends[] = {LIFE_STOP, LIFE_RESTART};

	for (enum mend_step step = MEND_RUNS; step <= MEND_AGAIN; step++)
		for (size_t i = 0; i < 2; i++) {
			begin_and_stay(step);
			lives_tell(ends[i]);
			cores_settle();
			assert_int_equal(cores_state(0), LIFE_STOPPING);
			cores_on(0);
			assert_true(lives_partition->loader_info->task >= LOADER_MEND);
			finish(DONE_3);
			expect_answer(DONE_3);
			cores_load_all();
			lives_expect(i == 0 ? LIFE_STOPPED : LIFE_RUNNING);
		}
}

/* A watchdog's end, say, by a vCPU that stands: then it is held. */
TEST(test_a_held_partition_is_whole)
{
	struct bundle_life life = CORES_LIFE;

	life.on_crash = LIFE_DO_HOLD;
	begin_with(life, 0);
	cores_mended = 0;
	ask();
	cores_settle();
	lives_partition->life.ending = STOP_WATCHDOG;
	cores_tell(3, 0, (enum life_command)LIFE_LOOK);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_HOLDING);
	assert_int_equal(lives_partition->loader_info->task, LOADER_MEND);
	finish(DONE_3);
	lives_expect(LIFE_HELD);
	expect_answer(DONE_3);
}

/* ---- time ---- */

/* A partition that isn't to see that it stands doesn't see that, either. */
TEST(test_time_is_hidden)
{
	for (uint32_t hides = 0; hides < 2; hides++) {
		begin_with((struct bundle_life)CORES_LIFE, hides ? (uint32_t)BUNDLE_HIDE_TIME : 0);
		cores_mended = 0;
		ask();
		cores_settle();
		fake_time(lives_now += 1000);
		finish(DONE_3);
		expect_both_run();
		assert_int_equal(lives_partition->life.hidden, hides ? 1000 : 0);
	}
}
