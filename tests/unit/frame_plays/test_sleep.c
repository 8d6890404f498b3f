/*
 * Cores go off and come back: work that keeps them on, events that wake them, and nothing is lost
 * in between. Each case by hand; test_power.c plays the decision, test_power.py the whole.
 */
#include "cores.h"
#include "seen.h"

#include <fake/gic.h>
#include <kumiki/hypercall.h>
#include <run/move.h>
#include <run/resident.h>
#include <run/sched.h>
#include <state/services.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/mail.h>
#include <word/power.h>
#include <word/timer.h>
#include <word/trace.h>

#define CPU_ON 0xc4000003
#define MS(n)  ((n)*62500) /* ticks of the fake machine's counter */

/* The console on core 0; two vCPUs that may be anywhere, on cores 1 and 2; and one of another
 * partition on core 3 alone. */
static const struct cores_plan four = {
    .cores = 4,
    .partitions = 2,
    .vcpus = {2, 1},
    .placed = true,
    .place = {{1, 2}, {3}},
    .roam = {{0xf, 0xf}, {0x8}},
    .console = true,
    .stay_on = true,
};

static struct mailbox *box(uint32_t index)
{
	return &shared_memory->box[index];
}

static struct core_account *account(uint32_t index)
{
	return &shared_memory->accounts.core[index];
}

static int64_t tell(uint64_t index, uint64_t how)
{
	return cores_power(0, index, how);
}

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

static void begin(void)
{
	cores_begin(&four);
	fake_time(MS(1));
	cores_load_all();
	cores_turn_to(1, &partition_at(0)->vcpus[0].context);
	cores_call(1, CPU_ON, 1, CORES_ENTRY, 0);
	cores_exchange();
	for (uint32_t i = 1; i < 4; i++) {
		cores_on(i);
		if (!cores_sleeps(i))
			cores_do(i, wait_now);
	}
	cores_exchange();
}

static void move(uint32_t vcpu, uint32_t where)
{
	cores_on(0);
	assert_int_equal(move_ask(0, vcpu, where), 0);
	cores_exchange();
	assert_int_equal(partition_at(0)->vcpus[vcpu].core, where);
}

/* Core 1 has nobody, and is off. */
static void begin_dark(void)
{
	begin();
	move(0, 2);
	assert_int_equal(tell(1, SERVICE_POWER_OFF), 0);
	cores_exchange();
	assert_true(cores_is_dark(1));
}

/* News that the console service has heard, or will hear. */
static uint64_t events(void)
{
	cores_on(0);
	return box(0)->word[MAIL_SERVICE] | services_warden->pending |
	       services_warden->context.x[0];
}

/* The console service was told that a message waits for that core. */
static bool is_wanted(uint32_t index)
{
	return (events() & SERVICE_EVENT_CORE << index) != 0;
}

/* Shows: power.off-and-on. */
TEST(test_an_empty_core_goes)
{
	begin();
	move(0, 2);
	fake_time(MS(5));
	assert_int_equal(tell(1, SERVICE_POWER_OFF), 0);
	cores_exchange();
	assert_true(cores_is_dark(1));
	assert_int_equal(account(1)->dark, 1);
	assert_int_equal(account(1)->since, MS(5));
	assert_int_equal(box(1)->dark, 1);
	assert_int_equal(shared_memory->load[1], 0);
}

TEST(test_a_vcpu_keeps_the_core_on_until_it_leaves)
{
	begin();
	assert_int_equal(tell(1, SERVICE_POWER_OFF), 0);
	cores_exchange();
	assert_false(cores_is_dark(1));
	move(0, 2);
	assert_true(cores_is_dark(1));
}

