/*
 * Events that are due together at a core's EL2 timer: some are taken at each interrupt, so that
 * interrupts aren't masked for long, and all in the end.
 */
#include "cores.h"
#include "seen.h"
#include "vgic_deliver.h"

#include <fake/gic.h>
#include <run/resident.h>
#include <stdlib.h>
#include <turn/due.h>
#include <unit.h>
#include <word/timer.h>

#define ON       0xc4000003ULL /* CPU_ON */
#define TOGETHER 1000u         /* ticks from now, when all of it is due */

static const struct cores_plan shared = {
    .cores = 1,
    .partitions = 3,
    .vcpus = {2, 2, 2},
    .placed = true,
};

static uint64_t when;

static void begin(void)
{
	cores_begin(&shared);
	cores_load_all();
	cores_on(0);
	when = timer_now() + TOGETHER;
}

/* Of those three, how many are over and nobody has looked at. */
static uint32_t due(enum core_timer timer)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < shared.partitions; i++)
		count += core.due[timer - TIMER_RTC][i] <= timer_now();
	return count;
}

static uint32_t due_at_all(void)
{
	return due(TIMER_RTC) + due(TIMER_WATCHDOG) + due(TIMER_LIFE);
}

static bool timer_asks(void)
{
	return sysreg_read(cnthp_cval_el2) <= timer_now();
}

/*
 * One of them, before the choice. If none of its partition's vCPUs was resident, one becomes so
 * first, which has an interrupt of its own, as each of the two is long.
 */
static void take(void)
{
	uint32_t before = due_at_all();
	const struct vcpu *was = core.vcpu;

	assert_true(timer_asks());
	timer_interrupt();
	if (due_at_all() == before) {
		assert_ptr_not_equal(core.vcpu, was);
		was = core.vcpu;
		assert_true(timer_asks());
		timer_interrupt();
	}
	assert_ptr_equal(core.vcpu, was);
	assert_int_equal(due_at_all(), before - 1);
}

TEST(test_partitions_are_looked_at_one_at_a_time)
{
	begin();
	for (uint32_t i = 0; i < shared.partitions; i++)
		timer_set_for(TIMER_RTC, partition_at(i), when);
	fake_time(when);
	for (uint32_t left = shared.partitions; left-- > 0;) {
		take();
		assert_int_equal(due(TIMER_RTC), left);
	}
	assert_false(timer_asks());
}

/* Whoever of them has nothing to be looked at any more. */
TEST(test_one_that_is_stopped_hides_no_others)
{
	begin();
	cores_tell(0, 0, LIFE_STOP);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	timer_set_for(TIMER_RTC, partition_at(0), when);
	timer_set_for(TIMER_RTC, partition_at(1), when + 1);
	fake_time(when);
	take();
	assert_false(timer_asks());
	assert_int_equal(due(TIMER_RTC), 0);
	fake_time(when + 1);
	assert_int_equal(due(TIMER_RTC), 1);
	take();
	assert_int_equal(due(TIMER_RTC), 0);
	assert_false(timer_asks());
}

TEST(test_each_kind_has_its_turn)
{
	static const enum core_timer kinds[] = {TIMER_RTC, TIMER_WATCHDOG, TIMER_LIFE};

	begin();
	for (uint32_t i = 0; i < 3; i++)
		timer_set_for(kinds[i], partition_at(i), when - i);
	fake_time(when);
	for (uint32_t left = 3; left-- > 0;) {
		take();
		/* The one that was due first, which was set last. */
		for (uint32_t i = 0; i < 3; i++)
			assert_int_equal(due(kinds[i]), i < left);
	}
	assert_false(timer_asks());
}

static void wait_for_the_timer(void)
{
	fake_sysregs->cntv_cval_el0 = when;
	fake_sysregs->cntv_ctl_el0 = 1;
	core.vcpu->vgic.open |= core.virtual_timer;
	resident_wait(vcpu_of(core.current));
}

static uint32_t waiting(void)
{
	uint32_t count = 0;

	for (const struct vcpu *vcpu = core.vcpus; vcpu != 0; vcpu = vcpu->run.next_here)
		count += vcpu->run.waits;
	return count;
}

