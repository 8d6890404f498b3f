/*
 * Budgets in rare combinations: one case each, beside those that test_promises.c plays.
 *
 * Shows: time.limit.
 */
#include "cores.h"
#include "seen.h"

#include <fake/cpu.h>
#include <run/promise.h>
#include <run/resident.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unit.h>
#include <vgic/vgic.h>

#define CPU_ON 0xc4000003
#define US(n)  ((n)*125 / 2) /* ticks of the fake machine's counter; for even numbers */

static const struct cores_plan alone = {
    .cores = 1,
    .partitions = 1,
    .vcpus = {1},
    .placed = true,
    .promise = {{{.budget_us = 1000, .budget_period_us = 4000}}},
};

/* The more urgent one has a budget. */
static const struct cores_plan both = {
    .cores = 1,
    .partitions = 2,
    .vcpus = {1, 1},
    .placed = true,
    .priority = {10, 20},
    .promise = {{{.budget_us = 0}}, {{.budget_us = 1000, .budget_period_us = 4000}}},
};

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

/* A budget's clock stands still with the partition: the rest stays, for as long as before. */
TEST(test_suspended_time_does_not_count)
{
	const struct vcpu *vcpu = &partition_at(0)->vcpus[0];

	cores_begin(&alone);
	fake_time(0);
	cores_load_all();
	assert_int_equal(seen_state(vcpu), ACCOUNT_READY);
	fake_time(US(400));
	cores_tell(0, 0, LIFE_SUSPEND);
	cores_exchange();
	assert_int_equal(cores_state(0), LIFE_SUSPENDED);
	assert_int_equal(seen_left(vcpu), US(600));
	fake_time(US(10400));
	cores_tell(0, 0, LIFE_RESUME);
	cores_exchange();
	assert_int_equal(cores_state(0), LIFE_RUNNING);
	assert_int_equal(seen_state(vcpu), ACCOUNT_READY);
	assert_int_equal(seen_left(vcpu), US(600));
	assert_int_equal(vcpu->run.budget.next, US(14000));
	/* Used up, and filled again when it would have been. */
	fake_time(US(11000));
	cores_exchange();
	assert_int_equal(seen_state(vcpu), ACCOUNT_EXHAUSTED);
	fake_time(US(14000));
	cores_exchange();
	assert_int_equal(seen_state(vcpu), ACCOUNT_READY);
	assert_int_equal(seen_left(vcpu), US(1000));
}

static struct vcpu *to_wake;

static void wake_now(void)
{
	resident_wake(to_wake);
}

static void wake(struct vcpu *vcpu)
{
	to_wake = vcpu;
	cores_do(0, wake_now);
}

/* Its new period began while it waited and somebody more urgent ran: it is seen as it wakes, and it
 * comes into the queue with its own urgency, and once. */
TEST(test_new_budget_at_waking)
{
	static const struct cores_plan guaranteed = {
	    .cores = 1,
	    .partitions = 2,
	    .vcpus = {1, 1},
	    .placed = true,
	    .priority = {10, 20},
	    .promise =
	        {{{.budget_us = 1000, .budget_period_us = 4000, .flags = BUNDLE_VCPU_GUARANTEE}}},
	};
	struct vcpu *vcpu = &partition_at(0)->vcpus[0], *urgent = &partition_at(1)->vcpus[0];

	cores_begin(&guaranteed);
	fake_time(0);
	cores_load_all();
	assert_ptr_equal(seen_running(), &urgent->context);
	cores_do(0, wait_now);
	cores_load_all();
	assert_ptr_equal(seen_running(), &vcpu->context);
	fake_time(US(1000));
	cores_exchange();
	assert_int_equal(vcpu->context.priority, 0);
	cores_do(0, wait_now);
	fake_time(US(2000));
	wake(urgent);
	fake_time(US(5000));
	wake(vcpu);
	assert_int_equal(vcpu->context.priority, 10);
	assert_int_equal(seen_state(vcpu), ACCOUNT_READY);
	assert_ptr_equal(core.ready, &urgent->context);
	assert_ptr_equal(urgent->context.next, &vcpu->context);
	assert_null(vcpu->context.next);
}

/* In all cases it has its budget in the following periods. */
static void pass(uint64_t from, uint64_t to)
{
	for (uint64_t t = from; t < to; t += 1000) {
		fake_time(US(t));
		cores_exchange();
	}
}