/* Shows: power.off-and-on. */
TEST(test_it_comes_back_as_it_was)
{
	uint64_t idle;

	begin_dark();
	idle = account(1)->idle;
	fake_time(MS(9));
	assert_int_equal(tell(1, SERVICE_POWER_OPEN), 0);
	cores_exchange();
	assert_false(cores_is_dark(1));
	assert_true(cores_sleeps(1));
	assert_int_equal(box(1)->dark, 0);
	assert_int_equal(account(1)->dark, 0);
	assert_int_equal(account(1)->off, MS(8));
	assert_int_equal(account(1)->idle, idle);
	move(1, 1);
	assert_int_equal(partition_at(0)->vcpus[1].core, 1);
}

TEST(test_a_message_is_told_of_and_waits)
{
	begin_dark();
	cores_on(0);
	assert_int_equal(move_ask(0, 1, 1), 0);
	cores_exchange(); /* it left core 2, and is on its way */
	assert_true(is_wanted(1));
	assert_true(cores_is_dark(1));
	assert_int_equal(partition_at(0)->vcpus[1].comes, 1);
	assert_int_equal(tell(1, SERVICE_POWER_OPEN), 0);
	cores_exchange();
	assert_int_equal(partition_at(0)->vcpus[1].comes, 0);
	cores_on(1);
	assert_ptr_equal(core.vcpus, &partition_at(0)->vcpus[1]);
}

/* It believed that a vCPU was there still. */
static void post_late(void)
{
	uint32_t index = core.index;

	core.index = 0;
	mail_post(index, MAIL_VCPU, 0);
	core.index = index;
}

/* The last moment: it is dark for others already, and has looked at its mail for the last time.
 * Shows: power.off-and-on. */
TEST(test_a_message_at_the_last_moment)
{
	begin();
	move(0, 2);
	cores_late = post_late;
	(void)tell(1, SERVICE_POWER_OFF);
	cores_exchange();
	cores_late = NULL;
	assert_true(cores_is_dark(1));
	assert_true(is_wanted(1));
	assert_int_equal(box(1)->word[MAIL_VCPU], 1);
	assert_int_equal(tell(1, SERVICE_POWER_OPEN), 0);
	cores_exchange();
	assert_int_equal(box(1)->word[MAIL_VCPU], 0); /* sent on to where it is */
}

static void go(void)
{
	(void)power_in_start(0, POWER_GO);
}

/* With mail there, and with a vCPU that isn't off. */
TEST(test_it_may_not)
{
	begin();
	cores_do(3, go);
	assert_false(cores_is_dark(3));
	assert_int_equal(account(3)->dark, 0);
	move(0, 2);
	cores_on(0);
	mail_post(1, MAIL_UART, 0);
	cores_do(1, go);
	assert_false(cores_is_dark(1));
	assert_int_equal(box(1)->dark, 0);
}

/* Shows: power.firmware. */
TEST(test_the_firmware_keeps_it_on)
{
	begin();
	move(0, 2);
	cores_firmware = -3;
	(void)tell(1, SERVICE_POWER_OFF);
	cores_exchange();
	assert_false(cores_is_dark(1));
	assert_int_equal(account(1)->refused, 1);
	assert_int_equal(account(1)->dark, 0);
	assert_int_equal(box(1)->dark, 0);
	cores_firmware = 0;
	(void)tell(1, SERVICE_POWER_OPEN);
	move(0, 1); /* it hears messages as before */
	assert_int_equal(core_ring->step, 1);
}

/* Shows: power.firmware. */
TEST(test_the_firmware_keeps_it_off)
{
	begin_dark();
	cores_firmware = -4;
	assert_int_equal(tell(1, SERVICE_POWER_OPEN), -4);
	cores_exchange();
	assert_true(cores_is_dark(1));
	cores_firmware = 0;
	assert_int_equal(tell(1, SERVICE_POWER_OPEN), 0);
	cores_exchange();
	assert_false(cores_is_dark(1));
}

static bool is_watched(uint32_t index)
{
	cores_on(index);
	return core.deadline[TIMER_STUCK] != TIMER_NEVER;
}

