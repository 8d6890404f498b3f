/*
 * Ends of channels at EL2: notices, accesses that wait for a broker, interrupts from end to end,
 * brokers that fail, and ends that leave while brokers run. Partition 0 has its home on core 0 and
 * a second vCPU on core 1; partition 1 is on core 2, partition 2 on core 3.
 */
#include "cores.h"
#include "seen.h"

#include <devices/emulated.h>
#include <devices/ends.h>
#include <fake/gic.h>
#include <kumiki/debug.h>
#include <life/debug.h>
#include <machine/activation.h>
#include <run/resident.h>
#include <setjmp.h>
#include <state/core.h>
#include <state/partition.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <turn/service_calls.h>
#include <word/channel.h>
#include <word/timer.h>

#include <cmocka.h>

#define NOTIFY 0x050
#define STATUS 0x060
#define ACK    0x064
#define DEVICE 0x070
#define OTHER  0x070 /* which the broker answers */

#define CPU_ON 0xc4000003u

static struct broker *broker_at(uint32_t partition)
{
	return &partition_at(partition)->brokers[0];
}

/* This core runs the broker of this partition. */
static bool works(uint32_t number, uint32_t partition)
{
	cores_on(number);
	return !cores_sleeps(number) && core.current == &broker_at(partition)->service.context;
}

/* ---- a guest's accesses ---- */

static struct {
	uint32_t offset;
	bool write, done;
	uint64_t value;
} access;

static void do_access(void)
{
	struct vcpu *vcpu = core.vcpu;

	assert_int_equal(core.current->kind, CONTEXT_VCPU);
	assert_true(devices_take(vcpu->partition));
	access.done = access.write ? ends_write(vcpu, 0, access.offset, 4, access.value)
	                           : ends_read(vcpu, 0, access.offset, 4, &access.value);
	devices_give(vcpu->partition);
}

/* As an instruction at `pc`. True: it is done, and access.value is what it read. */
static bool guest_reads(uint32_t number, uint32_t offset, uint64_t pc)
{
	access.offset = offset;
	access.write = false;
	fake_activation = (struct activation){.pc = pc};
	cores_do(number, do_access);
	return access.done;
}

static bool guest_writes(uint32_t number, uint32_t offset, uint64_t value)
{
	access.offset = offset;
	access.write = true;
	access.value = value;
	fake_activation = (struct activation){.pc = 4 * offset};
	cores_do(number, do_access);
	return access.done;
}

/* ---- a broker's calls ---- */

static uint64_t interrupts, looks, again = SERVICE_FOREVER;

static void rest(void)
{
	uint64_t *x = core.current->x;

	assert_int_equal(core.current->kind, CONTEXT_BROKER);
	x[8] = SERVICE_REST;
	x[0] = interrupts;
	x[1] = looks;
	x[2] = again;
	service_call(core.current);
}

static void broker_rests(uint32_t number, uint64_t with_interrupts, uint64_t with_looks)
{
	interrupts = with_interrupts;
	looks = with_looks;
	cores_do(number, rest);
}

static void broker_answers(uint32_t number, uint64_t value)
{
	assert_int_equal(core.current->kind, CONTEXT_BROKER);
	cores_service(number, SERVICE_ANSWER, value);
}

/* The brokers have looked at what there was as their partitions began. */
static void quiet(void)
{
	static const uint8_t homes[] = {0, 2, 3};

	for (uint32_t p = 0; p < 3; p++)
		while (works(homes[p], p))
			broker_rests(homes[p], 0, 0);
}

static void begin(void)
{
	cores_begin(&(struct cores_plan){
	    .cores = 4, .partitions = 3, .vcpus = {2, 1, 1}, .channel = true, .stay_on = true});
	cores_load_all();
	quiet();
	cores_call(0, CPU_ON, 1, CORES_RAM + 0x1000, 0);
	cores_settle();
	quiet();
}

static uint64_t line_of(uint32_t partition)
{
	return partition_at(partition)->vgic.line[CORES_END_SPI / 32] >> CORES_END_SPI % 32 & 1;
}

/* ---- notices ---- */

