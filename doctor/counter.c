/* The counter: its frequency, whether it ticks, and the board's clock beside it. */
#include <doctor/doctor.h>
#include <doctor/interrupts.h>

#define LOOKS       10000u
#define LEAST_HZ    1000000u
#define MOST_HZ     1000000000u
#define RTC_SECONDS 3
#define STEP_US     200
#define PARTS       50 /* a clock and the counter may differ by one part in so many */

void counter_frequency(void)
{
	const uint32_t hz = (uint32_t)sysreg_read(cntfrq_el0), file = told_facts->counter_hz;

	if (hz == 0)
		report_defect("CNTFRQ_EL0 is 0; the firmware has to set it on each core");
	else if (file != 0 && hz != file)
		report_defect(
		    "CNTFRQ_EL0 says %u Hz, and the timer's clock-frequency in the board file "
		    "%u Hz; correct the one that is wrong",
		    hz, file);
	else if (hz < LEAST_HZ || hz > MOST_HZ)
		report_defect("CNTFRQ_EL0 says %u Hz; the frame wants 1 MHz to 1 GHz: is it what "
		              "the counter does? Correct the firmware",
		              hz);
	else
		report_good("%u Hz (CNTFRQ_EL0)", hz);
}

void counter_ticks(void)
{
	const uint64_t begin = wait_now();
	uint64_t last = begin;

	for (uint32_t i = 0; i < LOOKS; i++) {
		const uint64_t now = wait_now();

		if (now < last) {
			report_defect("the counter goes back (0x%lx, then 0x%lx); Kumiki can't run "
			              "on this core",
			              PRINT_X(last), PRINT_X(now));
			return;
		}
		last = now;
	}
	if (last == begin)
		report_defect("the counter stands still at 0x%lx; the firmware has to start it",
		              PRINT_X(begin));
	else
		report_good("the counter ticks, and never goes back");
}

/* ---- beside a PL031 ---- */

/* Waits until the clock's second changes, and returns the counter then; 0: it doesn't change. The
 * core sleeps between its looks. */
static uint64_t next_second(const volatile uint32_t *clock)
{
	const uint32_t was = *clock;
	const uint64_t end = wait_now() + 2 * wait_hz();

	for (uint32_t i = 0; i < 2000000 / STEP_US && wait_now() < end; i++) {
		if (*clock != was)
			return wait_now();
		interrupts_sleep(wait_hz() * STEP_US / 1000000);
	}
	return 0;
}

void counter_clock(void)
{
	const volatile uint32_t *clock = (const volatile uint32_t *)told_board->rtc_base;
	uint64_t begin, end, wrong;

	if (told_board->rtc_base == 0) {
		report_note(
		    "the board file has none (PL031): the counter's frequency isn't compared");
		return;
	}
	begin = next_second(clock);
	end = begin == 0 ? 0 : next_second(clock);
	if (end == 0) {
		report_defect(
		    "the clock at 0x%lx stands still; correct its reg in the board file, or "
		    "take it out",
		    PRINT_X(told_board->rtc_base));
		return;
	}
	wrong = end - begin > wait_hz() ? end - begin - wait_hz() : wait_hz() - (end - begin);
	if (wrong > wait_hz() / PARTS)
		report_defect(
		    "a second of the clock has %u ticks of the counter, and CNTFRQ_EL0 says "
		    "%u; correct the firmware",
		    (uint32_t)(end - begin), (uint32_t)wait_hz());
	else
		report_good("a second of the clock is one of the counter (%u ticks)",
		            (uint32_t)(end - begin));
}
