/*
 * Brokers whose sender has a budget: they stop when it is used up, and go on in the next period.
 * The sender is on core 0 beside a less urgent partition, both with an end of the channel; the
 * third end is on core 1.
 */
#include "cores.h"
#include "seen.h"

#include <devices/emulated.h>
#include <devices/ends.h>
#include <machine/activation.h>
#include <run/broker.h>
#include <run/resident.h>
#include <state/core.h>
#include <state/partition.h>
#include <stdlib.h>
#include <turn/service_calls.h>
#include <unit.h>
#include <word/channel.h>

#define NOTIFY 0x050
#define US(n)  ((n)*125 / 2) /* ticks of the fake machine's counter; for even numbers */
#define FULL   US(1600)
#define PERIOD US(8000)
#define REST   (FULL / 8)

static const struct cores_plan limited = {
    .cores = 2,
    .partitions = 3,
    .vcpus = {1, 1, 1},
    .placed = true,
    .place = {{0}, {0}, {1}},
    .priority = {20, 10, 10},
    .channel = true,
    .stay_on = true,
    .promise = {{{.budget_us = 1600, .budget_period_us = 8000}}},
};

static struct vcpu *sender(void)
{
	return &partition_at(0)->vcpus[0];
}

static struct context *broker(void)
{
	return &partition_at(0)->brokers[0].service.context;
}

static bool runs(const struct context *context)
{
	cores_on(0);
	return seen_running() == context;
}

static void rest(void)
{
	uint64_t *x = core.current->x;

	assert_int_equal(core.current->kind, CONTEXT_BROKER);
	x[8] = SERVICE_REST;
	x[0] = x[1] = x[3] = 0;
	x[2] = SERVICE_FOREVER;
	service_call(core.current);
}

static void notify(void)
{
	assert_ptr_equal(core.vcpu, sender());
	assert_true(devices_take(partition_at(0)));
	assert_true(ends_write(core.vcpu, 0, NOTIFY, 4, 1));
	devices_give(partition_at(0));
}

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

/* Brings the machine to this time. */
static void at(uint64_t time)
{
	fake_time(time);
	cores_exchange();
}

/* Lets this core's brokers rest, and the sender wait. */
static void quiet(uint32_t number)
{
	cores_on(number);
	while (core.current->kind == CONTEXT_BROKER || core.current == &sender()->context)
		cores_do(number, core.current->kind == CONTEXT_BROKER ? rest : wait_now);
}

static void wake_now(void)
{
	resident_wake(sender());
}

/* All brokers have done their first look, and nothing of the budget is spent. */
static void begin(const struct cores_plan *plan)
{
	cores_begin(plan);
	fake_time(0);
	cores_load_all();
	quiet(0);
	cores_load_all();
	quiet(0);
	quiet(1);
	cores_do(0, wake_now);
	assert_true(runs(&sender()->context));
	assert_int_equal(seen_left(sender()), FULL);
	assert_null(cores_breach());
}

/* ---- a limit ---- */

TEST(test_a_broker_is_told_how_long_it_may_work)
{
	begin(&limited);
	fake_time(US(200));
	cores_do(0, notify);
	assert_true(runs(broker()));
	assert_int_equal(broker()->x[0], CHANNEL_WORK_QUEUE | CHANNEL_WORK_UNTIL);
	assert_int_equal(broker()->x[3], FULL - REST);
	fake_time(US(400));
	cores_do(0, notify);
	assert_true(runs(broker()));
	cores_do(0, rest); /* which finds the second notice */
	assert_true(runs(broker()));
	assert_int_equal(broker()->x[3], FULL - REST);
}

/*
 * The sender and its broker share the budget. The broker goes on where it was.
 * Shows: channel.stopped.
 */
