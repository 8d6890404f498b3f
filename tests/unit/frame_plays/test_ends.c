/*
 * Ends of channels at EL2 (brokers.h): notices, accesses that wait for a broker, interrupts from
 * end to end, brokers that fail or rest until a time, and the budgets that pay for them.
 */
#include "brokers.h"
#include "seen.h"

#include <fake/gic.h>
#include <run/resident.h>
#include <start/recover.h>
#include <state/core.h>
#include <unit.h>
#include <word/timer.h>

/* ---- notices ---- */

TEST(test_a_notice_wakes_the_broker)
{
	brokers_begin();
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	assert_true(brokers_runs(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE);
	brokers_rest(0, 0, 0);
	assert_false(brokers_runs(0, 0));
	assert_int_equal(core.current->kind, CONTEXT_VCPU);
}

TEST(test_a_notice_from_another_core)
{
	brokers_begin();
	assert_true(brokers_guest_writes(1, BROKERS_NOTIFY, 1));
	assert_false(brokers_runs(0, 0));
	assert_true(cores_interrupt(0));
	assert_true(brokers_runs(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE);
}

/* Notices that come while the broker works are there when it rests. */
TEST(test_notices_are_not_lost)
{
	brokers_begin();
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	assert_true(brokers_guest_writes(1, BROKERS_NOTIFY, 1));
	assert_true(cores_interrupt(0));
	assert_true(brokers_runs(0, 0));
	brokers_rest(0, 0, 0);
	assert_true(brokers_runs(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE);
	brokers_rest(0, 0, 0);
	assert_false(brokers_runs(0, 0));
}

/* ---- accesses ---- */

TEST(test_an_access_waits_for_its_answer)
{
	brokers_begin();
	assert_false(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	assert_true(brokers_runs(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_REQUEST);
	assert_int_equal(core.current->x[1], CHANNEL_REQUEST(BROKERS_OTHER, 4, 0));
	brokers_answer(0, 0xcafe);
	brokers_rest(0, 0, 0);
	assert_true(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	assert_int_equal(brokers_read, 0xcafe);
	assert_false(
	    brokers_guest_reads(0, BROKERS_OTHER, 0x1000)); /* the next one is another one */
}

TEST(test_a_write_is_done_once)
{
	brokers_begin();
	assert_false(brokers_guest_writes(0, BROKERS_OTHER, 15));
	assert_int_equal(core.current->x[1], CHANNEL_REQUEST(BROKERS_OTHER, 4, 1));
	assert_int_equal(core.current->x[2], 15);
	brokers_answer(0, 0);
	brokers_rest(0, 0, 0);
	assert_true(brokers_guest_writes(0, BROKERS_OTHER, 15));
}

/* Another vCPU's access comes behind it, and a handler's access in between has its own answer. */
TEST(test_answers_go_to_their_own_accesses)
{
	brokers_begin();
	assert_false(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	assert_false(brokers_guest_reads(1, BROKERS_OTHER, 0x1000));
	assert_true(brokers_runs(0, 0));
	brokers_answer(0, 1);
	brokers_rest(0, 0, 0);
	assert_false(brokers_guest_reads(0, BROKERS_OTHER, 0x2000));
	assert_true(brokers_runs(0, 0));
	brokers_answer(0, 2);
	brokers_rest(0, 0, 0);
	assert_true(brokers_guest_reads(0, BROKERS_OTHER, 0x2000));
	assert_int_equal(brokers_read, 2);
	assert_false(brokers_guest_reads(0, BROKERS_OTHER, 0x1000)); /* it is asked again */
	brokers_answer(0, 3);
	brokers_rest(0, 0, 0);
	assert_true(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	assert_int_equal(brokers_read, 3);
}

/* Each vCPU asks before the other one has fetched its answer. */
TEST(test_vcpus_keep_their_answers)
{
	brokers_begin();
	assert_false(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	for (uint64_t i = 0; i < 10; i++) {
		assert_true(brokers_runs(0, 0));
		brokers_answer(0, 2 * i);
		brokers_rest(0, 0, 0);
		assert_false(brokers_guest_reads(1, BROKERS_OTHER, 0x2000));
		assert_true(cores_interrupt(0));
		brokers_answer(0, 2 * i + 1);
		brokers_rest(0, 0, 0);
		assert_true(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
		assert_int_equal(brokers_read, 2 * i);
		assert_false(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
		assert_true(brokers_guest_reads(1, BROKERS_OTHER, 0x2000));
		assert_int_equal(brokers_read, 2 * i + 1);
	}
}

/* The guest moves a thread that waits to another vCPU, and back before its next access. */
TEST(test_a_moved_thread_finds_no_old_answer)
{
	brokers_begin();
	assert_false(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	brokers_answer(0, 1);
	brokers_rest(0, 0, 0);
	assert_false(brokers_guest_reads(1, BROKERS_OTHER, 0x1000));
	assert_true(cores_interrupt(0));
	brokers_answer(0, 2);
	brokers_rest(0, 0, 0);
	assert_true(brokers_guest_reads(1, BROKERS_OTHER, 0x1000));
	assert_int_equal(brokers_read, 2);
	assert_false(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	brokers_answer(0, 3);
	brokers_rest(0, 0, 0);
	assert_true(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	assert_int_equal(brokers_read, 3);
}

/* After it there is a new driver, perhaps of another kernel at the same addresses. */
TEST(test_a_reset_drops_old_answers)
{
	brokers_begin();
	assert_false(brokers_guest_reads(1, BROKERS_OTHER, 0x1000));
	assert_true(cores_interrupt(0));
	brokers_answer(0, 1);
	brokers_rest(0, 0, 0);
	assert_false(brokers_guest_writes(0, BROKERS_DEVICE, 0));
	brokers_answer(0, 0);
	brokers_rest(0, 0, 0);
	assert_true(brokers_guest_writes(0, BROKERS_DEVICE, 0));
	assert_false(brokers_guest_reads(1, BROKERS_OTHER, 0x1000));
}

static void fail_with(enum end_request_state request)
{
	brokers_begin();
	assert_false(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	assert_true(brokers_runs(0, 0));
	brokers_at(0)->partition->ends[brokers_at(0)->own].request.state = request;
	cores_service(0, SERVICE_COMMAND, 0); /* which it may not */
	assert_false(brokers_runs(0, 0));
	while (brokers_at(0)->service.check != 0) /* its image is looked at */
		assert_true(cores_interrupt(0));
	assert_true(brokers_runs(0, 0));
	assert_int_equal(brokers_at(0)->service.failure->failures, 1);
	assert_int_equal(brokers_at(0)->service.context.pc, SERVICE_TEXT);
	brokers_rest(0, 0, 0);
	assert_true(brokers_runs(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_REQUEST | CHANNEL_WORK_QUEUE);
	assert_int_equal(core.current->x[1], CHANNEL_REQUEST(BROKERS_OTHER, 4, 0));
	brokers_answer(0, 7);
	brokers_rest(0, 0, 0);
	assert_true(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	assert_int_equal(brokers_read, 7);
}

/* Shows: channel.access-again. */
TEST(test_a_broker_that_fails_is_asked_again)
{
	fail_with(END_TAKEN);
}

/* The frame failed when it had taken the broker's work, but not yet the request. */
TEST(test_a_request_is_not_lost_with_its_word)
{
	fail_with(END_ASKED);
}

/* ---- a frame that fails, too ---- */

/* A core that starts again has no deadlines. */
static void start_again(void)
{
	timer_begin();
	recover_adopt_partitions();
}

/* Shows: channel.broker-restart. */
TEST(test_a_broker_that_failed_before_the_frame)
{
	brokers_begin();
	assert_false(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	cores_service(0, SERVICE_COMMAND, 0); /* which it may not */
	assert_int_not_equal(brokers_at(0)->service.check, 0);
	cores_do(0, start_again);
	cores_exchange();
	assert_int_equal(brokers_at(0)->service.check, 0);
	assert_true(brokers_runs(0, 0));
	brokers_rest(0, 0, 0);
	brokers_answer(0, 7);
	brokers_rest(0, 0, 0);
	assert_true(brokers_guest_reads(0, BROKERS_OTHER, 0x1000));
	assert_int_equal(brokers_read, 7);
}

/* ---- interrupts ---- */

/* virtio 1.2, 4.2.2.1. Only the answered write resets the device. */
TEST(test_a_reset_ends_the_interrupt)
{
	brokers_begin();
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	brokers_rest(0, 1u << 0, 0);
	assert_true(cores_interrupt(0));
	assert_int_equal(brokers_line(0), 1);
	assert_false(brokers_guest_writes(0, BROKERS_DEVICE, 0));
	assert_int_equal(brokers_line(0), 1);
	assert_true(brokers_runs(0, 0));
	brokers_answer(0, 0);
	brokers_rest(0, 0, 0);
	assert_true(brokers_guest_writes(0, BROKERS_DEVICE, 0));
	assert_int_equal(brokers_line(0), 0);
	assert_true(brokers_guest_reads(0, BROKERS_STATUS, 0));
	assert_int_equal(brokers_read, 0);
}

TEST(test_an_interrupt_until_it_is_acknowledged)
{
	brokers_begin();
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	brokers_rest(0, 1u << 1, 0);
	assert_int_equal(brokers_line(1), 0);
	assert_true(cores_interrupt(2));
	assert_int_equal(brokers_line(1), 1);
	assert_int_equal(brokers_line(2), 0);
	assert_true(brokers_guest_reads(2, BROKERS_STATUS, 0));
	assert_int_equal(brokers_read, 1);
	assert_true(brokers_guest_writes(2, BROKERS_ACK, 1));
	assert_int_equal(brokers_line(1), 0);
	assert_true(brokers_guest_reads(2, BROKERS_STATUS, 0));
	assert_int_equal(brokers_read, 0);
}

/* A changed device is reported apart from its queues. */
TEST(test_a_changed_device_is_told)
{
	brokers_begin();
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	cores_service(0, SERVICE_CHANGED, 1u << 1);
	brokers_rest(0, 1u << 1, 0);
	assert_true(cores_interrupt(2));
	assert_true(brokers_guest_reads(2, BROKERS_STATUS, 0));
	assert_int_equal(brokers_read, 3);
	assert_true(brokers_guest_writes(2, BROKERS_ACK, 1));
	assert_int_equal(brokers_line(1), 1);
	assert_true(brokers_guest_reads(2, BROKERS_STATUS, 0));
	assert_int_equal(brokers_read, 2);
	assert_true(brokers_guest_writes(2, BROKERS_ACK, 2));
	assert_int_equal(brokers_line(1), 0);
	assert_int_equal(brokers_line(2), 0);
}

TEST(test_a_broker_rests_until_a_time)
{
	uint64_t when;

	brokers_begin();
	when = timer_now() + 1000;
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	brokers_rest_until(0, when);
	assert_false(brokers_runs(0, 0));
	fake_time(when - 1);
	(void)cores_interrupt(0);
	assert_false(brokers_runs(0, 0));
	fake_time(when);
	assert_true(cores_interrupt(0));
	assert_true(brokers_runs(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE);
	brokers_rest(0, 0, 0);
	assert_false(brokers_runs(0, 0));
	assert_false(cores_interrupt(0));
}

/* A guest that kicks wakes it before; and then it needn't look again. */
TEST(test_a_broker_is_woken_before_its_time)
{
	uint64_t when;

	brokers_begin();
	when = timer_now() + 1000;
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	brokers_rest_until(0, when);
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	assert_true(brokers_runs(0, 0));
	brokers_rest(0, 0, 0);
	fake_time(when);
	assert_false(cores_interrupt(0));
	assert_false(brokers_runs(0, 0));
}

TEST(test_a_broker_has_another_one_look)
{
	brokers_begin();
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	brokers_rest(0, 0, 1u << 2 | 1u << 7); /* there is no such end */
	cores_settle();
	assert_true(brokers_runs(3, 2));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE);
	brokers_rest(3, 0, 0);
	assert_false(brokers_runs(2, 1));
}

/* More than can be sent at a time: the call is made again for the rest. */
TEST(test_many_signals_take_several_calls)
{
	uint64_t pc;

	cores_begin(&(struct cores_plan){.cores = 6,
	                                 .partitions = 6,
	                                 .vcpus = {1, 1, 1, 1, 1, 1},
	                                 .channel = true,
	                                 .stay_on = true});
	cores_load_all();
	while (brokers_runs(0, 0))
		brokers_rest(0, 0, 0);
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	assert_true(brokers_runs(0, 0));
	pc = fake_sysregs->elr_el2 = SERVICE_TEXT + 0x40;
	brokers_rest(0, 0x3e, 0);
	assert_true(brokers_runs(0, 0));
	assert_int_equal(fake_sysregs->elr_el2, pc - 4);
	assert_int_equal(core.current->x[0], 0x30);
	brokers_rest(0, core.current->x[0], 0);
	assert_false(brokers_runs(0, 0));
	cores_settle();
	for (uint32_t p = 1; p < 6; p++)
		assert_int_equal(brokers_line(p), 1);
}

/* ---- budgets ---- */

/* Shows: channel.paid. */
TEST(test_a_budget_pays_for_the_broker)
{
	const struct budget *budget = &partition_at(0)->vcpus[0].run.budget;
	uint64_t before;

	cores_begin(
	    &(struct cores_plan){.cores = 4,
	                         .partitions = 3,
	                         .vcpus = {2, 1, 1},
	                         .channel = true,
	                         .stay_on = true,
	                         .promise = {{{.budget_us = 5000, .budget_period_us = 10000}}}});
	fake_time(1000);
	cores_load_all();
	brokers_quiet();
	before = budget->left;
	assert_true(before != 0);
	assert_true(brokers_guest_writes(0, BROKERS_NOTIFY, 1));
	assert_true(brokers_runs(0, 0));
	fake_time(1000 + 2000);
	brokers_rest(0, 0, 0);
	assert_int_equal(budget->left, before - 2000);
	assert_int_equal(partition_at(0)->vcpus[0].run.account->used, budget->full - budget->left);
}

static void wait_now(void)
{
	resident_wait(vcpu_of(core.current));
}

static void wake_first(void)
{
	resident_wake(&partition_at(0)->vcpus[0]);
}

/*
 * The broker uses up its vCPU's guarantee while the vCPU waits. Awake, the vCPU goes on at priority
 * 0 until its next period.
 */
TEST(test_a_guarantee_pays_for_the_broker_while_it_waits)
{
	const struct vcpu *vcpu = &partition_at(0)->vcpus[0];

	cores_begin(&(struct cores_plan){
	    .cores = 4,
	    .partitions = 3,
	    .vcpus = {2, 1, 1},
	    .channel = true,
	    .stay_on = true,
	    .promise = {
	        {{.budget_us = 1000, .budget_period_us = 4000, .flags = BUNDLE_VCPU_GUARANTEE}}}});
	fake_time(0);
	cores_load_all();
	brokers_quiet();
	cores_call(0, CPU_ON, 1, CORES_RAM + 0x1000, 0);
	cores_settle();
	brokers_quiet();
	cores_do(0, wait_now);
	assert_true(brokers_guest_writes(1, BROKERS_NOTIFY, 1));
	cores_exchange();
	assert_true(brokers_runs(0, 0));
	fake_time(vcpu->run.budget.full);
	brokers_rest(0, 0, 0);
	assert_int_equal(seen_state(vcpu), ACCOUNT_WAITS);
	assert_int_equal(seen_left(vcpu), 0);
	cores_do(0, wake_first);
	assert_int_equal(seen_state(vcpu), ACCOUNT_READY);
	assert_ptr_equal(seen_running(), &vcpu->context);
	assert_int_equal(vcpu->context.priority, 0);
	assert_int_equal(vcpu->run.account->exhausted, 1);
	fake_time(vcpu->run.budget.next);
	cores_exchange();
	assert_int_equal(vcpu->context.priority, CORES_PRIORITY);
	assert_int_equal(seen_left(vcpu), vcpu->run.budget.full);
}

/* ---- the trace ---- */

/* The work of partition 1's broker in its turn, with its channel and partition. */
TEST(test_a_turn_is_traced)
{
	const struct trace_ring *ring;

	brokers_begin();
	assert_true(brokers_guest_writes(2, BROKERS_NOTIFY, 1));
	assert_true(brokers_runs(2, 1));
	core.current->x[3] = 0x02000103;
	brokers_rest(2, 0, 0);
	cores_on(2);
	ring = core_ring;
	for (uint64_t i = 1; i <= ring->next; i++) {
		const struct trace_event *event =
		    &ring->events[(ring->next - i) % TRACE_RING_EVENTS];

		if (TRACE_TYPE(event) != TRACE_CARRY)
			continue;
		assert_int_equal(TRACE_VCPU(event), TRACE_BROKER);
		assert_int_equal(event->data, 0x0200010300000001);
		return;
	}
	fail();
}
