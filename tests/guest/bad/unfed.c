/*
 * Tells at which time its device timers go off: an alarm of its clock, a second behind the first
 * one, and its watchdog, which nobody feeds. The next life says how long before it this one set its
 * watchdog. Needs 1 MiB at 0x40000000, with `kumiki,keep = "4K at 0x40040000"`.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <stdio.h>

#define UNFED_KEPT 0x40040000ull
#define UNFED_MARK 0x6465666e75ull
#define UNFED_MS   750u /* until the watchdog's first signal; as long again until the second one */

enum { RTC_DR = 0, RTC_MR = 4, RTC_IMSC = 16, RTC_ICR = 28 };
enum { WATCHDOG_WCS = 0, WATCHDOG_WOR = 8 }; /* of the control frame */

struct unfed {
	uint64_t mark, lives, set; /* the physical counter, as the watchdog was set */
};

static volatile uint32_t unfed_alarms;

static uint64_t unfed_now(void)
{
	cpu_isb();
	return cpu_read(cntpct_el0);
}

static unsigned unfed_ms_since(uint64_t then)
{
	return (unsigned)((unfed_now() - then) * 1000 / time_frequency());
}

static void unfed_on_alarm(uint32_t intid)
{
	(void)intid;
	board_write32(BOARD_RTC + RTC_ICR, 1);
	unfed_alarms++;
}

/* At the clock's next second. */
static void unfed_set_alarm(void)
{
	board_write32(BOARD_RTC + RTC_MR, board_read32(BOARD_RTC + RTC_DR) + 1);
}

static void unfed_set_watchdog(const void *tree)
{
	struct tree_node node = tree_compatible(tree, "arm,sbsa-gwdt", 0);
	uint64_t control = tree_number(node, "reg", 0);

	board_write32(control + WATCHDOG_WOR, (uint32_t)(UNFED_MS * (time_frequency() / 1000)));
	board_write32(control + WATCHDOG_WCS, 1);
}

void guest_main(void *device_tree)
{
	struct unfed *kept = (struct unfed *)UNFED_KEPT;
	uint64_t second;

	if (kept->mark == UNFED_MARK)
		printf("unfed: the last life's watchdog was set %u ms ago\n",
		       unfed_ms_since(kept->set));
	else
		*kept = (struct unfed){.mark = UNFED_MARK};
	gic_start();
	gic_start_cpu();
	gic_enable(BOARD_RTC_INTERRUPT, unfed_on_alarm);
	board_write32(BOARD_RTC + RTC_IMSC, 1);
	unfed_set_alarm();
	cpu_sleep_until(&unfed_alarms, 1);
	cpu_unmask_interrupts();
	second = unfed_now();
	unfed_set_alarm();
	kept->set = unfed_now();
	unfed_set_watchdog(device_tree);
	printf("unfed: life %u\n", (unsigned)++kept->lives);
	cpu_sleep_until(&unfed_alarms, 2);
	printf("unfed: an alarm %u ms behind the other one\n", unfed_ms_since(second));
	for (;;)
		cpu_wfi();
}