TEST(test_a_broker_stops_with_the_budget)
{
	begin(&limited);
	fake_time(US(200));
	cores_do(0, notify);
	broker()->x[5] = 77;
	at(FULL - 1);
	cores_turn_to(0, broker());
	assert_true(runs(broker()));
	at(FULL);
	assert_false(runs(broker()));
	assert_int_equal(seen_left(sender()), 0);
	assert_int_equal(shared_memory->channel[0].runs[0], 0);
	at(FULL + 1);
	assert_true(runs(&partition_at(1)->vcpus[0].context));
	assert_int_equal(seen_state(sender()), ACCOUNT_EXHAUSTED);
	at(PERIOD - 1);
	assert_true(runs(&partition_at(1)->vcpus[0].context));
	at(PERIOD);
	cores_turn_to(0, broker());
	assert_true(runs(broker()));
	assert_int_equal(broker()->x[5], 77);
	assert_int_equal(broker()->x[0], CHANNEL_WORK_QUEUE | CHANNEL_WORK_UNTIL);
	assert_null(cores_breach());
}

/* The sender waits meanwhile: its budget pays all the same, in each period. */
TEST(test_a_flood_has_its_budget_in_each_period)
{
	uint64_t ran = 0;

	begin(&limited);
	cores_do(0, notify);
	assert_true(runs(broker()));
	for (uint64_t time = 0; time < 10 * PERIOD; time += US(40)) {
		fake_time(time);
		cores_exchange();
		ran += runs(broker()) || runs(&sender()->context);
	}
	assert_in_range(ran, 10 * FULL / US(40) - 10, 10 * FULL / US(40) + 10);
}

/* So little is left that the broker would stop in a delivery. */
TEST(test_a_notice_at_the_end_waits)
{
	begin(&limited);
	at(FULL - REST);
	cores_do(0, notify);
	assert_true(runs(&sender()->context));
	at(FULL);
	assert_true(runs(&partition_at(1)->vcpus[0].context));
	at(PERIOD);
	cores_turn_to(0, broker());
	assert_true(runs(broker()));
	assert_int_equal(broker()->x[0], CHANNEL_WORK_QUEUE | CHANNEL_WORK_UNTIL);
	assert_int_equal(broker()->x[3], PERIOD + FULL - REST);
}

/* The same if the broker rests, and more work has come. */
TEST(test_work_that_came_meanwhile_waits)
{
	begin(&limited);
	cores_do(0, notify);
	fake_time(FULL - REST);
	cores_do(0, notify);
	assert_true(runs(broker()));
	cores_do(0, rest);
	assert_true(runs(&sender()->context));
	at(FULL);
	at(PERIOD);
	cores_turn_to(0, broker());
	assert_true(runs(broker()));
	assert_int_equal(broker()->x[0], CHANNEL_WORK_QUEUE | CHANNEL_WORK_UNTIL);
}

#define WAY_IN US(10)

/* As in trap.c. */
static void interrupt_wakes(void)
{
	core.interrupted = sysreg_read(cntpct_el0);
	fake_time(core.interrupted + WAY_IN);
	partition_at(0)->ends[0].work |= CHANNEL_WORK_QUEUE;
	broker_wake(&partition_at(0)->brokers[0]);
}

/* A broker that others wake pays for its ways in and back, as a vCPU does. Shows: time.pays. */
TEST(test_switches_are_paid_for)
{
	uint64_t left;

	begin(&limited);
	cores_do(0, wait_now);
	assert_true(runs(&partition_at(1)->vcpus[0].context));
	fake_time(US(200));
	left = sender()->run.budget.left;
	cores_do(0, interrupt_wakes);
	assert_true(runs(broker()));
	cores_do(0, rest);
	assert_int_equal(sender()->run.budget.left, left - WAY_IN * 5 / 2);
}

/* ---- needs of others ---- */

TEST(test_an_end_leaves_beside_a_stopped_broker)
{
	begin(&limited);
	cores_do(0, notify);
	at(FULL);
	cores_tell(0, 2, LIFE_SUSPEND);
	at(FULL + 1);
	assert_int_equal(cores_state(2), LIFE_SUSPENDED);
	assert_int_equal(shared_memory->channel[0].leaving, 0);
	broker()->x[0] = 1;
	at(PERIOD);
	cores_turn_to(0, broker());
	assert_true(runs(broker()));
	assert_int_equal(broker()->x[0], SERVICE_INFO); /* it has begun anew */
}

