/*
 * The UART, the clock and the watchdog of a partition while another core has them. No core waits:
 * an access finds them taken, and an event comes again by itself and isn't lost.
 */
#include <devices/emulated.h>
#include <fake/cpu.h>
#include <run/blame.h>
#include <run/wake_service.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/life.h>
#include <word/mail.h>
#include <word/timer.h>

#define UART 33
#define RTC  34
#define DOG  35
#define CORE 3
#define HZ   1000u

#define IMSC    0x38
#define INT_RX  (1u << 4)
#define RTC_MR  0x04
#define RTC_LR  0x08
#define RTC_IMS 0x10

struct core core;
static struct partition partition;
static struct bundle_partition config = {
    .uart_intid = UART, .rtc_intid = RTC, .watchdog_intid = DOG};
static struct console_ring ring;
static uint32_t posts;
static bool uart_line, rtc_line, dog_line, runs, stands;
static uint32_t ends;
static struct vcpu vcpu;

bool mail_post(uint32_t to_core, enum mail_kind kind, uint32_t subject)
{
	assert_int_equal(to_core, CORE);
	assert_int_equal(kind, MAIL_UART);
	assert_int_equal(subject, partition.index);
	posts++;
	return true;
}

void service_wake(uint64_t event_bit)
{
	(void)event_bit;
}

void vgic_set_line(struct partition *of, uint32_t intid, bool level)
{
	assert_ptr_equal(of, &partition);
	if (intid == UART)
		uart_line = level;
	else if (intid == RTC)
		rtc_line = level;
	else
		dog_line = level;
}

bool life_runs(const struct partition *of)
{
	assert_ptr_equal(of, &partition);
	return runs;
}

bool life_stands(const struct partition *of)
{
	assert_ptr_equal(of, &partition);
	return stands;
}

void blame_vcpu(struct vcpu *whose, enum stop_reason reason)
{
	assert_ptr_equal(whose, &vcpu);
	assert_int_equal(reason, STOP_WATCHDOG);
	ends++;
}

uint64_t timer_now(void)
{
	return sysreg_read(cntpct_el0);
}

void timer_set_for(enum core_timer timer, const struct partition *whose, uint64_t deadline)
{
	assert_ptr_equal(whose, &partition);
	assert_true(timer == TIMER_RTC || timer == TIMER_WATCHDOG);
	core.deadline[timer] = deadline;
}

static void setup(void)
{
	fake_cpu_reset((struct fake_hooks){0});
	fake_time(5000);
	memset(&partition, 0, sizeof(partition));
	memset(&ring, 0, sizeof(ring));
	core.index = CORE;
	core.deadline[TIMER_RTC] = core.deadline[TIMER_WATCHDOG] = TIMER_NEVER;
	vcpu.partition = &partition;
	core.vcpu = core.only = &vcpu;
	partition.index = 5;
	partition.config = &config;
	partition.console = &ring;
	pl011_reset(&partition.uart);
	pl031_reset(&partition.rtc, 100, 5000, HZ);
	watchdog_reset(&partition.watchdog);
	posts = ends = 0;
	uart_line = rtc_line = dog_line = false;
	runs = true;
	stands = false;
}

const struct unit_fixture unit_each = {setup, NULL};

/* An instruction that writes one register. */
static void write_rtc(struct partition *whose, uint32_t offset, uint64_t value)
{
	rtc_write(whose, offset, value);
	rtc_settle(whose);
}

static void write_wdt(struct partition *whose, uint32_t offset, uint64_t value)
{
	wdt_write(whose, offset, value);
	wdt_settle(whose);
}

TEST(test_one_at_a_time)
{
	assert_true(devices_take(&partition));
	assert_false(devices_take(&partition));
	assert_false(devices_take(&partition));
	devices_give(&partition);
	assert_true(devices_take(&partition));
	devices_give(&partition);
}

/* A character came while another core is at the UART. */
TEST(test_a_change_of_the_ring_comes_again)
{
	uart_write(&partition, IMSC, INT_RX);
	ring.in_head = 1;
	assert_true(devices_take(&partition));
	uart_evaluate(&partition);
	assert_false(uart_line);
	assert_int_equal(posts, 1);
	devices_give(&partition);
	uart_evaluate(&partition);
	assert_true(uart_line);
	assert_int_equal(posts, 1);
	assert_true(devices_take(&partition));
}

/*
 * Entries in the ring for its former life are dropped. A suspended partition is told all the same.
 */
