/*
 * Missed deadlines beside other events: one is handled at each interrupt, so that interrupts aren't
 * masked for long; each miss counts once, and none about a period that is over by then. One case
 * each, beside those that test_promises.c plays.
 *
 * Shows: time.deadlines.
 */
#include "cores.h"
#include "seen.h"

#include <fake/cpu.h>
#include <kumiki/hypercall.h>
#include <run/move.h>
#include <run/resident.h>
#include <stdlib.h>
#include <string.h>
#include <turn/mail_take.h>
#include <unit.h>
#include <word/mend.h>

#define CPU_OFF    0x84000002ULL
#define US(n)      ((n)*125 / 2) /* ticks of the fake machine's counter; for even numbers */
#define WATCHED    .deadline_us = 1000, .period_us = 8000
#define INTERRUPTS 20u

/* Equals on the first core; the second of them may go to the other one. */
static const struct cores_plan equals = {
    .cores = 2,
    .partitions = 3,
    .vcpus = {1, 1, 1},
    .placed = true,
    .roam = {{0}, {3}, {0}},
    .life = {CORES_LIFE, CORES_LIFE, CORES_LIFE},
    .promise = {{{WATCHED}}, {{WATCHED}}, {{.budget_us = 200, .budget_period_us = 1000}}},
};

static struct vcpu *vcpu_at(uint32_t partition)
{
	return &partition_at(partition)->vcpus[0];
}

static uint32_t misses(uint32_t partition)
{
	return vcpu_at(partition)->run.account->misses;
}

static uint32_t recorded(uint32_t partition)
{
	return partition_at(partition)->console->misses.next;
}

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

static void wake_all(void)
{
	for (uint32_t i = 0; i < cores_plan.partitions; i++)
		resident_wake(vcpu_at(i));
}

/* All wait, and wake at once at 0. */
static void begin(const struct cores_plan *plan)
{
	cores_begin(plan);
	fake_time(0);
	for (uint32_t i = 0; i < plan->partitions; i++) {
		cores_load_all();
		cores_do(0, wait_now);
	}
	assert_true(cores_sleeps(0));
	cores_do(0, wake_all);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(vcpu_at(i)->run.deadline.at, US(1000));
}

/* The due events that an interrupt has handled. */
static uint32_t done(void)
{
	return misses(0) + misses(1) + (vcpu_at(2)->context.state != CONTEXT_EXHAUSTED);
}

static void use_up(void)
{
	cores_turn_to(0, &vcpu_at(2)->context);
	fake_time(US(200));
	cores_exchange();
	assert_int_equal(seen_state(vcpu_at(2)), ACCOUNT_EXHAUSTED);
}

/* Two deadlines, and a budget's new period. */
TEST(test_one_thing_at_an_interrupt)
{
	uint32_t was, interrupts = 0;

	begin(&equals);
	use_up();
	fake_time(US(1000));
	for (was = done(); cores_interrupt(0); was = done()) {
		assert_true(done() - was <= 1);
		assert_true(interrupts++ < INTERRUPTS);
	}
	assert_int_equal(was, 3);
	for (uint32_t i = 0; i < 2; i++) {
		const struct miss *miss = &partition_at(i)->console->misses.misses[0];

		assert_int_equal(misses(i), 1);
		assert_int_equal(recorded(i), 1);
		assert_int_equal(miss->at, US(1000));
		assert_int_equal(miss->time, US(1000));
		assert_int_equal(miss->vcpu, vcpu_at(i)->context.trace_id);
		assert_int_equal(vcpu_at(i)->run.deadline.at, US(9000));
	}
	cores_on(0);
	assert_true(core.deadline[TIMER_PROMISE] > US(1000));
}

static uint32_t orders;

/* A reader that sees anything of the new entry sees that it isn't whole. */
static void look_at_record(void)
{
	const struct miss *miss = &partition_at(0)->console->misses.misses[0];

	if (recorded(0) != 1 || orders != 0)
		return;
	orders++;
	assert_int_equal(miss->number, 0);
	assert_int_equal(miss->time, 0);
}

TEST(test_a_record_is_void_before_it_changes)
{
	orders = 0;
	begin(&equals);
	fake_time(US(1000));
	fake_on_order = look_at_record;
	while (cores_interrupt(0))
		continue;
	assert_int_equal(orders, 1);
	assert_int_equal(partition_at(0)->console->misses.misses[0].number, 1);
}

static void take_mail(void)
{
	mail_take(0);
}

/* On its new core, and once. */
TEST(test_it_is_missed_where_it_has_gone_to)
{
	struct vcpu *goes = vcpu_at(1);

	begin(&equals);
	cores_turn_to(0, &vcpu_at(0)->context);
	fake_time(US(1000));
	assert_int_equal(move_ask(1, 0, 1), 0);
	cores_do(0, take_mail);
	assert_int_equal(goes->core, 1);
	assert_int_equal(misses(1), 0);
	cores_exchange();
	assert_int_equal(misses(0), 1);
	assert_int_equal(misses(1), 1);
	assert_int_equal(recorded(1), 1);
	cores_on(1);
	assert_ptr_equal(seen_running(), &goes->context);
	assert_int_equal(core.deadline[TIMER_PROMISE], US(9000));
}

