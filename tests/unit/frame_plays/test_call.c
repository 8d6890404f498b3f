/*
 * A guest's calls as they are carried out: what each changes in the caller, in its partition and on
 * its core. test_psci.c has the answers of PSCI. And a core that is shared with the console
 * service, whose calls are here, too.
 */
#include "cores.h"
#include "seen.h"

#include <fake/gic.h>
#include <fake/services.h>
#include <kumiki/hypercall.h>
#include <run/hang.h>
#include <run/sched.h>
#include <run/wake_service.h>
#include <string.h>
#include <turn/due.h>
#include <turn/idle.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/timer.h>

#define SUSPEND      0x84000001u
#define SYSTEM_OFF   0x84000008u
#define WORKAROUND_1 0x80008000u
#define WORKAROUND_2 0x80007fffu
#define POWERDOWN    0x00010000u
#define HCR_TWI      (1ULL << 13)
#define ENTRY        (CORES_RAM + 0x1000)
#define SLICE_TICKS  (SCHED_SLICE_NS * 62500000ULL / 1000000000)

static struct vcpu *vcpu;
static struct context *console;
static uint32_t waits; /* of core 0 before the guest's */

/* A partition on core 0 with a console service there or none; another partition on core 1. */
static void begin(bool with_console)
{
	cores_begin(&(struct cores_plan){
	    .cores = 2, .partitions = 2, .vcpus = {1, 1}, .console = with_console});
	vcpu = &partition_at(0)->vcpus[0];
	console = &services_console->context;
	if (with_console)
		cores_quiet(0);
	cores_load(0);
	cores_load(1);
	cores_settle();
	cores_quiet(0);
	cores_on(0);
	waits = fake_cpu_counts(0).waits;
	assert_ptr_equal(seen_running(), &vcpu->context);
	assert_null(cores_breach_settled());
}

static uint64_t call(uint64_t function, uint64_t x1)
{
	cores_call(0, function, x1, 0, 0);
	return vcpu->context.x[0];
}

static void wake_console(void)
{
	service_wake(SERVICE_EVENT_OUTPUT);
}

/* ---- Kumiki's own ---- */

/* Shows: guests.hypercalls. */
TEST(test_own_calls)
{
	const uint64_t *x;

	begin(false);
	x = vcpu->context.x;
	assert_int_equal(call(KUMIKI_CALL_NOP, 5), 0);
	assert_int_equal(call(KUMIKI_CALL_UID, 0), KUMIKI_UID_0);
	assert_int_equal(x[1], KUMIKI_UID_1);
	assert_int_equal(x[2], KUMIKI_UID_2);
	assert_int_equal(x[3], KUMIKI_UID_3);
	assert_int_equal(call(KUMIKI_CALL_REVISION, 9), KUMIKI_ABI_MAJOR);
	assert_int_equal(x[1], KUMIKI_ABI_MINOR);
	cores_call(1, KUMIKI_CALL_SELF, 9, 9, 9);
	x = partition_at(1)->vcpus[0].context.x;
	assert_int_equal(x[0], 1);
	assert_int_equal(x[1], 0);
	assert_int_equal(x[2], 1);
}

TEST(test_the_name_by_eight_bytes)
{
	uint64_t name[4];

	begin(false);
	for (uint32_t i = 0; i < 4; i++)
		name[i] = call(KUMIKI_CALL_NAME, 8 * i);
	assert_string_equal((const char *)name, "partition-0");
	assert_int_equal(call(KUMIKI_CALL_NAME, 4), (uint64_t)KUMIKI_INVALID_PARAMETERS);
	assert_int_equal(call(KUMIKI_CALL_NAME, BUNDLE_NAME_SIZE),
	                 (uint64_t)KUMIKI_INVALID_PARAMETERS);
	assert_int_equal(call(KUMIKI_CALL_NAME, ~7ULL), (uint64_t)KUMIKI_INVALID_PARAMETERS);
}

/* Shows: guests.hypercalls. */
TEST(test_unknown_calls)
{
	static const uint32_t functions[] = {0x86000000, 0xc6000fff, 0x06000000, 0xb2000000,
	                                     0x84000fff, 0x82000000, 0};

	begin(false);
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		assert_int_equal(call(functions[i], 0), (uint64_t)-1);
	assert_int_equal(cores_state(0), LIFE_RUNNING);
}