TEST(test_used_up_by_its_own_wait)
{
	struct vcpu *vcpu = &partition_at(0)->vcpus[0];

	cores_begin(&alone);
	fake_time(0);
	cores_load_all();
	fake_time(US(1000)); /* the WFI's trap was first */
	cores_do(0, wait_now);
	assert_int_equal(seen_left(vcpu), 0);
	assert_int_equal(seen_state(vcpu), ACCOUNT_WAITS);
	fake_time(US(1500));
	wake(vcpu);
	pass(2000, 100000);
	assert_true(vcpu->run.account->ran > US(20000));
}

TEST(test_used_up_by_its_own_wait_beside_a_less_urgent_one)
{
	struct vcpu *busy = &partition_at(0)->vcpus[0], *urgent = &partition_at(1)->vcpus[0];

	cores_begin(&both);
	fake_time(0);
	cores_load_all();
	fake_time(US(1000));
	cores_do(0, wait_now);
	cores_load_all();
	assert_ptr_equal(seen_running(), &busy->context);
	fake_time(US(1500));
	wake(urgent);
	pass(2000, 100000);
	assert_true(urgent->run.account->ran > US(20000));
}

TEST(test_used_up_before_a_restart)
{
	static const struct cores_plan rarely = {
	    .cores = 1,
	    .partitions = 1,
	    .vcpus = {1},
	    .placed = true,
	    .promise = {{{.budget_us = 1000, .budget_period_us = 400000}}},
	};
	struct vcpu *vcpu = &partition_at(0)->vcpus[0];

	cores_begin(&rarely);
	fake_time(0);
	cores_load_all();
	pass(1000, 2000);
	assert_int_equal(seen_state(vcpu), ACCOUNT_EXHAUSTED);
	cores_tell(0, 0, LIFE_RESTART);
	cores_settle();
	cores_load_all();
	pass(2000, 4000000);
	assert_true(vcpu->run.account->ran > US(5000));
}

/* ---- work that it causes ---- */

static uint64_t way_in;

/* As in trap.c. */
static void interrupt_wakes(void)
{
	core.interrupted = sysreg_read(cntpct_el0);
	fake_time(core.interrupted + way_in);
	resident_wake(to_wake);
	if (core.reschedule == 0)
		core.interrupted = 0;
}

/*
 * A vCPU that wakes and waits again and again pays for the ways in and back: they end with its
 * budget. Shows: time.pays.
 */
TEST(test_switches_are_paid_for)
{
	struct vcpu *busy = &partition_at(0)->vcpus[0], *urgent = &partition_at(1)->vcpus[0];
	uint64_t ran, wakes = 0;

	cores_begin(&both);
	fake_time(0);
	cores_load_all();
	cores_do(0, wait_now);
	cores_load_all();
	assert_ptr_equal(seen_running(), &busy->context);
	ran = busy->run.account->ran;
	way_in = US(10);
	to_wake = urgent;
	fake_time(US(100));
	while (sysreg_read(cntpct_el0) < US(3000)) {
		cores_do(0, interrupt_wakes);
		if (core.current == &urgent->context) {
			wakes++;
			cores_do(0, wait_now);
		}
		assert_ptr_equal(seen_running(), &busy->context);
	}
	/* A way in is 10 us, and the rest is taken to be 15, less half a tick: its 1,000 us are 41.
	 */
	assert_int_equal(wakes, 41);
	assert_int_equal(urgent->run.account->ran, US(410));
	assert_int_equal(seen_left(urgent), 0);
	assert_int_equal(seen_state(urgent), ACCOUNT_EXHAUSTED);
	wake(busy); /* counts until now */
	fake_time(US(4000));
	cores_exchange();
	assert_int_equal(seen_left(urgent), US(1000));
	assert_int_equal(busy->run.account->ran - ran, US(3590));
}

/* As in trap.c. */
static void refill_is_due(void)
{
	core.interrupted = sysreg_read(cntpct_el0);
	fake_time(core.interrupted + way_in);
	promise_due(core.interrupted + way_in);
}

/* A less urgent vCPU keeps its unused time when a more urgent one's new period interrupts it. */
TEST(test_a_refill_takes_nothing_from_the_interrupted)
{
	struct cores_plan plan = both;
	const struct vcpu *busy = &partition_at(0)->vcpus[0], *urgent = &partition_at(1)->vcpus[0];

	plan.promise[0][0] = (struct bundle_vcpu){.budget_us = 6000, .budget_period_us = 8000};
	cores_begin(&plan);
	fake_time(0);
	cores_load_all();
	fake_time(US(1000));
	cores_exchange();
	cores_load_all();
	assert_ptr_equal(seen_running(), &busy->context);
	way_in = US(10);
	fake_time(US(4000));
	cores_do(0, refill_is_due);
	assert_ptr_equal(seen_running(), &urgent->context);
	assert_in_range(seen_left(busy), US(2980), US(3020));
	assert_int_equal(seen_state(busy), ACCOUNT_READY);
}