/* Its looks end on its way off. If that is broken off, they begin again, whoever is there. */
TEST(test_a_core_that_stayed_looks_again)
{
	begin();
	assert_true(is_watched(1));
	move(0, 2);
	cores_firmware = -3;
	(void)tell(1, SERVICE_POWER_OFF);
	cores_exchange();
	assert_int_equal(account(1)->refused, 1);
	assert_true(is_watched(1));
	cores_tell(0, 1, LIFE_STOP);
	cores_settle();
	(void)tell(3, SERVICE_POWER_OFF);
	cores_exchange();
	assert_int_equal(account(3)->refused, 1);
	assert_true(is_watched(3));
}

/* vCPUs of a stopped partition have nothing in its registers; a start wakes it. */
TEST(test_a_stopped_partition_lets_its_core_go)
{
	begin();
	cores_tell(0, 1, LIFE_STOP);
	cores_settle();
	assert_int_equal(cores_state(1), LIFE_STOPPED);
	(void)tell(3, SERVICE_POWER_OFF);
	cores_exchange();
	assert_true(cores_is_dark(3));
	cores_tell(0, 1, LIFE_START);
	cores_exchange();
	assert_true(is_wanted(3));
	(void)tell(3, SERVICE_POWER_OPEN);
	cores_settle();
	cores_load(3);
	cores_exchange();
	assert_int_equal(cores_state(1), LIFE_RUNNING);
	cores_on(3);
	assert_ptr_equal(seen_running(), &partition_at(1)->vcpus[0].context);
}

/* The next restart of a partition at home there, say. */
TEST(test_it_says_when_it_has_something_to_do)
{
	begin();
	move(0, 2);
	cores_on(1);
	timer_set(TIMER_STUCK, MS(700)); /* nobody is there to be looked at */
	timer_set(TIMER_CONSOLE, MS(900));
	(void)tell(1, SERVICE_POWER_OFF);
	cores_exchange();
	assert_true(cores_is_dark(1));
	assert_int_equal(account(1)->wake, MS(900));
	(void)tell(1, SERVICE_POWER_OPEN);
	cores_exchange();
	cores_on(1);
	assert_int_equal(core.deadline[TIMER_CONSOLE], MS(900));
	timer_set(TIMER_LOOK, TIMER_NEVER); /* its looks have begun again */
	timer_set(TIMER_STUCK, TIMER_NEVER);
	assert_int_equal(sysreg_read(cnthp_cval_el2), MS(900));
	assert_int_equal(sysreg_read(cnthp_ctl_el2), 1);
}

/* ---- closed cores, and need ---- */

static void wake_both(void)
{
	resident_wake(&partition_at(0)->vcpus[0]);
	resident_wake(&partition_at(0)->vcpus[1]);
}

/* Two on a core that never wait, and one that is idle. */
static void crowd(void)
{
	begin();
	move(0, 2);
	cores_do(2, wake_both);
}

static void choose_anew(void)
{
	sched_end_turn(core.current);
}

/* So many turns, each as long as a vCPU stays on a core. */
static void turns(uint32_t count)
{
	static uint64_t now = MS(100);

	while (count-- > 0) {
		now += MS(4);
		fake_time(now);
		cores_do(2, choose_anew);
		cores_exchange();
	}
}

static uint32_t where(uint32_t vcpu)
{
	return partition_at(0)->vcpus[vcpu].core;
}

static void close_but(uint32_t open)
{
	for (uint32_t i = 0; i < 4; i++)
		if ((open >> i & 1) == 0)
			assert_int_equal(tell(i, SERVICE_POWER_CLOSE), 0);
	cores_exchange();
}

/* Shows: power.isolate. */
TEST(test_nobody_is_brought_to_a_closed_core)
{
	crowd();
	close_but(1u << 2);
	turns(20);
	assert_int_equal(where(0), 2);
	assert_int_equal(where(1), 2);
	assert_int_equal(tell(1, SERVICE_POWER_OPEN), 0);
	cores_exchange();
	turns(20);
	assert_true(where(0) == 1 || where(1) == 1);
}

