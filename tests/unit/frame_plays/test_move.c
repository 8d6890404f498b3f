/* Moves in rare combinations: one case each, beside those that test_resident.c plays. */
#include "cores.h"
#include "seen.h"

#include <fake/cpu.h>
#include <run/move.h>
#include <run/resident.h>
#include <run/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define US(n) ((n)*125 / 2) /* ticks of the fake machine's counter; for even numbers */

/* All are on the first core; the least urgent one may go to the second, which sleeps. */
static const struct cores_plan three = {
    .cores = 2,
    .partitions = 3,
    .vcpus = {1, 1, 1},
    .placed = true,
    .roam = {{0}, {0}, {3}},
    .priority = {200, 100, 50},
    .promise = {{{.budget_us = 1000, .budget_period_us = 4000, .flags = BUNDLE_VCPU_GUARANTEE}}},
};

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

static void wake_first(void)
{
	resident_wake(&partition_at(0)->vcpus[0]);
}

/* Before the EL2 timer's interrupt says that the first one has a new budget. */
static void wake_others(void)
{
	fake_time(US(4000));
	resident_wake(&partition_at(2)->vcpus[0]);
	resident_wake(&partition_at(1)->vcpus[0]);
}

/*
 * The first one has used up what it is guaranteed, and another one is chosen: with that the first
 * one's new budget is seen. The same choice pushes the last one to the second core, and the vCPU
 * that the first core is to run isn't forgotten for it.
 */
TEST(test_a_push_keeps_the_wish_to_choose_again)
{
	struct vcpu *first = &partition_at(0)->vcpus[0], *last = &partition_at(2)->vcpus[0];
	const char *breach;

	cores_begin(&three);
	fake_time(0);
	for (uint32_t i = 0; i < three.partitions; i++) {
		cores_load_all();
		cores_do(0, wait_now);
	}
	cores_do(0, wake_first);
	fake_time(US(2000));
	cores_exchange();
	cores_on(0);
	assert_ptr_equal(seen_running(), &first->context);
	assert_int_equal(first->run.lowered, 1);
	cores_do(0, wake_others);
	breach = cores_breach();
	if (breach != NULL)
		fail_msg("%s", breach);
	cores_on(0);
	assert_ptr_equal(seen_running(), &first->context);
	assert_int_equal(first->run.lowered, 0);
	assert_int_equal(last->core, 1);
	cores_exchange();
	cores_on(1);
	assert_ptr_equal(seen_running(), &last->context);
}

/* ---- vCPUs that wait in vain ---- */

/* Two that never wait have the first two cores, and one that is less urgent waits for either; two
 * behind that one could run on the third core or the fourth, which sleep. */
static const struct cores_plan blocked = {
    .cores = 4,
    .partitions = 4,
    .vcpus = {2, 1, 1, 1},
    .placed = true,
    .place = {{0, 1}, {0}, {0}, {0}},
    .roam = {{1, 2}, {3}, {5}, {9}},
    .priority = {200, 100, 50, 50},
};

static void wake_all(void)
{
	for (uint32_t i = 0; i < blocked.partitions; i++)
		resident_wake(&partition_at(i)->vcpus[0]);
}

/* Shows: moves.no-idle. */
TEST(test_a_vcpu_that_waits_in_vain_keeps_nobody_waiting)
{
	cores_begin(&blocked);
	fake_time(0);
	for (uint32_t i = 0; i < blocked.partitions; i++) {
		cores_load_all();
		if (i == 0)
			cores_call(0, 0xc4000003u, 1, CORES_ENTRY, 0);
		cores_exchange();
		cores_do(0, wait_now);
	}
	cores_do(0, wake_all);
	for (uint32_t i = 1; i <= 50; i++) {
		cores_exchange();
		fake_time(US(8002 * i));
	}
	assert_int_equal(partition_at(1)->vcpus[0].context.state, CONTEXT_READY);
	for (uint32_t i = 0; i < blocked.partitions; i++)
		assert_int_equal(partition_at(i)->vcpus[0].core, i < 2 ? 0 : i);
}