TEST(test_vcpus_wake_one_at_a_time_the_most_urgent_first)
{
	struct vcpu *urgent;

	begin();
	for (uint32_t i = 0; i < shared.partitions; i++) {
		cores_turn_to(0, &partition_at(i)->vcpus[0].context);
		cores_call(0, ON, 1, CORES_ENTRY, 0);
	}
	cores_exchange();
	for (uint32_t i = 0; i < 6; i++)
		cores_do(0, wait_for_the_timer);
	assert_int_equal(waiting(), 6);
	for (urgent = core.sleepers; urgent->run.next_due != 0;)
		urgent = urgent->run.next_due;
	urgent->run.rouses++;
	fake_time(when);
	/* The last one is resident: its own timer wakes it. */
	for (uint32_t left = 6; left-- > 1;) {
		timer_interrupt();
		assert_int_equal(waiting(), left);
		assert_true(seen_state(urgent) != ACCOUNT_WAITS);
		resident_arm(0);
		assert_int_equal(core.deadline[TIMER_SAVED], left > 1 ? when : TIMER_NEVER);
	}
}

/* ---- in the middle of a message ---- */

static const struct cores_plan unequal = {
    .cores = 1,
    .partitions = 2,
    .vcpus = {1, 1},
    .placed = true,
    .priority = {200, 100},
    .looks = true,
};

static uint32_t looks;

static void time_comes_at_the_second_look(void)
{
	if (++looks == 2)
		fake_time(when);
}

static void take_the_timer_and_wait(void)
{
	uint32_t intid = fake_guest_acknowledge();

	fake_sysregs->cntv_ctl_el0 = 0;
	fake_guest_end(intid);
	resident_wait(vcpu_of(core.current));
}

/*
 * The second half of a vCPU's message is a look at all of its wired interrupts. Messages for more
 * urgent vCPUs go before it, and the look isn't forgotten.
 */
TEST(test_a_timer_goes_before_the_rest_of_a_message)
{
	struct vcpu *urgent, *other;

	cores_begin(&unequal);
	cores_load_all();
	cores_on(0);
	urgent = &partition_at(0)->vcpus[0];
	other = &partition_at(1)->vcpus[0];
	when = timer_now() + TOGETHER;
	assert_ptr_equal(seen_running(), &urgent->context);
	cores_do(0, wait_for_the_timer);
	cores_load_all(); /* the other one's loader, which had to wait */
	cores_on(0);
	assert_ptr_equal(seen_running(), &other->context);
	vgic_ask_later(other, VGIC_ASK_EVALUATE);
	looks = 0;
	cores_meanwhile = time_comes_at_the_second_look;
	assert_true(cores_interrupt(0));
	cores_meanwhile = NULL;
	assert_int_equal(other->vgic.asked, VGIC_ASK_ROUND);
	cores_exchange();
	cores_on(0);
	assert_ptr_equal(seen_running(), &urgent->context);
	cores_do(0, take_the_timer_and_wait);
	cores_exchange();
	assert_ptr_equal(seen_running(), &other->context);
	assert_int_equal(other->vgic.asked, 0);
	assert_int_equal(other->vgic.round_words | other->vgic.round_bits, 0);
}

/* A vCPU that waits for its timer doesn't wait for a clock's alarm, and nothing is left. */
TEST(test_a_vcpus_timer_goes_before_rare_work)
{
	begin();
	cores_do(0, wait_for_the_timer);
	timer_set_for(TIMER_RTC, partition_at(0), when);
	fake_time(when);
	assert_int_equal(waiting(), 1);
	timer_interrupt();
	assert_int_equal(waiting(), 0);
	assert_int_equal(due(TIMER_RTC), 1);
	take();
	assert_int_equal(due(TIMER_RTC), 0);
}

static void wait(void)
{
	resident_wait(vcpu_of(core.current));
}

static void wake(void)
{
	resident_wake(&partition_at(1)->vcpus[0]);
}

static void all_due(const struct partition *partition)
{
	for (int timer = TIMER_RTC; timer < TIMER_RTC + PARTITION_TIMERS; timer++)
		timer_set_for((enum core_timer)timer, partition, when);
}

static uint32_t due_of(uint32_t partition)
{
	uint32_t count = 0;

	for (uint32_t kind = 0; kind < PARTITION_TIMERS; kind++)
		count += core.due[kind][partition] <= timer_now();
	return count;
}