/*
 * Events that wait before a choice are taken there. The end of a budget comes once, though its vCPU
 * has begun to wait and is still counted as running.
 */
TEST(test_used_up_by_its_own_wait_and_the_timer_at_once)
{
	struct cores_plan plan = both;
	struct vcpu *busy = &partition_at(0)->vcpus[0], *urgent = &partition_at(1)->vcpus[0];

	plan.looks = true;
	alarm(10); /* if it never ends */
	cores_begin(&plan);
	fake_time(0);
	cores_load_all();
	assert_ptr_equal(seen_running(), &urgent->context);
	fake_time(US(1000));
	cores_do(0, wait_now);
	alarm(0);
	assert_int_equal(seen_left(urgent), 0);
	cores_load_all();
	assert_ptr_equal(seen_running(), &busy->context);
	fake_time(US(1200));
	wake(urgent);
	assert_int_equal(seen_state(urgent), ACCOUNT_EXHAUSTED);
	assert_int_equal(urgent->run.account->exhausted, 1);
	assert_ptr_equal(seen_running(), &busy->context);
}

/* Nobody was interrupted: nothing is paid for. */
TEST(test_an_idle_core_is_free)
{
	struct vcpu *vcpu = &partition_at(0)->vcpus[0];

	cores_begin(&alone);
	fake_time(0);
	cores_load_all();
	cores_do(0, wait_now);
	way_in = US(10);
	to_wake = vcpu;
	cores_do(0, interrupt_wakes);
	assert_ptr_equal(seen_running(), &vcpu->context);
	assert_int_equal(seen_left(vcpu), US(1000));
}

static void send_now(void)
{
	vgic_send_sgi(vcpu_of(core.current), 3ULL << 24 | 1u << 1, false);
}

/* Both are on, each on a core of its own, and the second has a budget. */
static void begin_two(void)
{
	static const struct cores_plan two = {
	    .cores = 2,
	    .partitions = 1,
	    .vcpus = {2},
	    .placed = true,
	    .place = {{0, 1}},
	    .promise = {{{.budget_us = 0}, {.budget_us = 1000, .budget_period_us = 4000}}},
	};
	struct vcpu *second = &partition_at(0)->vcpus[1];

	cores_begin(&two);
	fake_time(0);
	cores_load_all();
	cores_call(0, CPU_ON, 1, CORES_ENTRY, 0);
	cores_exchange();
	assert_int_equal(seen_state(second), ACCOUNT_READY);
	second->vgic.open |= 1u << 3;
}

/* SGIs to one that is out of its budget disturb nobody on its core; with the next budget they are
 * there. */
TEST(test_sgis_to_one_without_budget)
{
	struct vcpu *second = &partition_at(0)->vcpus[1];

	begin_two();
	fake_time(US(1000));
	cores_exchange();
	assert_int_equal(seen_state(second), ACCOUNT_EXHAUSTED);
	for (int i = 0; i < 3; i++) {
		cores_do(0, send_now);
		assert_false(cores_interrupt(1));
		assert_int_equal(second->vgic.incoming, 1u << 3);
	}
	fake_time(US(4000));
	cores_exchange();
	assert_int_equal(seen_state(second), ACCOUNT_READY);
	assert_int_equal(second->vgic.incoming, 0);
}

/* If it has begun to wait just then, the first wakes it, without a budget. */
TEST(test_sgis_to_one_that_waits_without_budget)
{
	struct vcpu *second = &partition_at(0)->vcpus[1];

	begin_two();
	fake_time(US(1000)); /* the WFI's trap was first */
	cores_do(1, wait_now);
	cores_exchange();
	assert_int_equal(seen_state(second), ACCOUNT_WAITS);
	assert_int_equal(seen_left(second), 0);
	cores_do(0, send_now);
	assert_true(cores_interrupt(1));
	assert_int_equal(seen_state(second), ACCOUNT_EXHAUSTED);
	cores_do(0, send_now);
	assert_false(cores_interrupt(1));
	fake_time(US(4000));
	cores_exchange();
	assert_int_equal(seen_state(second), ACCOUNT_READY);
	assert_int_equal(second->vgic.incoming, 0);
	assert_int_equal(seen_left(second), US(1000));
}
