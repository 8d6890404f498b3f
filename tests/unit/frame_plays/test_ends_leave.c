/*
 * Ends of channels at EL2 that leave while brokers run, and join again (brokers.h): partitions that
 * are suspended, stopped or restarted, or that a debugger holds.
 */
#include "brokers.h"

#include <kumiki/debug.h>
#include <life/debug.h>
#include <state/core.h>
#include <unit.h>
#include <word/channel.h>

/* ---- ends that leave ---- */

static uint32_t life_told(uint32_t partition)
{
	return channel_told(0)->life[partition];
}

static void expect_state(uint32_t partition, enum life_state state)
{
	cores_on(3);
	assert_int_equal(partition_at(partition)->life.status.state, state);
}

/* Core 0 is slow: it runs a broker, and takes no message. */
static void suspend_while_a_broker_runs(void)
{
	brokers_begin();
	assert_int_equal(life_told(1), 1);
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	assert_true(brokers_runs(0, 0));
	cores_tell(3, 1, LIFE_SUSPEND);
	while (cores_interrupt(2))
		continue;
}

/* Shows: channel.leave. */
TEST(test_a_suspend_waits_for_a_broker_that_runs)
{
	suspend_while_a_broker_runs();
	expect_state(1, LIFE_SUSPENDING);
	assert_int_equal(life_told(1), 0);
	brokers_at(0)->service.context.pc = SERVICE_TEXT + 0x100;
	while (cores_interrupt(0))
		continue;
	assert_true(brokers_runs(0, 0)); /* and has forgotten its open work */
	assert_int_equal(brokers_at(0)->service.context.pc, SERVICE_TEXT);
	cores_settle();
	expect_state(1, LIFE_SUSPENDED);
	brokers_rest(0, 0, 0);
	brokers_quiet();
	cores_tell(3, 1, LIFE_RESUME);
	cores_settle();
	expect_state(1, LIFE_RUNNING);
	assert_int_equal(life_told(1), 1);
	assert_true(brokers_runs(2, 1)); /* anew, as it was away when the epoch changed */
	brokers_rest(2, 0, 0);
	assert_true(brokers_runs(2, 1));
	assert_true((core.current->x[0] & CHANNEL_WORK_QUEUE) != 0);
}

/* A broker that rests first lets it go. */
TEST(test_a_suspend_goes_on_when_the_broker_rests)
{
	suspend_while_a_broker_runs();
	expect_state(1, LIFE_SUSPENDING);
	brokers_rest(0, 0, 0);
	cores_settle();
	expect_state(1, LIFE_SUSPENDED);
	/* It is woken by work alone, and its epoch is old: it begins anew. */
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	assert_true(brokers_runs(0, 0));
	assert_int_equal(brokers_at(0)->service.context.pc, SERVICE_TEXT);
	assert_int_equal(shared_memory->channel[0].leaving, 0);
}

/* Nobody runs: nothing is waited for. */
TEST(test_a_suspend_beside_brokers_that_rest)
{
	brokers_begin();
	cores_tell(3, 1, LIFE_SUSPEND);
	while (cores_interrupt(2))
		continue;
	expect_state(1, LIFE_SUSPENDED);
	assert_int_equal(life_told(0), 1);
	assert_int_equal(life_told(1), 0);
}

TEST(test_each_life_has_its_number)
{
	brokers_begin();
	cores_tell(3, 1, LIFE_RESTART);
	cores_load_all();
	brokers_quiet(); /* the broker has begun anew */
	cores_load_all();
	assert_int_equal(life_told(1), 2);
	cores_tell(3, 1, LIFE_STOP);
	cores_settle();
	expect_state(1, LIFE_STOPPED);
	assert_int_equal(life_told(1), 0);
}

/* Two of one channel leave while the third one's broker runs. */
TEST(test_two_leave_at_once)
{
	suspend_while_a_broker_runs();
	cores_tell(0, 2, LIFE_SUSPEND);
	while (cores_interrupt(3))
		continue;
	expect_state(2, LIFE_SUSPENDING);
	cores_settle();
	expect_state(1, LIFE_SUSPENDED);
	expect_state(2, LIFE_SUSPENDED);
	assert_int_equal(shared_memory->channel[0].leaving, 0);
}

/* ---- ends that join ---- */