/* ---- vCPUs alone on a core ---- */

#define TURN_US (SCHED_TURN_HALVED_NS / 16000u) /* four are on the core */
#define STAY_US (MOVE_STAY_NS / 1000u)
#define STEP_US 50u

/* The first two take turns on the first core, where the last one, which is less urgent, waits for
 * them in vain: the second core has a more urgent one, which never waits. So has the first
 * one, now and then. */
static const struct cores_plan turns = {
    .cores = 2,
    .partitions = 4,
    .vcpus = {1, 1, 2, 1},
    .placed = true,
    .place = {{0}, {0}, {0, 1}, {0}},
    .roam = {{0}, {0}, {0}, {3}},
    .priority = {100, 100, 200, 50},
};

static uint64_t now_us;
static uint32_t subject;

static void wake_subject(void)
{
	resident_wake(&partition_at(subject)->vcpus[0]);
}

/* Events meanwhile are late by at most a twentieth of a turn. */
static void go_on(uint32_t microseconds)
{
	for (; microseconds != 0; microseconds -= STEP_US) {
		fake_time(US(now_us += STEP_US));
		cores_exchange();
	}
	cores_on(0);
}

/* A manager's order reaches it in the middle of the other one's turn. */
static void tell_equal(enum life_command command, enum life_state state)
{
	cores_tell(1, 1, command);
	cores_exchange();
	assert_int_equal(cores_state(1), state);
}

static void wake_here(uint32_t partition)
{
	subject = partition;
	cores_do(0, wake_subject);
}

static void begin_turns(void)
{
	cores_begin(&turns);
	fake_time(now_us = 0);
	for (uint32_t i = 0; i < turns.partitions; i++) {
		cores_load_all();
		if (i == 0) /* the most urgent one */
			cores_call(0, 0xc4000003u, 1, CORES_ENTRY, 0);
		cores_exchange();
		cores_do(0, wait_now);
	}
	go_on(2 * STAY_US);
	wake_here(3);
	wake_here(0);
	wake_here(1);
	go_on(2 * STAY_US); /* the last one could leave by now */
	assert_ptr_equal(seen_running(), &partition_at(0)->vcpus[0].context);
	assert_int_equal(partition_at(3)->vcpus[0].core, 0);
}

/*
 * The second one stands still while the first one has something left of a turn, and goes on later.
 * Until then the balancer looks now and then whether the last one finds a core: when the next look
 * is due isn't when a turn ends, neither for the second one nor where somebody interrupts the
 * first.
 */
TEST(test_a_look_that_is_due_is_nobodys_turn)
{
	const struct context *first, *second;

	for (uint32_t interrupted = 0; interrupted < 2; interrupted++) {
		begin_turns();
		first = &partition_at(0)->vcpus[0].context;
		second = &partition_at(1)->vcpus[0].context;
		go_on(TURN_US / 4);
		tell_equal(LIFE_SUSPEND, LIFE_SUSPENDED);
		go_on(TURN_US / 4);
		assert_ptr_equal(seen_running(), first);
		assert_true(core.deadline[TIMER_SLICE] > US(now_us + TURN_US)); /* a look */
		if (interrupted) {
			wake_here(2);
			cores_do(0, wait_now);
		}
		tell_equal(LIFE_RESUME, LIFE_RUNNING);
		go_on(TURN_US - STEP_US);
		assert_ptr_equal(seen_running(), first);
		go_on(STEP_US);
		assert_ptr_equal(seen_running(), second);
	}
}

/* ---- unlike cores ---- */

static struct cores_plan unlike;

/* Three that are equally urgent, begin on the first core, and may run on all; `stays`: a bit for
 * each that may not. All wait. */