TEST(test_a_senders_new_life_beside_its_stopped_broker)
{
	begin(&limited);
	cores_do(0, notify);
	at(FULL);
	cores_tell(1, 0, LIFE_RESTART);
	at(FULL + 1);
	cores_load_all();
	for (uint64_t time = FULL + 1; time < 3 * PERIOD; time += US(40))
		at(time);
	assert_int_equal(cores_state(0), LIFE_RUNNING);
	at(3 * PERIOD);
	cores_turn_to(0, broker());
	assert_true(runs(broker()));
	assert_int_equal(broker()->x[0], SERVICE_INFO);
	assert_null(cores_breach());
}

/* A budget's clock stands still with the partition, but its broker may have to give queues back. */
TEST(test_a_suspended_senders_broker_goes_on)
{
	begin(&limited);
	cores_do(0, notify);
	at(FULL);
	cores_tell(1, 0, LIFE_SUSPEND);
	at(FULL + 1);
	assert_int_equal(cores_state(0), LIFE_SUSPENDED);
	at(PERIOD);
	assert_true(runs(broker()));
	cores_do(0, rest);
	at(PERIOD + FULL);
	cores_tell(1, 0, LIFE_RESUME);
	at(3 * PERIOD);
	assert_int_equal(cores_state(0), LIFE_RUNNING);
}

/* ---- no limit ---- */

TEST(test_a_guarantee_stops_no_broker)
{
	struct cores_plan plan = limited;

	plan.promise[0][0].flags = BUNDLE_VCPU_GUARANTEE;
	begin(&plan);
	cores_do(0, notify);
	assert_true(runs(broker()));
	assert_int_equal(broker()->x[0], CHANNEL_WORK_QUEUE);
	for (uint64_t time = 0; time < PERIOD; time += US(200)) {
		at(time);
		cores_turn_to(0, broker());
		assert_true(runs(broker()));
	}
}

/* ---- at random ---- */

#define STEPS 200000

static uint64_t random_now = 31;

static uint64_t draw(uint64_t below)
{
	random_now ^= random_now << 13;
	random_now ^= random_now >> 7;
	random_now ^= random_now << 17;
	return random_now % below;
}

static void rest_and_have_looked(void)
{
	uint64_t *x = core.current->x;

	x[8] = SERVICE_REST;
	x[0] = draw(8);
	x[1] = draw(8);
	x[2] = draw(2) ? SERVICE_FOREVER : sysreg_read(cntpct_el0) + draw(PERIOD);
	x[3] = 0;
	service_call(core.current);
}

/* Does something on core 0, or to the end on core 1. */
static void act(void)
{
	cores_on(0);
	if (draw(20) == 0)
		cores_tell(0, 2, draw(2) ? LIFE_SUSPEND : LIFE_RESUME);
	else if (cores_sleeps(0))
		cores_on(1);
	else if (core.current->kind == CONTEXT_BROKER)
		cores_do(0, draw(3) ? rest_and_have_looked : rest);
	else if (core.current == &sender()->context)
		cores_do(0, draw(3) ? notify : wait_now);
	else
		cores_do(0, wake_now);
}

/* Returns the next time: no timer's interrupt and no period's end lies in between. */
static uint64_t later(uint64_t time)
{
	uint64_t next = time + 1 + draw(US(100)), end = (time / PERIOD + 1) * PERIOD;

	cores_on(0);
	next = seen_armed() > time && seen_armed() < next ? seen_armed() : next;
	return next < end ? next : end;
}

/* In each period the sender and its broker together have at most the budget; and they have most of
 * it in many, so the broker is never left behind. */
TEST(test_at_random)
{
	uint64_t time = 0, ran = 0, period = 0, used_up = 0, stopped = 0;

	begin(&limited);
	for (uint32_t i = 0; i < STEPS; i++) {
		uint64_t next = later(time);

		if (runs(&sender()->context) || runs(broker()))
			ran += next - time;
		assert_true(ran <= FULL);
		at(time = next);
		if (time / PERIOD != period) {
			used_up += ran == FULL;
			period = time / PERIOD;
			ran = 0;
		}
		if (draw(2))
			act();
		cores_exchange();
		assert_null(cores_breach());
		stopped += broker()->state == CONTEXT_EXHAUSTED;
	}
	print_message("%lu of %lu budgets used up, broker stopped in %lu of %u steps\n",
	              (unsigned long)used_up, (unsigned long)period, (unsigned long)stopped, STEPS);
	assert_true(stopped > STEPS / 100 && used_up > period / 10);
}