/* Its broker is told, and has the others look: they may have found the end away. */
TEST(test_a_broker_is_told_that_its_end_joins)
{
	brokers_begin();
	cores_tell(3, 1, LIFE_SUSPEND);
	cores_settle();
	expect_state(1, LIFE_SUSPENDED);
	brokers_quiet();
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	brokers_rest(0, 0, 1u << 1); /* its epoch is old: it begins anew */
	brokers_rest(0, 0, 1u << 1);
	cores_settle();
	assert_true(brokers_runs(2, 1)); /* and so does that one */
	brokers_quiet();
	cores_tell(3, 1, LIFE_RESUME);
	cores_settle();
	assert_false(brokers_runs(0, 0));
	assert_true(brokers_runs(2, 1));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE | CHANNEL_WORK_JOINED);
	brokers_rest(2, 0, 1u << 0);
	cores_settle();
	assert_true(brokers_runs(0, 0));
}

/* ---- a debugger ---- */

static void hit(void)
{
	debug_trap(core.vcpu, 0xf2004b75, 0);
}

static bool loader_works(uint32_t number, uint32_t partition)
{
	cores_on(number);
	return !cores_sleeps(number) && core.current == &partition_at(partition)->loader.context;
}

/* The debugger's loader orders that these vCPUs stand. */
static void loader_orders(uint32_t number, uint32_t held, uint32_t goes_on)
{
	cores_service(number, SERVICE_DONE,
	              DEBUG_ORDER_FOLLOW | goes_on | (uint64_t)held << DEBUG_ORDER_HOLDS);
}

static void take_all(uint32_t number)
{
	while (cores_interrupt(number))
		continue;
}

/* Partition 1 takes all messages, and its loader orders nothing. */
static void nothing_is_ordered(void)
{
	for (take_all(2); loader_works(2, 1); take_all(2))
		cores_service(2, SERVICE_DONE, 0);
}

/* The debugger hears of the stop when no broker writes any more.
 *
 * Shows: channel.leave. */
TEST(test_a_debuggers_stop_waits_for_a_broker_that_runs)
{
	brokers_begin();
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	assert_true(brokers_runs(0, 0));
	cores_do(2, hit);
	take_all(2);
	assert_int_equal(life_told(1), 0);
	assert_false(loader_works(2, 1));
	brokers_rest(0, 0, 0);
	take_all(0);
	take_all(2);
	assert_true(loader_works(2, 1));
	loader_orders(2, 1, 0);
	take_all(2);
	assert_true(loader_works(2, 1)); /* it stands */
	assert_int_equal(life_told(1), 0);
	loader_orders(2, 0, DEBUG_ORDER_GOES_ON);
	assert_int_equal(life_told(1), 1);
	nothing_is_ordered();
	assert_true(brokers_runs(2, 1));
	expect_state(1, LIFE_RUNNING);
}

/* A resumed partition doesn't join while a debugger holds it. */
TEST(test_a_resume_leaves_a_debuggers_stop)
{
	brokers_begin();
	cores_do(2, hit);
	nothing_is_ordered();
	cores_tell(3, 1, LIFE_SUSPEND);
	nothing_is_ordered();
	expect_state(1, LIFE_SUSPENDED);
	cores_tell(3, 1, LIFE_RESUME);
	nothing_is_ordered();
	expect_state(1, LIFE_RUNNING);
	assert_int_equal(life_told(1), 0);
}

/* The second vCPU stands late: its debugger lets go while the end is leaving. */
TEST(test_a_debugger_lets_go_of_an_end_that_leaves)
{
	brokers_begin();
	cores_do(0, hit);
	take_all(0);
	assert_true(loader_works(0, 0));
	loader_orders(0, 3, 0);
	take_all(0);
	assert_true(brokers_guest_writes(2, BROKERS_NOTIFY, 1));
	assert_true(brokers_runs(2, 1));
	cores_tell(3, 0, (enum life_command)LIFE_LOOK);
	take_all(0);
	assert_true(loader_works(0, 0));
	assert_int_equal(life_told(0), 1);
	take_all(1);
	take_all(0);
	assert_int_equal(life_told(0), 0);
	assert_int_equal(shared_memory->channel[0].leaving, 1);
	loader_orders(0, 0, DEBUG_ORDER_GOES_ON);
	assert_int_equal(life_told(0), 1);
	assert_int_equal(shared_memory->channel[0].leaving, 0);
	brokers_quiet();
	cores_settle();
	brokers_quiet();
	assert_int_equal(life_told(0), 1);
}
