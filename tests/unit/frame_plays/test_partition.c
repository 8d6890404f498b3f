/*
 * The life of a partition on a machine of several cores: how it begins, each way in which it ends,
 * and who is told; ends that cross each other on their way; and, at random, a long time of CPU_ON,
 * CPU_OFF and stops with interrupts that come late.
 */
#include "cores.h"
#include "seen.h"

#include <fake/gic.h>
#include <fake/machine.h>
#include <fake/services.h>
#include <run/blame.h>
#include <run/hang.h>
#include <state/core.h>
#include <state/partition.h>
#include <state/services.h>
#include <stdlib.h>
#include <string.h>
#include <turn/due.h>
#include <unit.h>
#include <word/timer.h>

#define CPU_ON       0xc4000003u
#define CPU_OFF      0x84000002u
#define AFFINITY     0xc4000004u
#define SYSTEM_OFF   0x84000008u
#define SYSTEM_RESET 0x84000009u
#define RESET2       0xc4000012u
#define ENTRY        (CORES_RAM + 0x1000)

static struct partition *partition; /* the first one */

/* One partition of three vCPUs, and a core more; it never restarts by itself. */
static void begin(void)
{
	cores_begin(&(struct cores_plan){
	    .cores = 4, .partitions = 1, .vcpus = {3}, .life = {CORES_LIFE_ONCE}});
	partition = partition_at(0);
	cores_settle();
}

static void begin_running(uint32_t vcpus)
{
	begin();
	cores_load(0);
	for (uint32_t i = 1; i < vcpus; i++)
		cores_call(0, CPU_ON, i, ENTRY, i);
	cores_settle();
	assert_null(cores_breach_settled());
}

static void call(uint32_t number, uint32_t function)
{
	cores_call(number, function, 0, 0, 0);
}

static void expect_stopped(enum stop_reason reason)
{
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	assert_int_equal(seen_life(partition)->reason, reason);
	assert_int_equal(partition->console->report.reason, reason);
	assert_int_equal(partition->console->report.sequence, 2);
	assert_null(cores_breach_settled());
}

/* ---- the beginning ---- */

TEST(test_first_the_loader_runs_alone)
{
	begin();
	assert_int_equal(cores_state(0), LIFE_LOADING);
	cores_on(0);
	assert_ptr_equal(seen_running(), &partition->loader.context);
	assert_int_equal(partition->loader.context.x[0], SERVICE_INFO);
	assert_int_equal(fake_sysregs->elr_el2, SERVICE_TEXT);
	assert_int_equal(partition->loader_info->task, 0);
	assert_memory_equal(partition->loader_info->secret, partition->seed, 32);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(partition->vcpus[i].context.state, CONTEXT_OFF);
	for (uint32_t i = 1; i < 4; i++)
		assert_true(cores_sleeps(i));
	assert_null(cores_breach());
}

TEST(test_then_the_first_vcpu_at_its_entry)
{
	uint32_t caches;

	begin();
	caches = fake_counts.instructions;
	cores_load(0);
	assert_int_equal(fake_counts.instructions, caches + 1);
	assert_int_equal(cores_state(0), LIFE_RUNNING);
	assert_int_equal(partition->loader.context.state, CONTEXT_OFF);
	cores_on(0);
	assert_ptr_equal(seen_running(), &partition->vcpus[0].context);
	assert_int_equal(fake_sysregs->elr_el2, CORES_ENTRY);
	assert_int_equal(core.current->x[0], CORES_DTB);
	for (uint32_t i = 1; i < 31; i++)
		assert_int_equal(core.current->x[i], 0);
	assert_int_equal(fake_cpu_counts(0).resets, 2); /* the loader's and this */
	cores_settle();
	for (uint32_t i = 1; i < 4; i++)
		assert_true(cores_sleeps(i));
	assert_null(cores_breach_settled());
}

TEST(test_a_damaged_image_is_refused)
{
	begin();
	cores_service(0, SERVICE_DONE, LOADER_DAMAGED | 3 << 8);
	assert_int_equal(partition->console->report.load, 3);
	expect_stopped(STOP_IMAGE);
	for (uint32_t i = 0; i < 4; i++)
		assert_true(cores_sleeps(i) || cores_are_off());
	assert_int_equal(fake_cpu_counts(0).resets, 1);
}

/* Shows: services.loader. */
TEST(test_a_loader_that_fails_ends_the_partition)
{
	begin();
	cores_service(0, 99, 0); /* no such call */
	while (partition->loader.check != 0)
		assert_true(cores_interrupt(0));
	assert_int_equal(partition->console->report.fault, REPORT_LOADER);
	assert_int_equal(partition->console->report.address, 99);
	assert_int_equal(partition->console->report.text, SERVICE_TEXT_WHOLE);
	expect_stopped(STOP_FAULT);
}

