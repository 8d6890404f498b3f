/*
 * Endless messages for one vCPU of a core, from other vCPUs of its partition elsewhere. They
 * neither keep the core from switching to the next vCPU, nor others' messages from being taken, nor
 * the vCPU from its due priority.
 *
 * Shows: time.storm.
 */
#include "cores.h"
#include "seen.h"
#include "vgic_deliver.h"

#include <fake/cpu.h>
#include <run/move.h>
#include <run/promise.h>
#include <run/resident.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/vcpu.h>

#define CPU_ON 0xc4000003
#define SGI    3u
#define US(n)  ((n)*125 / 2) /* ticks of the fake machine's counter; for even numbers */

/*
 * The sender has the second core. The other three share the first one; all but the first of them
 * have one class.
 */
static const struct cores_plan three = {
    .cores = 2,
    .partitions = 3,
    .vcpus = {1, 2, 1},
    .placed = true,
    .place = {{0}, {0, 1}, {0}},
    .priority = {200, 101, 100},
    .looks = true,
};

/* The same, where the one that is sent to has a higher number than the other one; and it moves. */
static const struct cores_plan moved = {
    .cores = 2,
    .partitions = 3,
    .vcpus = {1, 1, 2},
    .placed = true,
    .place = {{0}, {0}, {0, 1}},
    .roam = {{0}, {0}, {2, 0}},
    .priority = {200, 100, 101},
    .looks = true,
};

/* The one that is sent to has a budget, and may tell to be less urgent than the other one. */
static const struct cores_plan told = {
    .cores = 2,
    .partitions = 3,
    .vcpus = {1, 2, 1},
    .placed = true,
    .place = {{0}, {0, 1}, {0}},
    .promise = {{{.budget_us = 0}},
                {{.budget_us = 1000, .budget_period_us = 4000, .priority_high = 20}},
                {{.budget_us = 0}}},
    .priority = {200, 100, 101},
    .looks = true,
};

static struct vcpu *urgent, *victim, *sender, *other;
static uint32_t sent;

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

/* A core's first work; then its guests wait. */
static void begin_on(uint32_t number)
{
	while (cores_interrupt(number))
		continue;
	if (cores_sleeps(number))
		return;
	if (core.current->kind == CONTEXT_LOADER)
		cores_load(number);
	else if (core.current == &sender[-1].context && sender->context.state == CONTEXT_OFF)
		cores_call(number, CPU_ON, 1, CORES_ENTRY, 0);
	else
		cores_do(number, wait_now);
}

static void begin(const struct cores_plan *plan)
{
	uint32_t two = plan->vcpus[1] == 2 ? 1 : 2;

	cores_begin(plan);
	fake_time(0);
	urgent = &partition_at(0)->vcpus[0];
	victim = &partition_at(two)->vcpus[0];
	sender = &partition_at(two)->vcpus[1];
	other = &partition_at(3 - two)->vcpus[0];
	sent = 0;
	for (uint32_t i = 0; i < 40; i++) {
		cores_settle();
		begin_on(0);
		begin_on(1);
	}
	assert_true(seen_state(urgent) == ACCOUNT_WAITS && seen_state(victim) == ACCOUNT_WAITS &&
	            seen_state(other) == ACCOUNT_WAITS);
	assert_int_not_equal(seen_state(sender), ACCOUNT_OFF);
	victim->vgic.open |= 1u << SGI;
}

static void wake_both(void)
{
	resident_wake(other);
	resident_wake(victim);
}

static void wake_urgent(void)
{
	resident_wake(urgent);
}

/* Another one each time that this core looks. */
static void send(void)
{
	assert_in_range(++sent, 1, 100);
	cores_on(1);
	vgic_send_sgi(sender, (uint64_t)SGI << 24 | 1u, false);
}

static void take_storm(void)
{
	cores_meanwhile = send;
	(void)cores_interrupt(0);
	cores_meanwhile = NULL;
	cores_on(0);
	assert_ptr_equal(seen_running(), &victim->context);
	assert_ptr_equal(core.vcpu, victim);
	cores_exchange();
	assert_int_equal(victim->vgic.incoming, 0);
}

/* The first one wakes it, and it runs. */
TEST(test_storm_at_one_that_waits)
{
	begin(&three);
	cores_do(0, wake_both);
	cores_do(0, wait_now);
	assert_ptr_equal(seen_running(), &other->context);
	take_storm();
}

static void send_then_wait(void)
{
	cores_meanwhile = send;
	wait_now();
}

/* They are held back while a more urgent vCPU runs, and come when it waits. */
TEST(test_storm_at_the_next_one)
{
	begin(&three);
	cores_do(0, wake_both);
	cores_do(0, wake_urgent);
	assert_ptr_equal(seen_running(), &urgent->context);
	cores_do(0, send_then_wait);
	take_storm();
}

static uint32_t late;

/* Each has to be resident for what it is asked for. */
static void ask(void)
{
	late += other->life.asked != 0;
	if (++sent >= 100)
		return;
	cores_on(1);
	vgic_ask(sender, victim, VGIC_ASK_REQUEST);
}

static void storm_of_requests(void)
{
	cores_do(0, wake_both);
	late = 0;
	cores_meanwhile = ask;
	cores_on(1);
	vgic_ask(sender, victim, VGIC_ASK_REQUEST);
	partition_ask_all(other->partition, VCPU_FOLLOW);
	while (cores_interrupt(0))
		continue;
	cores_meanwhile = NULL;
	assert_int_equal(other->life.asked, 0);
	assert_in_range(late, 1, 10);
}

/* Messages of two equals are taken in turn, also where each is put off once. */
TEST(test_storm_of_requests_beside_another_message)
{
	begin(&three);
	storm_of_requests();
}

static void move_to(uint32_t number)
{
	cores_on(0);
	assert_int_equal(move_ask(victim->partition->index, victim->index, number), 0);
	cores_exchange();
	assert_int_equal(victim->core, number);
	assert_int_equal(victim->comes, 0);
}

/* The turns go by their numbers, and not by the last arrival. */
TEST(test_storm_of_requests_at_one_that_has_moved)
{
	begin(&moved);
	move_to(1);
	move_to(0);
	cores_on(0);
	assert_ptr_equal(core.vcpus, victim);
	storm_of_requests();
}

static void tell_low(void)
{
	assert_int_equal(promise_priority(victim, victim->run.low), 0);
}

static void wake_other(void)
{
	resident_wake(other);
}

/* An SGI while nothing is left of its budget makes it as urgent as it may be; with the next budget
 * it runs before vCPUs that were more urgent before. */
TEST(test_raised_without_budget)
{
	begin(&told);
	fake_time(US(4000));
	cores_exchange();
	cores_do(0, wake_both);
	cores_do(0, tell_low);
	cores_do(0, wait_now);
	assert_ptr_equal(seen_running(), &victim->context);
	fake_time(US(5000));
	cores_exchange();
	assert_int_equal(seen_state(victim), ACCOUNT_EXHAUSTED);
	assert_int_equal(victim->context.priority, 100);
	cores_do(0, wake_other);
	send();
	cores_exchange();
	assert_int_equal(victim->context.priority, 120);
	send();
	cores_on(0);
	assert_false(cores_interrupt(0));
	assert_ptr_equal(seen_running(), &other->context);
	fake_time(US(8000));
	cores_exchange();
	cores_on(0);
	assert_ptr_equal(seen_running(), &victim->context);
	assert_int_equal(victim->vgic.incoming, 0);
}