TEST(test_only_mitigations_go_to_the_firmware)
{
	begin(false);
	assert_int_equal(call(WORKAROUND_1, 0), 0);
	assert_int_equal(fake_cpu_counts(0).mitigations, 1);
	assert_int_equal(call(WORKAROUND_2, 0), 0); /* not needed */
	assert_int_equal(fake_cpu_counts(0).mitigations, 1);
}

static int64_t move(uint64_t partition, uint64_t index, uint64_t to)
{
	cores_call(0, KUMIKI_CALL_MOVE, partition, index, to);
	return (int64_t)vcpu->context.x[0];
}

/* The second partition's vCPU may go from core 1 to core 0, and no further. */
static void begin_with_manager(void)
{
	cores_begin(
	    &(struct cores_plan){.cores = 3,
	                         .partitions = 2,
	                         .vcpus = {1, 1},
	                         .placed = true,
	                         .place = {{0}, {1}},
	                         .roam = {{0}, {1}},
	                         .life = {{.at_limit = LIFE_DO_STOP, .limit = 5, .manages = 2}}});
	vcpu = &partition_at(0)->vcpus[0];
	cores_load_all();
	cores_on(0);
	assert_ptr_equal(seen_running(), &vcpu->context);
}

/* Shows: life.manager. */
TEST(test_a_manager_moves_its_partitions)
{
	static const uint64_t none[] = {3, 64, 1ULL << 32, ~0ULL};
	const struct vcpu *moved = &partition_at(1)->vcpus[0];

	begin_with_manager();
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(move(none[i], 0, 0), KUMIKI_DENIED);
		assert_int_equal(move(1, none[i], 0), KUMIKI_INVALID_PARAMETERS);
		assert_int_equal(move(1, 0, none[i]), KUMIKI_INVALID_PARAMETERS);
	}
	assert_int_equal(move(0, 0, 0), KUMIKI_DENIED); /* itself */
	assert_int_equal(move(1, 0, 2), KUMIKI_DENIED);
	cores_settle();
	assert_int_equal(moved->core, 1);
	assert_int_equal(move(1, 0, 0), 0);
	cores_settle();
	assert_int_equal(moved->core, 0);
	assert_int_equal(seen_state(moved), ACCOUNT_READY);
	cores_tell(0, 1, LIFE_STOP);
	cores_settle();
	cores_turn_to(0, &vcpu->context);
	assert_int_equal(move(1, 0, 1), KUMIKI_DENIED);
	assert_null(cores_breach_settled());
}

/* ---- CPU_SUSPEND ---- */

TEST(test_standby_alone_waits_where_it_is)
{
	begin(false);
	assert_int_equal(call(SUSPEND, 0), 0);
	assert_int_equal(fake_cpu_counts(0).waits - waits, 1);
	assert_ptr_equal(seen_running(), &vcpu->context);
}

TEST(test_standby_gives_the_rest_of_its_turn_away)
{
	begin(true);
	cores_do(0, wake_console);
	assert_ptr_equal(seen_running(), console);
	cores_on(0);
	sched_end_turn(console);
	do
		turn_choose();
	while (core.reschedule);
	assert_ptr_equal(seen_running(), &vcpu->context);
	assert_int_equal(call(SUSPEND, 0), 0);
	assert_int_equal(fake_cpu_counts(0).waits, waits);
	assert_ptr_equal(seen_running(), console);
}

/* The guest's device interrupts. */
static void make_pending(void)
{
	cores_open_interrupts(0);
	fake_gic_pulse(CORES_SPI(0));
	cores_settle();
	cores_on(0);
	assert_true(vgic_cpu_pending(vcpu));
}

TEST(test_a_pending_interrupt_ends_standby_at_once)
{
	begin(true);
	make_pending();
	cores_do(0, wake_console);
	assert_ptr_equal(seen_running(), &vcpu->context); /* it has an interrupt */
	assert_int_equal(call(SUSPEND, 0), 0);
	assert_ptr_equal(seen_running(), &vcpu->context);
	assert_int_equal(fake_cpu_counts(0).waits, waits);
}