static void test_a_notice_wakes_the_broker(void **state)
{
	(void)state;
	begin();
	assert_true(guest_writes(0, NOTIFY, 1));
	assert_true(works(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE);
	broker_rests(0, 0, 0);
	assert_false(works(0, 0));
	assert_int_equal(core.current->kind, CONTEXT_VCPU);
}

static void test_a_notice_from_another_core(void **state)
{
	(void)state;
	begin();
	assert_true(guest_writes(1, NOTIFY, 1));
	assert_false(works(0, 0));
	assert_true(cores_interrupt(0));
	assert_true(works(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE);
}

/* What comes while the broker works is there when it rests. */
static void test_notices_are_not_lost(void **state)
{
	(void)state;
	begin();
	assert_true(guest_writes(0, NOTIFY, 1));
	assert_true(guest_writes(1, NOTIFY, 1));
	assert_true(cores_interrupt(0));
	assert_true(works(0, 0));
	broker_rests(0, 0, 0);
	assert_true(works(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE);
	broker_rests(0, 0, 0);
	assert_false(works(0, 0));
}

/* ---- accesses ---- */

static void test_an_access_waits_for_its_answer(void **state)
{
	(void)state;
	begin();
	assert_false(guest_reads(0, OTHER, 0x1000));
	assert_true(works(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_REQUEST);
	assert_int_equal(core.current->x[1], CHANNEL_REQUEST(OTHER, 4, 0));
	broker_answers(0, 0xcafe);
	broker_rests(0, 0, 0);
	assert_true(guest_reads(0, OTHER, 0x1000));
	assert_int_equal(access.value, 0xcafe);
	assert_false(guest_reads(0, OTHER, 0x1000)); /* the next one is another one */
}

static void test_a_write_is_done_once(void **state)
{
	(void)state;
	begin();
	assert_false(guest_writes(0, OTHER, 15));
	assert_int_equal(core.current->x[1], CHANNEL_REQUEST(OTHER, 4, 1));
	assert_int_equal(core.current->x[2], 15);
	broker_answers(0, 0);
	broker_rests(0, 0, 0);
	assert_true(guest_writes(0, OTHER, 15));
}

/* Another vCPU's access comes behind it, and a handler's access in between has its own answer. */
static void test_answers_go_to_their_own_accesses(void **state)
{
	(void)state;
	begin();
	assert_false(guest_reads(0, OTHER, 0x1000));
	assert_false(guest_reads(1, OTHER, 0x1000));
	assert_true(works(0, 0));
	broker_answers(0, 1);
	broker_rests(0, 0, 0);
	assert_false(guest_reads(0, OTHER, 0x2000));
	assert_true(works(0, 0));
	broker_answers(0, 2);
	broker_rests(0, 0, 0);
	assert_true(guest_reads(0, OTHER, 0x2000));
	assert_int_equal(access.value, 2);
	assert_false(guest_reads(0, OTHER, 0x1000)); /* it is asked again */
	broker_answers(0, 3);
	broker_rests(0, 0, 0);
	assert_true(guest_reads(0, OTHER, 0x1000));
	assert_int_equal(access.value, 3);
}

/* Each vCPU asks before the other one has fetched its answer. */
static void test_vcpus_keep_their_answers(void **state)
{
	(void)state;
	begin();
	assert_false(guest_reads(0, OTHER, 0x1000));
	for (uint64_t i = 0; i < 10; i++) {
		assert_true(works(0, 0));
		broker_answers(0, 2 * i);
		broker_rests(0, 0, 0);
		assert_false(guest_reads(1, OTHER, 0x2000));
		assert_true(cores_interrupt(0));
		broker_answers(0, 2 * i + 1);
		broker_rests(0, 0, 0);
		assert_true(guest_reads(0, OTHER, 0x1000));
		assert_int_equal(access.value, 2 * i);
		assert_false(guest_reads(0, OTHER, 0x1000));
		assert_true(guest_reads(1, OTHER, 0x2000));
		assert_int_equal(access.value, 2 * i + 1);
	}
}

/* The guest moves a thread that waits to another vCPU, and back before its next access. */
static void test_a_moved_thread_finds_no_old_answer(void **state)
{
	(void)state;
	begin();
	assert_false(guest_reads(0, OTHER, 0x1000));
	broker_answers(0, 1);
	broker_rests(0, 0, 0);
	assert_false(guest_reads(1, OTHER, 0x1000));
	assert_true(cores_interrupt(0));
	broker_answers(0, 2);
	broker_rests(0, 0, 0);
	assert_true(guest_reads(1, OTHER, 0x1000));
	assert_int_equal(access.value, 2);
	assert_false(guest_reads(0, OTHER, 0x1000));
	broker_answers(0, 3);
	broker_rests(0, 0, 0);
	assert_true(guest_reads(0, OTHER, 0x1000));
	assert_int_equal(access.value, 3);
}

/* After it there is a new driver, perhaps of another kernel at the same addresses. */
static void test_a_reset_drops_old_answers(void **state)
{
	(void)state;
	begin();
	assert_false(guest_reads(1, OTHER, 0x1000));
	assert_true(cores_interrupt(0));
	broker_answers(0, 1);
	broker_rests(0, 0, 0);
	assert_false(guest_writes(0, DEVICE, 0));
	broker_answers(0, 0);
	broker_rests(0, 0, 0);
	assert_true(guest_writes(0, DEVICE, 0));
	assert_false(guest_reads(1, OTHER, 0x1000));
}

/* Shows: channel.access-again. */
static void test_a_broker_that_fails_is_asked_again(void **state)
{
	(void)state;
	begin();
	assert_false(guest_reads(0, OTHER, 0x1000));
	assert_true(works(0, 0));
	cores_service(0, SERVICE_COMMAND, 0); /* which it may not */
	assert_true(works(0, 0));
	assert_int_equal(broker_at(0)->service.failure->failures, 1);
	assert_int_equal(broker_at(0)->service.context.pc, SERVICE_TEXT);
	broker_rests(0, 0, 0);
	assert_true(works(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_REQUEST | CHANNEL_WORK_QUEUE);
	assert_int_equal(core.current->x[1], CHANNEL_REQUEST(OTHER, 4, 0));
	broker_answers(0, 7);
	broker_rests(0, 0, 0);
	assert_true(guest_reads(0, OTHER, 0x1000));
	assert_int_equal(access.value, 7);
}

/* ---- interrupts ---- */

/* virtio 1.2, 4.2.2.1. Only the answered write resets the device. */
static void test_a_reset_ends_the_interrupt(void **state)
{
	(void)state;
	begin();
	assert_true(guest_writes(0, NOTIFY, 1));
	broker_rests(0, 1u << 0, 0);
	assert_true(cores_interrupt(0));
	assert_int_equal(line_of(0), 1);
	assert_false(guest_writes(0, DEVICE, 0));
	assert_int_equal(line_of(0), 1);
	assert_true(works(0, 0));
	broker_answers(0, 0);
	broker_rests(0, 0, 0);
	assert_true(guest_writes(0, DEVICE, 0));
	assert_int_equal(line_of(0), 0);
	assert_true(guest_reads(0, STATUS, 0));
	assert_int_equal(access.value, 0);
}

static void test_an_interrupt_until_it_is_acknowledged(void **state)
{
	(void)state;
	begin();
	assert_true(guest_writes(0, NOTIFY, 1));
	broker_rests(0, 1u << 1, 0);
	assert_int_equal(line_of(1), 0);
	assert_true(cores_interrupt(2));
	assert_int_equal(line_of(1), 1);
	assert_int_equal(line_of(2), 0);
	assert_true(guest_reads(2, STATUS, 0));
	assert_int_equal(access.value, 1);
	assert_true(guest_writes(2, ACK, 1));
	assert_int_equal(line_of(1), 0);
	assert_true(guest_reads(2, STATUS, 0));
	assert_int_equal(access.value, 0);
}

/* That a device has changed is told apart from what is in its queues. */
static void test_a_changed_device_is_told(void **state)
{
	(void)state;
	begin();
	assert_true(guest_writes(0, NOTIFY, 1));
	cores_service(0, SERVICE_CHANGED, 1u << 1);
	broker_rests(0, 1u << 1, 0);
	assert_true(cores_interrupt(2));
	assert_true(guest_reads(2, STATUS, 0));
	assert_int_equal(access.value, 3);
	assert_true(guest_writes(2, ACK, 1));
	assert_int_equal(line_of(1), 1);
	assert_true(guest_reads(2, STATUS, 0));
	assert_int_equal(access.value, 2);
	assert_true(guest_writes(2, ACK, 2));
	assert_int_equal(line_of(1), 0);
	assert_int_equal(line_of(2), 0);
}

static void broker_rests_until(uint32_t number, uint64_t when)
{
	again = when;
	broker_rests(number, 0, 0);
	again = SERVICE_FOREVER;
}

static void test_a_broker_rests_until_a_time(void **state)
{
	uint64_t when;

	(void)state;
	begin();
	when = timer_now() + 1000;
	assert_true(guest_writes(0, NOTIFY, 1));
	broker_rests_until(0, when);
	assert_false(works(0, 0));
	fake_time(when - 1);
	(void)cores_interrupt(0);
	assert_false(works(0, 0));
	fake_time(when);
	assert_true(cores_interrupt(0));
	assert_true(works(0, 0));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE);
	broker_rests(0, 0, 0);
	assert_false(works(0, 0));
	assert_false(cores_interrupt(0));
}

/* A guest that kicks wakes it before; and then it needn't look again. */
static void test_a_broker_is_woken_before_its_time(void **state)
{
	uint64_t when;

	(void)state;
	begin();
	when = timer_now() + 1000;
	assert_true(guest_writes(0, NOTIFY, 1));
	broker_rests_until(0, when);
	assert_true(guest_writes(0, NOTIFY, 1));
	assert_true(works(0, 0));
	broker_rests(0, 0, 0);
	fake_time(when);
	assert_false(cores_interrupt(0));
	assert_false(works(0, 0));
}

static void test_a_broker_has_another_one_look(void **state)
{
	(void)state;
	begin();
	assert_true(guest_writes(0, NOTIFY, 1));
	broker_rests(0, 0, 1u << 2 | 1u << 7); /* there is no such end */
	cores_settle();
	assert_true(works(3, 2));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE);
	broker_rests(3, 0, 0);
	assert_false(works(2, 1));
}

/* More than can be sent at a time: the call is made again for the rest. */
static void test_many_signals_take_several_calls(void **state)
{
	uint64_t pc;

	(void)state;
	cores_begin(&(struct cores_plan){.cores = 6,
	                                 .partitions = 6,
	                                 .vcpus = {1, 1, 1, 1, 1, 1},
	                                 .channel = true,
	                                 .stay_on = true});
	cores_load_all();
	while (works(0, 0))
		broker_rests(0, 0, 0);
	assert_true(guest_writes(0, NOTIFY, 1));
	assert_true(works(0, 0));
	pc = fake_sysregs->elr_el2 = SERVICE_TEXT + 0x40;
	broker_rests(0, 0x3e, 0);
	assert_true(works(0, 0));
	assert_int_equal(fake_sysregs->elr_el2, pc - 4);
	assert_int_equal(core.current->x[0], 0x30);
	broker_rests(0, core.current->x[0], 0);
	assert_false(works(0, 0));
	cores_settle();
	for (uint32_t p = 1; p < 6; p++)
		assert_int_equal(line_of(p), 1);
}

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
	begin();
	assert_int_equal(life_told(1), 1);
	assert_true(guest_writes(0, NOTIFY, 1));
	assert_true(works(0, 0));
	cores_tell(3, 1, LIFE_SUSPEND);
	while (cores_interrupt(2))
		continue;
}

/* Shows: channel.leave. */
static void test_a_suspend_waits_for_a_broker_that_runs(void **state)
{
	(void)state;
	suspend_while_a_broker_runs();
	expect_state(1, LIFE_SUSPENDING);
	assert_int_equal(life_told(1), 0);
	broker_at(0)->service.context.pc = SERVICE_TEXT + 0x100;
	while (cores_interrupt(0))
		continue;
	assert_true(works(0, 0)); /* and has forgotten what it had in hand */
	assert_int_equal(broker_at(0)->service.context.pc, SERVICE_TEXT);
	cores_settle();
	expect_state(1, LIFE_SUSPENDED);
	broker_rests(0, 0, 0);
	quiet();
	cores_tell(3, 1, LIFE_RESUME);
	cores_settle();
	expect_state(1, LIFE_RUNNING);
	assert_int_equal(life_told(1), 1);
	assert_true(works(2, 1)); /* anew, as it was away when the epoch changed */
	broker_rests(2, 0, 0);
	assert_true(works(2, 1));
	assert_true((core.current->x[0] & CHANNEL_WORK_QUEUE) != 0);
}

/* A broker that rests first lets it go. */
static void test_a_suspend_goes_on_when_the_broker_rests(void **state)
{
	(void)state;
	suspend_while_a_broker_runs();
	expect_state(1, LIFE_SUSPENDING);
	broker_rests(0, 0, 0);
	cores_settle();
	expect_state(1, LIFE_SUSPENDED);
	/* It is woken by work alone, and its epoch is old: it begins anew. */
	assert_true(guest_writes(0, NOTIFY, 1));
	assert_true(works(0, 0));
	assert_int_equal(broker_at(0)->service.context.pc, SERVICE_TEXT);
	assert_int_equal(shared_memory->channel[0].leaving, 0);
}

/* Nobody runs: nothing is waited for. */
static void test_a_suspend_beside_brokers_that_rest(void **state)
{
	(void)state;
	begin();
	cores_tell(3, 1, LIFE_SUSPEND);
	while (cores_interrupt(2))
		continue;
	expect_state(1, LIFE_SUSPENDED);
	assert_int_equal(life_told(0), 1);
	assert_int_equal(life_told(1), 0);
}

static void test_each_life_has_its_number(void **state)
{
	(void)state;
	begin();
	cores_tell(3, 1, LIFE_RESTART);
	cores_load_all();
	quiet(); /* the broker has begun anew */
	cores_load_all();
	assert_int_equal(life_told(1), 2);
	cores_tell(3, 1, LIFE_STOP);
	cores_settle();
	expect_state(1, LIFE_STOPPED);
	assert_int_equal(life_told(1), 0);
}

/* Two of one channel leave while the third one's broker runs. */
static void test_two_leave_at_once(void **state)
{
	(void)state;
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

/* Shows: channel.paid. */
static void test_a_budget_pays_for_the_broker(void **state)
{
	const struct budget *budget = &partition_at(0)->vcpus[0].run.budget;
	uint64_t before;

	(void)state;
	cores_begin(
	    &(struct cores_plan){.cores = 4,
	                         .partitions = 3,
	                         .vcpus = {2, 1, 1},
	                         .channel = true,
	                         .stay_on = true,
	                         .promise = {{{.budget_us = 5000, .budget_period_us = 10000}}}});
	fake_time(1000);
	cores_load_all();
	quiet();
	before = budget->left;
	assert_true(before != 0);
	assert_true(guest_writes(0, NOTIFY, 1));
	assert_true(works(0, 0));
	fake_time(1000 + 2000);
	broker_rests(0, 0, 0);
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

/* The broker uses up what its vCPU was promised while that one waits: awake, it goes on at priority
 * 0 until its next period. */
static void test_a_guarantee_pays_for_the_broker_while_it_waits(void **state)
{
	const struct vcpu *vcpu = &partition_at(0)->vcpus[0];

	(void)state;
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
	quiet();
	cores_call(0, CPU_ON, 1, CORES_RAM + 0x1000, 0);
	cores_settle();
	quiet();
	cores_do(0, wait_now);
	assert_true(guest_writes(1, NOTIFY, 1));
	cores_exchange();
	assert_true(works(0, 0));
	fake_time(vcpu->run.budget.full);
	broker_rests(0, 0, 0);
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

/* ---- ends that join ---- */

/* Its broker is told, and has the others look: they may have found the end away. */
static void test_a_broker_is_told_that_its_end_joins(void **state)
{
	(void)state;
	begin();
	cores_tell(3, 1, LIFE_SUSPEND);
	cores_settle();
	expect_state(1, LIFE_SUSPENDED);
	quiet();
	assert_true(guest_writes(0, NOTIFY, 1));
	broker_rests(0, 0, 1u << 1); /* its epoch is old: it begins anew */
	broker_rests(0, 0, 1u << 1);
	cores_settle();
	assert_true(works(2, 1)); /* and so does that one */
	quiet();
	cores_tell(3, 1, LIFE_RESUME);
	cores_settle();
	assert_false(works(0, 0));
	assert_true(works(2, 1));
	assert_int_equal(core.current->x[0], CHANNEL_WORK_QUEUE | CHANNEL_WORK_JOINED);
	broker_rests(2, 0, 1u << 0);
	cores_settle();
	assert_true(works(0, 0));
}

/* ---- the trace ---- */

/* What the broker of partition 1 did in its turn, with its channel and partition. */
static void test_a_turn_is_traced(void **state)
{
	const struct trace_ring *ring;

	(void)state;
	begin();
	assert_true(guest_writes(2, NOTIFY, 1));
	assert_true(works(2, 1));
	core.current->x[3] = 0x02000103;
	broker_rests(2, 0, 0);
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
static void test_a_debuggers_stop_waits_for_a_broker_that_runs(void **state)
{
	(void)state;
	begin();
	assert_true(guest_writes(0, NOTIFY, 1));
	assert_true(works(0, 0));
	cores_do(2, hit);
	take_all(2);
	assert_int_equal(life_told(1), 0);
	assert_false(loader_works(2, 1));
	broker_rests(0, 0, 0);
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
	assert_true(works(2, 1));
	expect_state(1, LIFE_RUNNING);
}

/* A resumed partition doesn't join while a debugger holds it. */
static void test_a_resume_leaves_a_debuggers_stop(void **state)
{
	(void)state;
	begin();
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
static void test_a_debugger_lets_go_of_an_end_that_leaves(void **state)
{
	(void)state;
	begin();
	cores_do(0, hit);
	take_all(0);
	assert_true(loader_works(0, 0));
	loader_orders(0, 3, 0);
	take_all(0);
	assert_true(guest_writes(2, NOTIFY, 1));
	assert_true(works(2, 1));
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
	quiet();
	cores_settle();
	quiet();
	assert_int_equal(life_told(0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_notice_wakes_the_broker),
	    cmocka_unit_test(test_a_notice_from_another_core),
	    cmocka_unit_test(test_notices_are_not_lost),
	    cmocka_unit_test(test_an_access_waits_for_its_answer),
	    cmocka_unit_test(test_a_write_is_done_once),
	    cmocka_unit_test(test_answers_go_to_their_own_accesses),
	    cmocka_unit_test(test_vcpus_keep_their_answers),
	    cmocka_unit_test(test_a_moved_thread_finds_no_old_answer),
	    cmocka_unit_test(test_a_reset_drops_old_answers),
	    cmocka_unit_test(test_a_broker_that_fails_is_asked_again),
	    cmocka_unit_test(test_a_reset_ends_the_interrupt),
	    cmocka_unit_test(test_an_interrupt_until_it_is_acknowledged),
	    cmocka_unit_test(test_a_changed_device_is_told),
	    cmocka_unit_test(test_a_broker_rests_until_a_time),
	    cmocka_unit_test(test_a_broker_is_woken_before_its_time),
	    cmocka_unit_test(test_a_broker_has_another_one_look),
	    cmocka_unit_test(test_many_signals_take_several_calls),
	    cmocka_unit_test(test_a_suspend_waits_for_a_broker_that_runs),
	    cmocka_unit_test(test_a_suspend_goes_on_when_the_broker_rests),
	    cmocka_unit_test(test_a_suspend_beside_brokers_that_rest),
	    cmocka_unit_test(test_each_life_has_its_number),
	    cmocka_unit_test(test_two_leave_at_once),
	    cmocka_unit_test(test_a_budget_pays_for_the_broker),
	    cmocka_unit_test(test_a_guarantee_pays_for_the_broker_while_it_waits),
	    cmocka_unit_test(test_a_broker_is_told_that_its_end_joins),
	    cmocka_unit_test(test_a_turn_is_traced),
	    cmocka_unit_test(test_a_debuggers_stop_waits_for_a_broker_that_runs),
	    cmocka_unit_test(test_a_resume_leaves_a_debuggers_stop),
	    cmocka_unit_test(test_a_debugger_lets_go_of_an_end_that_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