/* It may have gone before the console's core looks at it again. */
TEST(test_a_vcpu_that_is_told_to_go_is_not_woken_by_that)
{
	begin_dark();
	assert_int_equal(tell(1, SERVICE_POWER_OFF), 0);
	cores_exchange();
	assert_false(is_wanted(1));
	assert_true(cores_is_dark(1));
	assert_int_equal(tell(1, SERVICE_POWER_OPEN), 0);
	cores_exchange();
	assert_false(cores_is_dark(1));
}

TEST(test_need_is_told_once_if_asked_for)
{
	crowd();
	close_but(1u << 2);
	turns(4);
	assert_int_equal(events() & SERVICE_EVENT_NEED, 0);
	assert_int_equal(tell(0, SERVICE_POWER_TELL), 0);
	turns(4);
	assert_int_equal(shared_memory->need, 0);
	assert_int_not_equal(events() & SERVICE_EVENT_NEED, 0);
}

/*
 * Both are on the console's core, the others are off or closed. One has just been chosen, and has
 * an interrupt, when it has been so for a turn and the console service hears of it.
 */
static void begin_need(void)
{
	struct vcpu *first = &partition_at(0)->vcpus[0];

	begin();
	move(0, 0);
	move(1, 0);
	close_but(1u << 0);
	assert_int_equal(tell(1, SERVICE_POWER_OFF), 0);
	cores_exchange();
	assert_true(cores_is_dark(1));
	cores_do(0, wake_both);
	cores_turn_to(0, &first->context);
	cores_open_interrupts(0);
	cores_turn_to(0, &services_warden->context);
	cores_quiet(0);
	fake_time(MS(100));
	cores_do(0, choose_anew);
	assert_int_equal(tell(0, SERVICE_POWER_TELL), 0);
	fake_gic_pulse(CORES_SPI(0));
	cores_exchange();
	fake_time(MS(104));
	cores_do(0, choose_anew);
	cores_turn_to(0, &first->context);
	assert_int_equal(shared_memory->need, 0);
	assert_ptr_equal(core.vcpu, first);
	assert_true(vgic_cpu_pending(first));
	cores_exchange();
	cores_on(0);
}

/* Shows: power.by-need. */
TEST(test_of_a_need_the_service_hears_at_once)
{
	begin_need();
	assert_ptr_equal(seen_running(), &services_warden->context);
	assert_int_not_equal(core.current->x[0] & SERVICE_EVENT_NEED, 0);
}

/* It asks for one of the two; the other one waits for the console service only. */
TEST(test_one_goes_to_the_core_that_comes)
{
	begin_need();
	cores_turn_to(0, &services_warden->context);
	assert_int_equal(tell(1, SERVICE_POWER_OPEN), 0);
	cores_exchange();
	fake_time(MS(108)); /* the next look */
	cores_exchange();
	assert_int_equal(where(0) + where(1), 1);
	cores_quiet(0);
	cores_exchange();
	for (uint32_t i = 0; i < 2; i++) {
		cores_on(where(i));
		assert_ptr_equal(seen_running(), &partition_at(0)->vcpus[i].context);
	}
	assert_int_equal(where(0) + where(1), 1);
}

TEST(test_requests_that_are_nonsense)
{
	begin();
	assert_int_equal(tell(0, SERVICE_POWER_OFF), KUMIKI_INVALID_PARAMETERS);
	assert_int_equal(tell(4, SERVICE_POWER_OFF), KUMIKI_INVALID_PARAMETERS);
	assert_int_equal(tell(~0ULL, SERVICE_POWER_OPEN), KUMIKI_INVALID_PARAMETERS);
	assert_int_equal(tell(1, SERVICE_POWER_ASK + 1), KUMIKI_INVALID_PARAMETERS);
	assert_int_equal(tell(POWER_POLICIES, SERVICE_POWER_HOLDS), KUMIKI_INVALID_PARAMETERS);
	assert_int_equal(tell(~0ULL, SERVICE_POWER_HOLDS), KUMIKI_INVALID_PARAMETERS);
}