static void switch_off(void)
{
	cores_call(0, CPU_OFF, 0, 0, 0);
}

/* Nobody has seen the miss yet: this one is void, and the other vCPU's isn't. */
TEST(test_one_that_is_off_misses_nothing)
{
	begin(&equals);
	cores_turn_to(0, &vcpu_at(0)->context);
	cores_on(0);
	assert_int_equal(core.promise_of < equals.partitions, 1);
	fake_time(US(1000));
	switch_off();
	assert_int_equal(seen_state(vcpu_at(0)), ACCOUNT_OFF);
	cores_exchange();
	assert_int_equal(misses(0), 0);
	assert_int_equal(misses(1), 1);
}

static const struct cores_plan restarts = {
    .cores = 1,
    .partitions = 2,
    .vcpus = {1, 1},
    .placed = true,
    .life = {CORES_LIFE, CORES_LIFE},
    .promise = {{{WATCHED}}, {{WATCHED, .on_miss = BUNDLE_MISS_RESTART}}},
};

/* The operator's restart comes first: the new life isn't ended for a miss of the old one. */
TEST(test_a_restart_forgets_late_work)
{
	struct vcpu *vcpu = vcpu_at(1);

	begin(&restarts);
	cores_turn_to(0, &vcpu_at(0)->context);
	cores_tell(0, 1, LIFE_RESTART);
	fake_time(US(1000));
	for (uint32_t i = 0; vcpu->context.state != CONTEXT_OFF; i++) {
		assert_true(i < INTERRUPTS);
		cores_do(0, take_mail);
	}
	assert_int_equal(misses(0) + misses(1), 0);
	cores_settle();
	cores_load_all();
	assert_int_equal(cores_state(1), LIFE_RUNNING);
	assert_int_equal(seen_life(partition_at(1))->starts, 2);
	assert_int_equal(seen_life(partition_at(1))->failed, 0);
	assert_int_equal(misses(0), 1);
	assert_int_equal(misses(1), 0);
	assert_int_equal(recorded(1), 0);
}

/* Both are late at once. One is restarted for it, once, and the other one's miss is reported. */
TEST(test_it_is_answered_beside_another_miss)
{
	begin(&restarts);
	fake_time(US(1000));
	for (uint32_t i = 0; misses(0) + misses(1) < 2; i++) {
		uint32_t was = misses(0) + misses(1);

		assert_true(i < INTERRUPTS);
		assert_true(cores_interrupt(0));
		assert_true(misses(0) + misses(1) - was <= 1);
		/* The interrupt that counts a miss also decides its consequence. */
		assert_int_equal(partition_at(1)->life.ending,
		                 misses(1) != 0 ? STOP_DEADLINE : STOP_NONE);
	}
	cores_settle();
	assert_int_equal(seen_life(partition_at(1))->failed, 1);
	assert_int_equal(seen_life(partition_at(1))->reason, STOP_DEADLINE);
	assert_int_equal(partition_at(0)->life.ending, STOP_NONE);
	assert_int_equal(misses(0), 1);
	assert_int_equal(misses(1), 1);
}

static void wake_first(void)
{
	resident_wake(vcpu_at(0));
}

static void wake_second(void)
{
	resident_wake(vcpu_at(1));
}

static void wait_for_timer(void)
{
	struct vcpu *vcpu = vcpu_of(core.current);

	vcpu->vgic.open |= core.virtual_timer;
	sysreg_write(cntv_cval_el0, US(10500));
	sysreg_write(cntv_ctl_el0, 1);
	resident_wait(vcpu);
}

/* Its timer was over while somebody more urgent ran. That it is late by all of its period is what
 * wakes it, and so it goes to a core that is idle, where nothing begins anew. */
TEST(test_a_waiting_vcpu_is_late_before_it_goes)
{
	static const struct cores_plan behind = {
	    .cores = 2,
	    .partitions = 2,
	    .vcpus = {1, 1},
	    .placed = true,
	    .priority = {10, 50},
	    .roam = {{3}},
	    .promise = {{{.deadline_us = 1000, .period_us = 1000}}},
	};
	struct vcpu *goes = vcpu_at(0), *urgent = vcpu_at(1);

	cores_begin(&behind);
	fake_time(0);
	cores_load_all();
	cores_do(0, wait_now);
	cores_load_all();
	assert_ptr_equal(seen_running(), &goes->context);
	cores_do(0, wait_for_timer);
	cores_do(0, wake_second);
	assert_ptr_equal(seen_running(), &urgent->context);
	assert_int_equal(goes->run.due, US(10500));
	fake_time(US(11498));
	assert_false(cores_interrupt(0));
	assert_true(seen_state(goes) == ACCOUNT_WAITS);
	fake_time(US(11500));
	cores_exchange();
	assert_int_equal(goes->core, 1);
	cores_on(1);
	assert_ptr_equal(seen_running(), &goes->context);
	assert_int_equal(misses(0), 1);
	assert_int_equal(recorded(0), 1);
	assert_int_equal(partition_at(0)->console->misses.misses[0].at, US(11500));
	assert_int_equal(goes->run.deadline.at, US(12500));
}