TEST(test_powerdown_goes_on_at_its_entry)
{
	begin(false);
	vcpu->context.x[7] = 7;
	cores_call(0, SUSPEND, POWERDOWN, ENTRY, 0x77);
	assert_int_equal(fake_cpu_counts(0).waits - waits, 1);
	assert_int_equal(fake_sysregs->elr_el2, ENTRY);
	assert_int_equal(vcpu->context.x[0], 0x77);
	assert_int_equal(vcpu->context.x[7], 0);
	assert_int_equal(fake_cpu_counts(0).resets, 3); /* the loader, the vCPU, and again */
	assert_null(cores_breach_settled());
}

/* ---- a core shared with the console service ---- */

TEST(test_turns_end_by_the_timer)
{
	begin(true);
	cores_do(0, wake_console);
	for (uint32_t i = 1; i <= 6; i++) {
		assert_ptr_equal(seen_running(), i % 2 != 0 ? console : &vcpu->context);
		fake_time(i * SLICE_TICKS - 1);
		assert_false(cores_interrupt(0));
		fake_time(i * SLICE_TICKS);
		assert_true(cores_interrupt(0));
	}
	assert_int_not_equal(vcpu->context.hcr & HCR_TWI, 0);
	cores_service(0, SERVICE_WAIT, SERVICE_FOREVER);
	assert_int_equal(vcpu->context.hcr & HCR_TWI, 0);
	assert_ptr_equal(seen_running(), &vcpu->context);
	fake_time(100 * SLICE_TICKS);
	assert_false(cores_interrupt(0)); /* alone, it has the core */
	assert_null(cores_breach_settled());
}

TEST(test_the_console_hears_of_other_cores)
{
	begin(true);
	cores_do(1, wake_console);
	cores_on(0);
	assert_ptr_equal(seen_running(), &vcpu->context);
	assert_true(cores_interrupt(0));
	assert_ptr_equal(seen_running(), console);
	assert_int_equal(console->x[0], SERVICE_EVENT_OUTPUT);
	cores_do(1, wake_console); /* while it runs: kept for its next wait */
	cores_settle();
	cores_service(0, SERVICE_WAIT, SERVICE_FOREVER);
	assert_int_equal(console->state, CONTEXT_READY);
	assert_int_equal(console->x[0], SERVICE_EVENT_OUTPUT);
}

TEST(test_the_consoles_wait_runs_out)
{
	begin(true);
	cores_do(0, wake_console);
	cores_service(0, SERVICE_WAIT, 1000); /* 63 ticks */
	assert_ptr_equal(seen_running(), &vcpu->context);
	fake_time(62);
	assert_false(cores_interrupt(0));
	fake_time(63);
	assert_true(cores_interrupt(0));
	assert_ptr_equal(seen_running(), console);
	assert_int_equal(console->x[0], 0);
	cores_service(0, SERVICE_WAIT, 0); /* no wait at all */
	assert_ptr_equal(seen_running(), console);
}

TEST(test_the_uart_is_silent_until_the_console_waits)
{
	begin(true);
	fake_gic_pulse(CORES_UART_SPI);
	assert_true(cores_interrupt(0));
	assert_ptr_equal(seen_running(), console);
	assert_int_equal(console->x[0], SERVICE_EVENT_UART);
	fake_gic_pulse(CORES_UART_SPI);
	assert_false(cores_interrupt(0));
	cores_service(0, SERVICE_WAIT, SERVICE_FOREVER);
	assert_true(cores_interrupt(0));
	assert_int_equal(console->x[0], SERVICE_EVENT_UART);
	assert_null(cores_breach());
}

/* The service looks at its image, a piece at an interrupt, and begins. */
static void begins_again(struct service *service)
{
	for (uint32_t i = 0; i <= FAKE_SERVICE_PIECES; i++) {
		assert_int_equal(service->context.state, CONTEXT_OFF);
		assert_int_equal(service->check, i + 1);
		assert_true(cores_interrupt(0));
	}
	assert_int_equal(service->check, 0);
	assert_int_equal(service->context.state, CONTEXT_READY);
}

/* Shows: services.restart. */
TEST(test_a_console_that_fails_starts_anew)
{
	begin(true);
	fake_gic_pulse(CORES_UART_SPI);
	assert_true(cores_interrupt(0));
	cores_service(0, SERVICE_DONE, 0); /* the loader's call */
	begins_again(services_console);
	assert_int_equal(services_own->console_info.failure.failures, 1);
	assert_int_equal(services_own->console_info.failure.address, SERVICE_DONE);
	assert_ptr_equal(seen_running(), console);
	assert_int_equal(fake_sysregs->elr_el2, SERVICE_TEXT);
	assert_int_equal(console->x[0], SERVICE_INFO);
	assert_false(fake_gic_active(CORES_UART_SPI));
	assert_null(cores_breach());
}