/* As the way to the sleep is long, too. */
TEST(test_one_of_them_goes_before_the_cores_sleep)
{
	struct cores_plan plan = shared;

	plan.looks = true;
	cores_begin(&plan);
	cores_load_all();
	cores_on(0);
	for (uint32_t i = 1; i < shared.partitions; i++) {
		cores_turn_to(0, &partition_at(i)->vcpus[0].context);
		cores_do(0, wait);
	}
	when = timer_now() + TOGETHER;
	for (uint32_t i = 0; i < shared.partitions; i++)
		timer_set_for(TIMER_RTC, partition_at(i), when);
	fake_time(when);
	cores_do(0, wait);
	assert_true(cores_sleeps(0));
	assert_int_equal(due(TIMER_RTC), shared.partitions - 1);
}

/* The vCPU with the next turn waits for it by an interrupt longer at most. */
TEST(test_a_turn_ends_behind_a_vcpus_timer)
{
	struct context *runs;

	begin();
	cores_do(0, wait_for_the_timer);
	runs = core.current;
	assert_ptr_equal(core.ready, runs);
	core.deadline[TIMER_SLICE] = when;
	fake_time(when);
	timer_interrupt();
	assert_int_equal(waiting(), 0);
	assert_ptr_equal(core.ready, runs);
	assert_int_equal(core.deadline[TIMER_SLICE], when);
	timer_interrupt();
	assert_ptr_not_equal(core.ready, runs);
	assert_int_equal(core.deadline[TIMER_SLICE], TIMER_NEVER);
}

/*
 * Three vCPUs on one core. The last is more urgent and waits for its timer; the first of the equals
 * runs.
 */
static const struct cores_plan urgent_one = {
    .cores = 1,
    .partitions = 3,
    .vcpus = {1, 1, 1},
    .placed = true,
    .priority = {0, 0, 100},
    .looks = true,
};

static void begin_with_an_urgent_one(void)
{
	cores_begin(&urgent_one);
	cores_load(0);
	cores_exchange();
	assert_ptr_equal(seen_running(), &partition_at(2)->vcpus[0].context);
	when = timer_now() + TOGETHER;
	cores_do(0, wait_for_the_timer);
	cores_load_all();
	assert_true(timer_now() < when);
	cores_turn_to(0, &partition_at(0)->vcpus[0].context);
	assert_ptr_equal(seen_running(), &partition_at(0)->vcpus[0].context);
	assert_ptr_equal(core.sleepers, &partition_at(2)->vcpus[0]);
}

/* It would have an interrupt of its own before the choice, and another vCPU is chosen. */
TEST(test_a_turns_end_is_for_the_vcpu_that_goes_on)
{
	struct context *runs, *urgent;

	begin_with_an_urgent_one();
	runs = &partition_at(0)->vcpus[0].context;
	urgent = &partition_at(2)->vcpus[0].context;
	core.deadline[TIMER_SLICE] = when;
	fake_time(when);
	timer_interrupt();
	assert_ptr_equal(core.ready, urgent);
	assert_true(sysreg_read(cnthp_cval_el2) > when);
	assert_ptr_equal(urgent->next, runs);
	assert_true(cores_interrupt(0)); /* its own timer's */
	assert_int_equal(cores_taken, 27);
	assert_ptr_equal(seen_running(), urgent);
	assert_int_equal(core.deadline[TIMER_SLICE], TIMER_NEVER);
	/* And it isn't forgotten. */
	when = timer_now() + TOGETHER;
	cores_do(0, wait_for_the_timer);
	assert_ptr_equal(seen_running(), runs);
	assert_true(core.deadline[TIMER_SLICE] < when);
	fake_time(when - 1);
	assert_true(cores_interrupt(0));
	assert_ptr_equal(seen_running(), &partition_at(1)->vcpus[0].context);
}

TEST(test_without_a_deadline_the_timer_is_off)
{
	begin();
	for (int i = 0; i < TIMER_COUNT; i++)
		core.deadline[i] = TIMER_NEVER;
	timer_look();
	timer_follow();
	assert_int_equal(sysreg_read(cnthp_ctl_el2), 0);
	timer_set(TIMER_RTC, when);
	assert_int_equal(sysreg_read(cnthp_ctl_el2), 1);
	assert_int_equal(sysreg_read(cnthp_cval_el2), when);
	timer_set(TIMER_RTC, TIMER_NEVER);
	assert_int_equal(sysreg_read(cnthp_ctl_el2), 0);
}

static uint64_t armed;