/* ---- the policy ---- */

/* The answer of the second partition's call. */
static int64_t ask(uint64_t policy)
{
	struct vcpu *vcpu = &partition_at(1)->vcpus[0];

	cores_turn_to(3, &vcpu->context);
	cores_call(3, KUMIKI_CALL_POWER, policy, 0, 0);
	return (int64_t)vcpu->context.x[0];
}

static void begin_with_manager(uint32_t flags)
{
	struct cores_plan plan = four;

	plan.flags[1] = flags;
	cores_begin(&plan);
	cores_load_all();
	cores_exchange();
}

TEST(test_a_manager_changes_the_policy)
{
	begin_with_manager(BUNDLE_MANAGES_POWER);
	assert_int_equal(ask(KUMIKI_POWER_SAME), POWER_PERFORMANCE);
	assert_int_equal(ask(POWER_POLICIES), KUMIKI_INVALID_PARAMETERS);
	assert_int_equal(ask(1ULL << 32 | POWER_POWERSAVE), KUMIKI_INVALID_PARAMETERS);
	assert_int_equal(events() & SERVICE_EVENT_POLICY, 0);
	assert_int_equal(ask(POWER_POWERSAVE), POWER_PERFORMANCE);
	assert_int_not_equal(events() & SERVICE_EVENT_POLICY, 0);
	assert_int_equal(tell(0, SERVICE_POWER_ASK), POWER_POWERSAVE);
	assert_int_equal(ask(KUMIKI_POWER_SAME), POWER_POWERSAVE);
}

/* The operator's or the schedule's is seen by managers, and the minute stands beside it.
 * Shows: power.who-sets. */
TEST(test_the_last_policy_holds)
{
	begin_with_manager(BUNDLE_MANAGES_POWER);
	assert_int_equal(ask(POWER_POWERSAVE), POWER_PERFORMANCE);
	assert_int_equal(tell(POWER_ISOLATE, SERVICE_POWER_HOLDS), 0);
	assert_int_equal(tell(29000000, SERVICE_POWER_SEEN), 0);
	assert_int_equal(tell(0, SERVICE_POWER_ASK), 29000000LL << 8 | POWER_ISOLATE);
	assert_int_equal(ask(POWER_BALANCED), POWER_ISOLATE);
	assert_int_equal(tell(0, SERVICE_POWER_ASK), 29000000LL << 8 | POWER_BALANCED);
}

/* Shows: power.who-sets. */
TEST(test_a_request_without_the_right_changes_nothing)
{
	begin_with_manager(0);
	assert_int_equal(ask(POWER_POWERSAVE), KUMIKI_DENIED);
	assert_int_equal(ask(KUMIKI_POWER_SAME), KUMIKI_DENIED);
	assert_int_equal(ask(POWER_POLICIES), KUMIKI_DENIED);
	assert_int_equal(shared_memory->policy, POWER_PERFORMANCE);
	assert_int_equal(events() & SERVICE_EVENT_POLICY, 0);
}

/* ---- traces ---- */

static void hold(void)
{
	trace_hold(true);
}

TEST(test_holding_the_traces_wakes_nobody)
{
	begin_dark();
	cores_do(0, hold);
	assert_false(is_wanted(1));
	assert_int_equal(box(1)->word[MAIL_SERVICE], 0);
	(void)tell(1, SERVICE_POWER_OPEN);
	cores_on(1);
	core_ring->step = 1;
	cores_exchange();
	assert_int_equal(core_ring->step, 0);
}