static void tell_state(void)
{
	service_wake(SERVICE_EVENT_STATE);
}

/* Each hears the events of its row, and tells those that its row allows. */
TEST(test_console_and_warden_tell_each_other)
{
	struct context *warden = &services_warden->context;

	begin(true);
	cores_do(0, wake_console);
	assert_int_equal(warden->state, CONTEXT_BLOCKED);
	cores_service(0, SERVICE_TELL, ~SERVICE_EVENT_UART);
	assert_int_equal(warden->state, CONTEXT_READY);
	assert_int_equal(warden->x[0], SERVICE_EVENT_ASKED);
	cores_turn_to(0, console);
	cores_service(0, SERVICE_WAIT, SERVICE_FOREVER);
	cores_turn_to(0, warden);
	cores_service(0, SERVICE_TELL, ~0ULL);
	assert_int_equal(console->state, CONTEXT_READY);
	assert_int_equal(console->x[0], SERVICE_EVENT_SAID);
	cores_quiet(0);
	cores_do(0, tell_state);
	assert_int_equal(console->x[0], SERVICE_EVENT_STATE);
	assert_int_equal(warden->x[0], SERVICE_EVENT_STATE);
	assert_int_equal(services_own->console_info.failure.failures, 0);
	assert_int_equal(services_own->warden_info.failure.failures, 0);
}

/* Events that it doesn't wait for neither wake it nor are kept. */
TEST(test_a_warden_that_waits_for_little_sleeps)
{
	begin(true);
	services_warden->awaits = SERVICE_EVENT_ASKED;
	cores_do(0, tell_state);
	assert_int_equal(services_warden->context.state, CONTEXT_BLOCKED);
	assert_int_equal(services_warden->pending, 0);
}

TEST(test_the_wardens_wait_runs_out)
{
	struct context *warden = &services_warden->context;

	begin(true);
	cores_do(0, tell_state);
	cores_turn_to(0, warden);
	cores_service(0, SERVICE_WAIT, 1000); /* 63 ticks */
	cores_quiet(0);
	fake_time(63);
	assert_true(cores_interrupt(0));
	assert_ptr_equal(seen_running(), warden);
	assert_int_equal(warden->x[0], 0);
	assert_int_equal(console->state, CONTEXT_BLOCKED);
}

/* The other one doesn't notice.
 * Shows: services.restart. */
TEST(test_a_warden_that_fails_starts_anew)
{
	struct context *warden = &services_warden->context;

	begin(true);
	cores_do(0, tell_state);
	cores_turn_to(0, warden);
	cores_service(0, SERVICE_NOTIFY, 0); /* the console's call */
	begins_again(services_warden);
	assert_int_equal(services_own->warden_info.failure.failures, 1);
	assert_int_equal(services_own->warden_info.failure.address, SERVICE_NOTIFY);
	assert_int_equal(warden->state, CONTEXT_READY);
	assert_int_equal(warden->x[0], SERVICE_INFO);
	assert_int_equal(services_own->console_info.failure.failures, 0);
	assert_int_equal(console->x[0], SERVICE_EVENT_STATE);
	cores_turn_to(0, console);
	cores_service(0, SERVICE_POWER, 0); /* the warden's */
	begins_again(services_console);
	assert_int_equal(services_own->console_info.failure.failures, 1);
	assert_int_equal(services_own->warden_info.failure.failures, 1);
	assert_null(cores_breach());
}

static void look(void)
{
	for (uint32_t step = 0; step < HANG_STEPS; step++) {
		timer_set(TIMER_STUCK, timer_now());
		timer_interrupt();
	}
}

static void look_often(uint32_t looks)
{
	for (uint32_t i = 0; i < looks; i++) {
		cores_turn_to(0, console);
		cores_do(0, look);
	}
}

/* What has the core at sixty looks, and makes no call, begins anew. The guest may have turns
 * meanwhile.
 * Shows: services.loop. */