/* A vCPU lowers its priority below one with a new budget, and makes way for it at once. */
TEST(test_a_vcpu_that_lowers_its_priority_makes_way)
{
	static const struct cores_plan tasks = {
	    .cores = 1,
	    .partitions = 2,
	    .vcpus = {1, 1},
	    .placed = true,
	    .priority = {10, 50},
	    .promise = {{{.priority_high = 100}}, {{.budget_us = 200, .budget_period_us = 1000}}},
	};
	struct vcpu *urgent = vcpu_at(0), *other = vcpu_at(1);

	cores_begin(&tasks);
	fake_time(0);
	for (uint32_t i = 0; i < tasks.partitions; i++) {
		cores_load_all();
		cores_do(0, wait_now);
	}
	cores_do(0, wake_second);
	fake_time(US(200));
	cores_exchange();
	assert_int_equal(seen_state(other), ACCOUNT_EXHAUSTED);
	assert_true(cores_sleeps(0));
	cores_do(0, wake_first);
	assert_ptr_equal(seen_running(), &urgent->context);
	fake_time(US(1500));
	assert_false(cores_interrupt(0));
	assert_int_equal(seen_state(other), ACCOUNT_EXHAUSTED);
	cores_call(0, KUMIKI_CALL_PRIORITY, 10, 0, 0);
	cores_exchange();
	cores_on(0);
	assert_ptr_equal(seen_running(), &other->context);
	assert_int_equal(seen_left(other), US(200));
}

/* ---- a watcher's mend ---- */

static const struct cores_plan mends = {
    .cores = 2,
    .partitions = 1,
    .vcpus = {1},
    .placed = true,
    .life = {CORES_LIFE},
    .promise = {{{WATCHED}}},
    .mended = true,
};

/* The loader is at work, and doesn't come to an end. */
static void hold_for_mend(void)
{
	cores_mended = 0;
	mend_box_of(0)->asked++;
	cores_tell(1, 0, (enum life_command)LIFE_LOOK);
	cores_settle();
	assert_int_equal(partition_at(0)->mend.step, MEND_RUNS);
	assert_int_not_equal(vcpu_at(0)->life.parked, VCPU_UNPARKED);
}

static void end_mend(void)
{
	cores_mended = WATCH_MEND_DONE;
	cores_settle();
	assert_int_equal(partition_at(0)->mend.step, MEND_NONE);
	assert_int_equal(vcpu_at(0)->life.parked, VCPU_UNPARKED);
}

static void begin_mended(void)
{
	cores_begin(&mends);
	fake_time(0);
	cores_load_all();
	cores_do(0, wait_now);
}

/* The hold takes the work's time, over its deadline. */
TEST(test_work_that_a_mend_holds_is_late)
{
	begin_mended();
	cores_do(0, wake_first);
	hold_for_mend();
	assert_int_equal(vcpu_at(0)->run.deadline.at, US(1000));
	fake_time(US(998));
	assert_false(cores_interrupt(0));
	fake_time(US(1000));
	while (cores_interrupt(0))
		continue;
	assert_int_equal(misses(0), 1);
	assert_int_equal(recorded(0), 1);
	end_mend();
	assert_int_equal(vcpu_at(0)->run.deadline.at, US(9000));
	assert_int_equal(misses(0), 1);
}

/* A short hold takes nothing from the time that the work has. */
TEST(test_work_goes_on_after_a_mend)
{
	begin_mended();
	cores_do(0, wake_first);
	hold_for_mend();
	fake_time(US(400));
	end_mend();
	assert_int_equal(vcpu_at(0)->run.deadline.at, US(1000));
	cores_do(0, wait_now);
	assert_int_equal(misses(0), 0);
	fake_time(US(2000));
	cores_exchange();
	assert_int_equal(misses(0), 0);
}

/* Its timer was over while it stood: that was when its period began. */
TEST(test_a_period_begins_in_a_mend)
{
	begin_mended();
	cores_do(0, wake_first);
	cores_do(0, wait_for_timer);
	fake_time(US(10000));
	hold_for_mend();
	assert_true((vcpu_at(0)->life.parked & VCPU_WAITED) != 0);
	fake_time(US(11000));
	assert_int_equal(misses(0), 0);
	end_mend();
	assert_int_equal(vcpu_at(0)->run.deadline.at, US(11500));
}

/* The operator stops it: its open work doesn't count any more. */
TEST(test_a_suspension_in_a_mend_ends_the_deadline)
{
	begin_mended();
	cores_do(0, wake_first);
	hold_for_mend();
	cores_tell(1, 0, LIFE_SUSPEND);
	cores_settle();
	fake_time(US(1000));
	cores_mended = WATCH_MEND_DONE;
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_SUSPENDED);
	assert_int_equal(misses(0), 0);
}