TEST(test_a_suspended_partition_is_told_and_an_ended_one_isnt)
{
	uart_write(&partition, IMSC, INT_RX);
	ring.in_head = 1;
	runs = false;
	uart_evaluate(&partition);
	assert_false(uart_line);
	stands = true;
	uart_evaluate(&partition);
	assert_true(uart_line);
}

TEST(test_an_alarm_comes_again)
{
	write_rtc(&partition, RTC_IMS, 1);
	write_rtc(&partition, RTC_MR, 102);
	assert_int_equal(core.deadline[TIMER_RTC], 5000 + 2 * HZ);
	fake_time(5000 + 2 * HZ);
	core.deadline[TIMER_RTC] = TIMER_NEVER; /* as the timer's interrupt does */
	assert_true(devices_take(&partition));
	rtc_evaluate(&partition);
	assert_false(rtc_line);
	assert_true(core.deadline[TIMER_RTC] <= timer_now());
	devices_give(&partition);
	rtc_evaluate(&partition);
	assert_true(rtc_line);
	assert_int_equal(core.deadline[TIMER_RTC], TIMER_NEVER);
	assert_true(devices_take(&partition));
}

/* At its deadline; the timer's interrupt clears that first. */
static void bark(void)
{
	fake_time(core.deadline[TIMER_WATCHDOG]);
	core.deadline[TIMER_WATCHDOG] = TIMER_NEVER;
	wdt_evaluate(&partition);
}

static void start_watchdog(void)
{
	write_wdt(&partition, 0x008, 50);
	write_wdt(&partition, 0x000, 1);
	assert_int_equal(core.deadline[TIMER_WATCHDOG], 5051);
}

TEST(test_the_watchdog_signals_then_ends)
{
	start_watchdog();
	bark();
	assert_true(dog_line);
	assert_int_equal(ends, 0);
	write_wdt(&partition, 0x1000, 1);
	assert_false(dog_line);
	bark();
	assert_true(dog_line);
	bark();
	assert_int_equal(ends, 1);
	runs = false;
	bark(); /* once more, for nothing */
	assert_int_equal(ends, 1);
	assert_int_equal(core.deadline[TIMER_WATCHDOG], TIMER_NEVER);
	assert_true(devices_take(&partition));
}

/* A write that puts its time into the past: the access can't end its own partition, the timer does.
 */
TEST(test_a_write_may_be_the_end)
{
	start_watchdog();
	bark();
	assert_true(dog_line);
	write_wdt(&partition, 0x010, 0);
	assert_int_equal(ends, 0);
	assert_true(core.deadline[TIMER_WATCHDOG] <= timer_now());
	bark();
	assert_int_equal(ends, 1);
}

/* Of two registers that one instruction writes: neither timer nor line before the second. */
TEST(test_two_at_once_are_looked_at_once)
{
	wdt_write(&partition, 0x008, 50);
	assert_int_equal(core.deadline[TIMER_WATCHDOG], TIMER_NEVER);
	write_wdt(&partition, 0x000, 1);
	assert_int_equal(core.deadline[TIMER_WATCHDOG], 5051);
	write_rtc(&partition, RTC_IMS, 1);
	rtc_write(&partition, RTC_MR, 102);
	assert_int_equal(core.deadline[TIMER_RTC], TIMER_NEVER);
	write_rtc(&partition, RTC_LR, 102);
	assert_true(rtc_line);
	assert_int_equal(core.deadline[TIMER_RTC], TIMER_NEVER);
}

TEST(test_a_signal_comes_again)
{
	start_watchdog();
	assert_true(devices_take(&partition));
	bark();
	assert_false(dog_line);
	assert_true(core.deadline[TIMER_WATCHDOG] <= timer_now());
	devices_give(&partition);
	bark();
	assert_true(dog_line);
}

TEST(test_the_watchdog_waits_while_its_guest_does)
{
	start_watchdog();
	runs = false;
	bark();
	assert_false(dog_line);
	assert_int_equal(core.deadline[TIMER_WATCHDOG], TIMER_NEVER);
	fake_time(9000);
	devices_resume(&partition, 4000);
	runs = true;
	assert_int_equal(core.deadline[TIMER_WATCHDOG], 9000);
	wdt_evaluate(&partition);
	assert_false(dog_line);
	assert_int_equal(core.deadline[TIMER_WATCHDOG], 9051);
}