/* Shows: services.text. */
TEST(test_a_loader_whose_image_is_damaged)
{
	begin();
	fake_service_text = SERVICE_TEXT_MENDED;
	cores_service(0, 99, 0);
	while (partition->loader.check != 0)
		assert_true(cores_interrupt(0));
	fake_service_text = SERVICE_TEXT_WHOLE;
	assert_int_equal(partition->console->report.fault, REPORT_LOADER);
	assert_int_equal(partition->console->report.text, SERVICE_TEXT_MENDED);
	expect_stopped(STOP_FAULT);
}

static void look(void)
{
	for (uint32_t step = 0; step < HANG_STEPS; step++) {
		timer_set(TIMER_STUCK, timer_now());
		timer_interrupt();
	}
}

/* Shows: services.loop. */
TEST(test_a_loader_that_loops_ends_the_partition)
{
	begin();
	for (uint32_t i = 0; i < 59; i++)
		cores_do(0, look);
	assert_int_equal(cores_state(0), LIFE_LOADING);
	cores_do(0, look);
	while (partition->loader.check != 0)
		assert_true(cores_interrupt(0));
	assert_int_equal(partition->loader.context.state, CONTEXT_OFF);
	assert_int_equal(partition->console->report.fault, REPORT_LOADER);
	assert_true(partition->console->report.syndrome == SERVICE_LOOPS);
	expect_stopped(STOP_FAULT);
}

/* ---- more vCPUs ---- */

TEST(test_cpu_on_begins_on_the_other_core)
{
	begin_running(1);
	cores_call(0, CPU_ON, 2, ENTRY, 0x1234);
	assert_int_equal(partition->vcpus[0].context.x[0], 0);
	assert_true(cores_sleeps(2));
	cores_call(0, AFFINITY, 2, 0, 0);
	assert_int_equal(partition->vcpus[0].context.x[0], 2); /* on its way */
	cores_settle();
	cores_on(2);
	assert_ptr_equal(seen_running(), &partition->vcpus[2].context);
	assert_int_equal(fake_sysregs->elr_el2, ENTRY);
	assert_int_equal(core.current->x[0], 0x1234);
	cores_call(0, AFFINITY, 2, 0, 0);
	assert_int_equal(partition->vcpus[0].context.x[0], 0);
	assert_true(cores_sleeps(1));
	assert_null(cores_breach_settled());
}

TEST(test_cpu_off_and_on_again)
{
	begin_running(2);
	for (uint32_t i = 0; i < 100; i++) {
		call(1, CPU_OFF);
		assert_true(cores_sleeps(1));
		cores_call(0, CPU_ON, 1, ENTRY + 4 * i, i);
		cores_settle();
		cores_on(1);
		assert_int_equal(fake_sysregs->elr_el2, ENTRY + 4 * i);
		assert_int_equal(core.current->x[0], i);
		assert_null(cores_breach_settled());
	}
	assert_int_equal(fake_cpu_counts(1).resets, 101);
}

TEST(test_a_vcpu_that_ends_leaves_no_timer_behind)
{
	begin_running(2);
	cores_on(1);
	fake_sysregs->cntv_ctl_el0 = fake_sysregs->cntp_ctl_el0 = 1;
	call(1, CPU_OFF);
	assert_int_equal(fake_sysregs->cntv_ctl_el0, 0);
	assert_int_equal(fake_sysregs->cntp_ctl_el0, 0);
	cores_on(0);
	fake_sysregs->cntv_ctl_el0 = 1;
	call(0, SYSTEM_OFF);
	cores_settle();
	cores_on(0);
	assert_int_equal(fake_sysregs->cntv_ctl_el0, 0);
}

/* ---- each way to stop ---- */

static void fault_now(void)
{
	blame_fault(core.vcpu, REPORT_SERROR, 0xbe000000, 0x4321);
}

/* Shows: life.power-off. */
TEST(test_system_off_and_resets)
{
	static const struct {
		uint32_t function;
		enum stop_reason reason;
	} rows[] = {{SYSTEM_OFF, STOP_OFF}, {SYSTEM_RESET, STOP_RESET}, {RESET2, STOP_RESET}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t by = 0; by < 3; by++) {
			begin_running(3);
			call(by, rows[i].function);
			assert_true(cores_sleeps(by)); /* it never comes back from the call */
			expect_stopped(rows[i].reason);
			assert_true(cores_are_off());
		}
	}
}

TEST(test_a_fault_that_cannot_be_given_back)
{
	const struct stop_report *report;

	begin_running(3);
	cores_do(1, fault_now);
	report = &partition->console->report;
	assert_int_equal(report->fault, REPORT_SERROR);
	assert_int_equal(report->vcpu, 1);
	assert_int_equal(report->syndrome, 0xbe000000);
	assert_int_equal(report->address, 0x4321);
	expect_stopped(STOP_FAULT);
}

