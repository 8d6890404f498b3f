/*
 * The PL031: it runs in seconds, can be set, and wakes at its match.
 *
 * Shows: guests.clock.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/test.h>
#include <guest/time.h>

#define RTC_PAUSE 30u /* seconds, for which no host stands still */

enum {
	RTC_DR = 0,
	RTC_MR = 4,
	RTC_LR = 8,
	RTC_CR = 12,
	RTC_IMSC = 16,
	RTC_RIS = 20,
	RTC_MIS = 24,
	RTC_ICR = 28
};

static volatile uint32_t rtc_ticks, rtc_alarms;

static void rtc_on_tick(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
	cpu_isb();
	rtc_ticks++;
}

static void rtc_on_alarm(uint32_t intid)
{
	(void)intid;
	CHECK_EQUAL(board_read32(BOARD_RTC + RTC_MIS), 1);
	board_write32(BOARD_RTC + RTC_ICR, 1);
	rtc_alarms++;
}

static void rtc_sleep(uint64_t milliseconds)
{
	uint32_t next = rtc_ticks + 1;

	gic_enable(BOARD_VTIMER_INTERRUPT, rtc_on_tick);
	cpu_write(cntv_cval_el0, time_counter() + milliseconds * time_frequency() / 1000);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	cpu_sleep_until(&rtc_ticks, next);
}

/*
 * Sets the alarm to the next second. If this second is over before the alarm is set, no alarm
 * comes, and the next one is tried. Returns the second.
 */
static uint32_t rtc_set_alarm(void)
{
	uint32_t match;

	do {
		match = board_read32(BOARD_RTC + RTC_DR) + 1;
		board_write32(BOARD_RTC + RTC_MR, match);
	} while (board_read32(BOARD_RTC + RTC_DR) > match &&
	         board_read32(BOARD_RTC + RTC_RIS) == 0);
	return match;
}

static void identification(void)
{
	static const uint8_t ids[] = {0x31, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	for (unsigned int i = 0; i < 8; i++) {
		uint32_t mask = i == 2 ? 0x0f : 0xff;

		CHECK_EQUAL(board_read32(BOARD_RTC + 0xfe0 + 4 * i) & mask, ids[i] & mask);
	}
	CHECK_EQUAL(board_read32(BOARD_RTC + RTC_CR), 1);
}

/* Some time after 2020, and forward. */
static void time_runs(void)
{
	uint32_t before = board_read32(BOARD_RTC + RTC_DR), after;

	CHECK(before > 1577836800);
	rtc_sleep(1050);
	after = board_read32(BOARD_RTC + RTC_DR);
	CHECK(after > before && after <= before + RTC_PAUSE);
}

static void can_be_set(void)
{
	uint32_t before = board_read32(BOARD_RTC + RTC_DR), now;

	board_write32(BOARD_RTC + RTC_LR, 1000000000);
	now = board_read32(BOARD_RTC + RTC_DR);
	CHECK(now >= 1000000000 && now <= 1000000000 + RTC_PAUSE);
	board_write32(BOARD_RTC + RTC_LR, before);
	now = board_read32(BOARD_RTC + RTC_DR);
	CHECK(now >= before && now <= before + RTC_PAUSE);
}

static void alarm(void)
{
	rtc_alarms = 0;
	board_write32(BOARD_RTC + RTC_ICR, 1);
	board_write32(BOARD_RTC + RTC_IMSC, 1);
	gic_enable(BOARD_RTC_INTERRUPT, rtc_on_alarm);
	for (uint32_t i = 1; i <= 2; i++) {
		uint32_t match = rtc_set_alarm();

		cpu_sleep_until(&rtc_alarms, i);
		cpu_unmask_interrupts();
		CHECK_EQUAL(rtc_alarms, i);
		CHECK(board_read32(BOARD_RTC + RTC_DR) >= match);
	}
	cpu_mask_interrupts();
	board_write32(BOARD_RTC + RTC_IMSC, 0);
	gic_disable(BOARD_RTC_INTERRUPT);
}

/* Masked: the raw status shows it, the CPU doesn't get it. */
static void alarm_masked(void)
{
	rtc_alarms = 0;
	board_write32(BOARD_RTC + RTC_IMSC, 0);
	gic_enable(BOARD_RTC_INTERRUPT, rtc_on_alarm);
	(void)rtc_set_alarm();
	cpu_unmask_interrupts();
	rtc_sleep(1050);
	cpu_mask_interrupts();
	CHECK_EQUAL(rtc_alarms, 0);
	CHECK_EQUAL(board_read32(BOARD_RTC + RTC_RIS), 1);
	CHECK_EQUAL(board_read32(BOARD_RTC + RTC_MIS), 0);
	board_write32(BOARD_RTC + RTC_ICR, 1);
	CHECK_EQUAL(board_read32(BOARD_RTC + RTC_RIS), 0);
	gic_disable(BOARD_RTC_INTERRUPT);
}

/* One instruction writes the clock's and the alarm's registers. Both take effect. */
static void alarm_of_two(void)
{
	uint32_t before = board_read32(BOARD_RTC + RTC_DR);

	rtc_alarms = 0;
	board_write32(BOARD_RTC + RTC_ICR, 1);
	board_write32(BOARD_RTC + RTC_IMSC, 1);
	gic_enable(BOARD_RTC_INTERRUPT, rtc_on_alarm);
	__asm__ volatile("stp %w0, %w0, [%1]" ::"r"(2000000000), "r"(BOARD_RTC + RTC_MR)
	                 : "memory");
	cpu_sleep_until(&rtc_alarms, 1);
	CHECK_EQUAL(rtc_alarms, 1);
	CHECK_EQUAL(board_read32(BOARD_RTC + RTC_MR), 2000000000);
	CHECK(board_read32(BOARD_RTC + RTC_DR) - 2000000000 <= RTC_PAUSE);
	board_write32(BOARD_RTC + RTC_IMSC, 0);
	gic_disable(BOARD_RTC_INTERRUPT);
	board_write32(BOARD_RTC + RTC_LR, before);
}

const struct test tests[] = {
    {"identification", identification, TEST_ANYWHERE},
    {"time-runs", time_runs, TEST_ANYWHERE},
    {"can-be-set", can_be_set, TEST_ANYWHERE},
    {"alarm", alarm, TEST_ANYWHERE},
    {"alarm-masked", alarm_masked, TEST_ANYWHERE},
    {"alarm-of-two", alarm_of_two, TEST_ANYWHERE},
    {0},
};