static void begin_unlike(uint32_t cores, const uint16_t speed[], uint32_t stays)
{
	unlike = (struct cores_plan){
	    .cores = cores, .partitions = 3, .vcpus = {1, 1, 1}, .placed = true};
	memcpy(unlike.speed, speed, cores * sizeof(speed[0]));
	for (uint32_t i = 0; i < unlike.partitions; i++)
		unlike.roam[i][0] = (uint8_t)((stays >> i & 1) != 0 ? 1u : (1u << cores) - 1);
	cores_begin(&unlike);
	fake_time(now_us = 0);
	cores_load_all();
	for (uint32_t i = 0; i < cores; i++)
		for (cores_on(i); !cores_sleeps(i); cores_on(i))
			cores_do(i, wait_now);
	fake_time(US(now_us = 100000));
	cores_exchange();
}

static uint32_t core_of(uint32_t partition)
{
	return partition_at(partition)->vcpus[0].core;
}

static void wake(uint32_t partition)
{
	subject = partition;
	cores_do(core_of(partition), wake_subject);
	cores_exchange();
}

static void rest(uint32_t partition)
{
	cores_turn_to(core_of(partition), &partition_at(partition)->vcpus[0].context);
	cores_do(core_of(partition), wait_now);
	cores_exchange();
}

/* What each does meanwhile is added up, as the fastest core would count it. */
static void pass(uint32_t milliseconds, uint32_t work[])
{
	for (; milliseconds != 0; milliseconds--) {
		for (uint32_t i = 0; i < unlike.cores; i++) {
			cores_on(i);
			if (!cores_sleeps(i))
				work[vcpu_of(core.current)->owner] += unlike.speed[i];
		}
		fake_time(US(now_us += 1000));
		cores_exchange();
	}
}

static uint32_t moves(void)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < unlike.partitions; i++)
		sum += shared_memory->accounts.vcpu[i].moves;
	return sum;
}

/* Shows: moves.no-idle. */
TEST(test_a_waiting_vcpu_goes_to_the_fastest_idle_core)
{
	begin_unlike(4, (uint16_t[]){1024, 300, 512, 400}, 1);
	wake(0);
	wake(1);
	assert_int_equal(core_of(0), 0);
	assert_int_equal(core_of(1), 2);
	wake(2); /* the next one */
	pass(1, (uint32_t[3]){0});
	assert_int_equal(core_of(2), 3);
}

/* The first one stays on the faster core, and has it for itself at first. */
TEST(test_a_running_vcpu_goes_to_a_faster_core)
{
	uint32_t work[3] = {0};

	begin_unlike(2, (uint16_t[]){1024, 512}, 1);
	wake(0);
	wake(1);
	pass(200, work);
	assert_int_equal(core_of(1), 1);
	assert_int_equal(work[1], 200 * 512);
	rest(0);
	pass(33, work);
	assert_int_equal(core_of(1), 0);
	pass(200, work);
	assert_int_equal(core_of(1), 0);
	assert_int_equal(moves(), 2);
	/* And back, for the core is another one's again. */
	wake(0);
	pass(5, work);
	assert_int_equal(core_of(1), 1);
}

/* Nobody has anything of it where the other core is as fast, or slower. */
TEST(test_a_running_vcpu_stays)
{
	uint32_t work[3] = {0};

	for (uint16_t other = 0; other < 2; other++) {
		begin_unlike(2, (uint16_t[]){512, other ? 512 : 256}, 0);
		wake(0);
		pass(200, work);
		assert_int_equal(core_of(0), 0);
		assert_int_equal(moves(), 0);
	}
}

/* Nobody is told that more cores are wanted before somebody has waited for a turn: that somebody
 * ran where a faster core would have been better isn't that. */
TEST(test_a_vcpu_on_a_slow_core_wants_no_more_cores)
{
	uint32_t work[3] = {0};

	begin_unlike(2, (uint16_t[]){512, 1024}, 0);
	shared_memory->box[1].told = SERVICE_POWER_CLOSE; /* nobody goes there */
	shared_memory->need = 1;
	wake(0);
	pass(200, work);
	wake(1);
	assert_int_equal(shared_memory->need, 1);
	pass(100, work);
	assert_int_equal(shared_memory->need, 0);
	assert_int_equal(moves(), 0);
}