TEST(test_the_last_vcpu_to_go_off_ends_it)
{
	begin_running(3);
	call(1, CPU_OFF);
	call(0, CPU_OFF);
	cores_settle();
	assert_int_equal(cores_state(0), LIFE_RUNNING);
	call(2, CPU_OFF);
	expect_stopped(STOP_CPUS_OFF);
}

static void take_all(uint32_t number)
{
	while (!cores_are_off() && cores_interrupt(number))
		continue;
}

TEST(test_it_ends_with_the_last_of_its_cores)
{
	begin_running(2); /* the third was never on, but its core has to know */
	call(1, SYSTEM_OFF);
	assert_int_equal(cores_state(0), LIFE_RUNNING);
	take_all(0); /* its home core hears of it */
	take_all(1);
	assert_true(cores_sleeps(0) && cores_sleeps(1));
	assert_int_equal(cores_state(0), LIFE_STOPPING);
	assert_int_equal(shared_memory->awake, 1);
	take_all(2);
	assert_int_equal(cores_state(0), LIFE_STOPPING);
	take_all(0);
	assert_int_equal(cores_state(0), LIFE_STOPPING);
	cores_examine(0);
	take_all(0);
	assert_int_equal(cores_state(0), LIFE_STOPPED);
	assert_int_equal(shared_memory->awake, 0);
	assert_true(cores_are_off());
}

TEST(test_its_devices_are_silent_after_it)
{
	uint32_t spi = CORES_SPI(0);

	begin_running(1);
	cores_on(0);
	gic_set_enable(gic_spis(1), 3u << (spi - 32));
	fake_gic_pulse(spi);
	fake_gic_pulse(spi + 1);
	gic_route(spi, 0);
	assert_int_equal(fake_gic_take(), spi);
	call(0, SYSTEM_OFF);
	expect_stopped(STOP_OFF);
	for (uint32_t intid = spi; intid <= spi + 1; intid++)
		assert_false(fake_gic_enabled(intid) || fake_gic_pending(intid) ||
		             fake_gic_active(intid));
}

/* ---- ends that cross ---- */

TEST(test_two_stops_are_one)
{
	begin_running(3);
	call(0, SYSTEM_RESET);
	cores_do(1, fault_now);
	assert_true(cores_sleeps(1));
	call(2, SYSTEM_OFF);
	assert_int_equal(partition->console->report.fault, REPORT_NO_FAULT);
	expect_stopped(STOP_RESET);
}

/* Since the machine began; the ring hasn't come round. */
static uint32_t traced(enum trace_type type)
{
	uint32_t count = 0;

	assert_true(core_ring->next < TRACE_RING_EVENTS);
	for (uint64_t i = 0; i < core_ring->next; i++)
		count += TRACE_TYPE(&core_ring->events[i]) == type;
	return count;
}

/* Each core has the stop on its way and does CPU_OFF before, or after, or not at all. */
TEST(test_a_stop_is_crossed_by_cpu_off)
{
	for (uint32_t early = 0; early < 4; early++) {
		for (uint32_t late = 0; late < 4; late++) {
			begin_running(3);
			for (uint32_t i = 0; i < 2; i++)
				if ((early >> i & 1) != 0)
					call(i + 1, CPU_OFF);
			call(0, SYSTEM_OFF);
			assert_true(cores_interrupt(0)); /* and the others have it on its way */
			assert_int_equal(cores_state(0), LIFE_STOPPING);
			for (uint32_t i = 0; i < 2; i++)
				if ((late & ~early) >> i & 1)
					call(i + 1, CPU_OFF);
			assert_int_equal(cores_state(0), LIFE_STOPPING);
			expect_stopped(STOP_OFF);
			assert_int_equal(shared_memory->awake, 0);
			assert_int_equal(traced(TRACE_VCPU_ON), 3);
			assert_int_equal(traced(TRACE_VCPU_OFF), 3);
		}
	}
}

TEST(test_a_stop_overtakes_cpu_on)
{
	begin_running(2);
	cores_call(1, CPU_ON, 2, ENTRY, 0);
	call(0, SYSTEM_OFF);
	expect_stopped(STOP_OFF);
	assert_int_equal(fake_cpu_counts(2).resets, 0);
}