/* Before the choice something makes another one resident, as a message does. */
static void wait_and_be_replaced(void)
{
	const struct vcpu *vcpu = vcpu_of(core.current);

	wait_for_the_timer();
	armed = sysreg_read(cnthp_cval_el2);
	resident_enter(&partition_at(vcpu->partition->index == 0)->vcpus[0]);
	/* A choice doesn't follow everywhere: otherwise the timer keeps its armed time. */
	assert_int_equal(sysreg_read(cnthp_cval_el2), armed);
	assert_int_equal(core.timers_urgency, core.vcpu->run.rouses);
	assert_false(resident_let_go());
	armed = sysreg_read(cnthp_cval_el2);
}

/* There may be much work until the choice. Each part of it lets due events go first. */
TEST(test_an_urgent_timer_of_the_last_resident_vcpu_counts_at_once)
{
	cores_begin(&urgent_one);
	cores_load(0);
	cores_exchange();
	assert_ptr_equal(seen_running(), &partition_at(2)->vcpus[0].context);
	when = timer_now() + TOGETHER;
	cores_do(0, wait_and_be_replaced);
	assert_int_equal(armed, when);
	assert_int_equal(core.sleepers->run.due, when);
}

/* An equal's event would only come before those of a more urgent vCPU. */
TEST(test_that_of_an_equal_waits_for_the_choice)
{
	begin();
	cores_do(0, wait_and_be_replaced);
	assert_true(armed > when);
	assert_int_equal(sysreg_read(cnthp_cval_el2), when);
}

/* Its own events reach it. Those for the other vCPU come once it waits. */
TEST(test_events_for_others_wait_for_a_more_urgent_vcpu)
{
	static const struct cores_plan two = {
	    .cores = 1,
	    .partitions = 2,
	    .vcpus = {1, 1},
	    .placed = true,
	    .priority = {0, 100},
	};

	cores_begin(&two);
	cores_load(0); /* the more urgent one */
	cores_exchange();
	cores_do(0, wait);
	cores_load(0);
	cores_exchange();
	cores_do(0, wake);
	assert_ptr_equal(seen_running(), &partition_at(1)->vcpus[0].context);
	when = timer_now() + TOGETHER;
	all_due(partition_at(0));
	timer_set(TIMER_CONSOLE, when);
	timer_set(TIMER_DMA, when);
	fake_time(when);
	assert_false(cores_interrupt(0));
	all_due(partition_at(1));
	for (uint32_t left = PARTITION_TIMERS; left-- > 0;) {
		assert_true(cores_interrupt(0));
		assert_int_equal(due_of(1), left);
	}
	assert_false(cores_interrupt(0));
	assert_int_equal(due_of(0), PARTITION_TIMERS);
	cores_do(0, wait);
	for (uint32_t left = PARTITION_TIMERS + 2; left-- > 0;)
		assert_true(cores_interrupt(0));
	assert_int_equal(due_of(0), 0);
	assert_int_equal(core.deadline[TIMER_CONSOLE] & core.deadline[TIMER_DMA], TIMER_NEVER);
	assert_false(cores_interrupt(0));
}

/* Both are due at once. A look ahead of the more urgent vCPU would make its timer late. */
TEST(test_a_look_waits_for_a_more_urgent_vcpu)
{
	begin_with_an_urgent_one();
	timer_set(TIMER_LOOK, when);
	fake_time(when);
	assert_true(cores_interrupt(0));
	assert_ptr_equal(seen_running(), &partition_at(2)->vcpus[0].context);
	assert_false(timer_asks());
	assert_int_equal(core.deadline[TIMER_LOOK], when);
	when = timer_now() + TOGETHER;
	cores_do(0, wait_for_the_timer);
	assert_true(cores_interrupt(0));
	assert_true(core.deadline[TIMER_LOOK] > when);
}

TEST(test_a_look_waits_only_so_long)
{
	begin_with_an_urgent_one();
	fake_time(when);
	assert_true(cores_interrupt(0));
	timer_set(TIMER_LOOK, when);
	timer_set(TIMER_STUCK, when + 1);
	assert_false(timer_asks());
	fake_time(when + 1);
	assert_true(cores_interrupt(0));
	assert_true(core.deadline[TIMER_LOOK] > when);
	assert_true(core.deadline[TIMER_STUCK] > core.deadline[TIMER_LOOK]);
}

/* The first vCPU's start has no time for that. */
TEST(test_a_shared_core_is_looked_at_from_its_start)
{
	cores_begin(&shared);
	cores_on(0);
	assert_true(core.deadline[TIMER_STUCK] < TIMER_NEVER);
}