TEST(test_a_console_that_loops_starts_anew)
{
	const struct service_report *failure = &services_own->console_info.failure;

	begin(true);
	cores_do(0, wake_console);
	look_often(59);
	cores_service(0, SERVICE_TIME, 0); /* it gets on */
	look_often(59);
	cores_turn_to(0, &vcpu->context);
	cores_do(0, look);
	assert_int_equal(failure->failures, 0);
	fake_sysregs->elr_el2 = SERVICE_TEXT + 4;
	look_often(1);
	begins_again(services_console);
	assert_int_equal(failure->failures, 1);
	assert_true(failure->syndrome == SERVICE_LOOPS);
	assert_int_equal(console->pc, SERVICE_TEXT);
	assert_int_equal(console->x[0], SERVICE_INFO);
	look_often(59);
	assert_int_equal(failure->failures, 1);
	assert_null(cores_breach());
}

/* The notes are about the last failure. Shows: services.text. */
TEST(test_a_damaged_image_is_noted)
{
	const struct service_report *failure = &services_own->console_info.failure;

	begin(true);
	for (uint32_t i = SERVICE_TEXT_LOST + 1; i-- > 0;) {
		cores_do(0, wake_console);
		cores_turn_to(0, console);
		fake_service_text = (enum service_text)i;
		cores_service(0, SERVICE_POWER, 0); /* the warden's */
		begins_again(services_console);
		assert_int_equal(failure->failures, SERVICE_TEXT_LOST + 1 - i);
		assert_int_equal(failure->text, i);
	}
}

#define TICKS(ms) ((ms)*62500u)

/* Fails, and looks at its image. Returns for how long it then waits: in ticks. */
static uint64_t pause_of_failure(void)
{
	const uint64_t now = timer_now();

	cores_do(0, wake_console);
	cores_turn_to(0, console);
	cores_service(0, SERVICE_POWER, 0); /* the warden's */
	while (cores_interrupt(0))
		continue;
	if (services_console->check == 0)
		return 0;
	cores_on(0);
	return core.deadline[TIMER_CONSOLE] - now;
}

/* The first failures cost no pause, the others twice as much each time. Shows: services.restart. */
TEST(test_a_console_that_fails_again_and_again_waits)
{
	uint64_t now = 1;

	begin(true);
	fake_time(now);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(pause_of_failure(), 0);
	for (uint32_t i = 0; i < 14; i++) {
		const uint64_t pause = TICKS(i < 10 ? 1u << i : 1024);

		assert_int_equal(pause_of_failure(), pause);
		fake_time(now += pause - 1);
		while (cores_interrupt(0)) /* of other timers */
			continue;
		assert_int_equal(console->state, CONTEXT_OFF);
		fake_time(++now);
		while (cores_interrupt(0))
			continue;
		assert_int_equal(services_console->check, 0);
		assert_int_equal(console->state, CONTEXT_READY);
	}
	fake_time(now + TICKS(60000));
	assert_int_equal(pause_of_failure(), 0);
	assert_int_equal(services_own->console_info.failure.failures, 19);
}

/* It is still the core's current context, as nobody else has anything to do. */
TEST(test_a_console_that_waits_does_not_loop)
{
	begin(true);
	cores_do(0, wake_console);
	cores_turn_to(0, console);
	cores_service(0, SERVICE_WAIT, SERVICE_FOREVER);
	for (uint32_t i = 0; i < 100; i++) {
		core.current = console;
		cores_do(0, look);
	}
	assert_int_equal(services_own->console_info.failure.failures, 0);
}

TEST(test_notify_reaches_the_partition_wherever_it_is)
{
	struct partition *near, *far;

	begin(true);
	near = partition_at(0);
	far = partition_at(1);
	near->uart.imsc = far->uart.imsc = 0x10; /* received */
	near->console->in_head = far->console->in_head = 1;
	cores_do(0, wake_console);
	cores_service(0, SERVICE_NOTIFY, 0);
	assert_int_not_equal(near->vgic.line[1], 0);
	cores_service(0, SERVICE_NOTIFY, 1);
	assert_int_equal(far->vgic.line[1], 0);
	assert_true(cores_interrupt(1));
	assert_int_not_equal(far->vgic.line[1], 0);
	cores_service(0, SERVICE_NOTIFY, 2); /* nobody */
	assert_int_equal(services_own->console_info.failure.failures, 0);
	fake_time(12345);
	cores_service(0, SERVICE_TIME, 0);
	assert_int_equal(console->x[0], 12345);
}