/* Its core has heard of the stop, the caller's hasn't: nothing may be left for the next start. */
TEST(test_cpu_on_comes_after_the_stop)
{
	for (uint32_t late = 0; late < 2; late++) {
		cores_begin(&(struct cores_plan){
		    .cores = 4, .partitions = 2, .vcpus = {3, 1}, .life = {CORES_LIFE_ONCE}});
		partition = partition_at(0);
		cores_load(0);
		cores_call(0, CPU_ON, 1, ENTRY, 0);
		cores_settle();
		call(0, SYSTEM_OFF);
		take_all(0);
		take_all(2);
		cores_call(1, CPU_ON, 2, ENTRY, 0);
		take_all(1);
		take_all(0);
		cores_examine(0);
		take_all(0);
		assert_int_equal(cores_state(0), LIFE_STOPPED);
		if (!late)
			take_all(2);
		cores_tell(3, 0, LIFE_START);
		take_all(0);
		cores_load(0);
		take_all(2); /* the message was the last life's */
		assert_true(cores_sleeps(2));
		cores_call(0, CPU_ON, 2, ENTRY, 0);
		assert_int_equal(partition->vcpus[0].context.x[0], 0);
		cores_settle();
		assert_false(cores_sleeps(2));
		cores_load_all();
		assert_null(cores_breach_settled());
	}
}

/* ---- the machine's end ---- */

TEST(test_the_machine_ends_with_its_last_partition)
{
	cores_begin(&(struct cores_plan){.cores = 3, .partitions = 2, .vcpus = {1, 2}});
	cores_load(0);
	cores_load(1);
	cores_settle();
	call(1, SYSTEM_OFF);
	cores_settle();
	assert_int_equal(shared_memory->awake, 1);
	assert_false(cores_are_off());
	assert_null(cores_breach_settled());
	call(0, SYSTEM_OFF);
	cores_settle();
	assert_true(cores_are_off());
	assert_int_equal(shared_memory->awake, 0);
	assert_null(cores_breach_settled());
}

TEST(test_a_console_speaks_before_the_machine_ends)
{
	struct context *console = &services_console->context;

	cores_begin(&(struct cores_plan){
	    .cores = 2, .partitions = 1, .vcpus = {1}, .console = true, .console_core = 1});
	cores_quiet(1);
	services_warden->awaits = 0;
	assert_true(cores_sleeps(1));
	cores_load(0);
	call(0, SYSTEM_OFF);
	cores_settle();
	assert_false(cores_are_off());
	cores_on(1);
	assert_ptr_equal(seen_running(), console);
	assert_int_equal(console->x[0], SERVICE_EVENT_STATE);
	cores_service(1, SERVICE_WAIT, 1000);
	assert_int_equal(console->x[0], SERVICE_EVENT_STATE); /* it has stopped, too */
	cores_service(1, SERVICE_WAIT, 1000);                 /* it has something to say still */
	assert_false(cores_are_off());
	fake_time(1000000);
	cores_settle();
	assert_int_equal(console->x[0], 0);
	cores_service(1, SERVICE_WAIT, SERVICE_FOREVER);
	assert_true(cores_are_off());
	assert_null(cores_breach_settled());
}

/* ---- at random ---- */

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % limit;
}

static bool runs_guest(uint32_t number)
{
	cores_on(number);
	return !cores_sleeps(number) && core.current->kind == CONTEXT_VCPU;
}

static void random_deed(uint32_t number, bool may_stop)
{
	uint32_t deed = random_below(may_stop ? 16 : 12);

	if (deed < 8)
		cores_call(number, CPU_ON, random_below(3), ENTRY, deed);
	else if (deed < 12)
		call(number, CPU_OFF);
	else if (deed < 14)
		cores_do(number, fault_now);
	else
		call(number, deed == 14 ? SYSTEM_OFF : SYSTEM_RESET);
}

static void random_life(uint32_t seed)
{
	random_state = seed;
	cores_begin(&(struct cores_plan){.cores = 6,
	                                 .partitions = 2,
	                                 .vcpus = {3, 3},
	                                 .console = seed % 2,
	                                 .console_core = 0,
	                                 .life = {CORES_LIFE_ONCE, CORES_LIFE_ONCE}});
	partition = partition_at(0);
	if (seed % 2 != 0)
		cores_service(0, SERVICE_WAIT, SERVICE_FOREVER);
	cores_load(0);
	cores_load(3);
	for (uint32_t i = 0; i < 200 && !cores_are_off(); i++) {
		uint32_t number = random_below(6);

		if (random_below(2) == 0 && runs_guest(number))
			random_deed(number, i > 60 && random_below(4) == 0);
		else
			cores_interrupt(number);
		assert_null(cores_breach());
		if (!cores_are_off() && random_below(20) == 0) {
			cores_settle();
			assert_null(cores_breach_settled());
		}
	}
}

/* Shows: frame.crossed. */
TEST(test_random_lives)
{
	uint32_t ended = 0;

	for (uint32_t seed = 1; seed <= 300; seed++) {
		random_life(seed);
		if (!cores_are_off())
			cores_settle();
		assert_null(cores_breach_settled());
		ended += cores_state(0) == LIFE_STOPPED;
	}
	assert_in_range(ended, 100, 300); /* or this has shown little */
}
