/*
 * The emulated UART, clock and watchdog of a partition: joins the models of pl011.c, pl031.c and
 * watchdog.c with their interrupt lines, the console service and the core's timer. A partition's
 * vCPUs may use the devices from several cores, one core at a time. A core that finds them taken
 * doesn't wait, but comes again: an access is executed again, an event becomes a message to the
 * same core or a deadline that is over. Interrupts are taken in between.
 */
#include <devices/emulated.h>
#include <lib/bundle.h>
#include <machine/wait.h>
#include <run/blame.h>
#include <run/wake_service.h>
#include <vgic/vgic.h>
#include <word/life.h>
#include <word/mail.h>
#include <word/timer.h>

bool devices_take(struct partition *partition)
{
	if (__atomic_exchange_n(&partition->devices_taken, 1, __ATOMIC_ACQUIRE) == 0)
		return true;
	wait_pause();
	return false;
}

void devices_give(struct partition *partition)
{
	__atomic_store_n(&partition->devices_taken, 0, __ATOMIC_RELEASE);
}

/* ---- UART ---- */

static void uart_set_line(struct partition *partition)
{
	vgic_set_line(partition, partition->config->uart_intid,
	              pl011_line(&partition->uart, partition->console));
}

uint64_t uart_read(struct partition *partition, uint32_t offset)
{
	uint64_t value = pl011_read(&partition->uart, partition->console, offset);

	if (offset < 4)
		uart_set_line(partition);
	return value;
}

void uart_write(struct partition *partition, uint32_t offset, uint64_t value)
{
	uint32_t effect =
	    pl011_write(&partition->uart, partition->console, offset, (uint32_t)value);

	if ((effect & PL011_LINE) != 0)
		uart_set_line(partition);
	if ((effect & PL011_WAKE) != 0)
		service_wake(SERVICE_EVENT_OUTPUT);
}

/* Does nothing while the partition is laid out anew: the home core resets the UART then, and
 * doesn't take the devices for it. */
void uart_evaluate(struct partition *partition)
{
	if (!life_runs(partition) && !life_stands(partition))
		return;
	if (!devices_take(partition)) {
		mail_post(core.index, MAIL_UART, partition->index);
		return;
	}
	pl011_notified(&partition->uart, partition->console);
	uart_set_line(partition);
	devices_give(partition);
}

/* ---- clock ---- */

void rtc_settle(struct partition *partition)
{
	uint64_t now = timer_now();

	vgic_set_line(partition, partition->config->rtc_intid, pl031_line(&partition->rtc, now));
	timer_set_for(TIMER_RTC, partition, pl031_deadline(&partition->rtc));
}

void rtc_begin(struct partition *partition)
{
	uint32_t seconds = 0;

	if (core_bundle->board.rtc_base != 0)
		seconds = *(volatile uint32_t *)LAYOUT_RTC;
	pl031_reset(&partition->rtc, seconds, timer_now(), (uint32_t)sysreg_read(cntfrq_el0));
	timer_set_for(TIMER_RTC, partition, TIMER_NEVER);
}

uint64_t rtc_read(struct partition *partition, uint32_t offset)
{
	return pl031_read(&partition->rtc, offset, timer_now());
}

void rtc_write(struct partition *partition, uint32_t offset, uint64_t value)
{
	pl031_write(&partition->rtc, offset, (uint32_t)value, timer_now());
}

void rtc_evaluate(struct partition *partition)
{
	uint64_t now = timer_now();

	if (!life_runs(partition))
		return;
	if (!devices_take(partition)) {
		timer_set_for(TIMER_RTC, partition, now);
		return;
	}
	rtc_settle(partition);
	devices_give(partition);
}

/* ---- watchdog ---- */

/* Sets the watchdog's line and timer. True: the watchdog has given its second signal, and the timer
 * is set to `then`. */
static bool set_line_and_timer(struct partition *partition, uint64_t now, uint64_t then)
{
	struct watchdog *watchdog = &partition->watchdog;

	watchdog_look(watchdog, now);
	vgic_set_line(partition, partition->config->watchdog_intid, watchdog->first);
	timer_set_for(TIMER_WATCHDOG, partition,
	              watchdog->second ? then : watchdog_deadline(watchdog));
	return watchdog->second;
}

uint64_t wdt_read(const struct partition *partition, uint32_t offset)
{
	return watchdog_read(&partition->watchdog, offset);
}

void wdt_write(struct partition *partition, uint32_t offset, uint64_t value)
{
	watchdog_write(&partition->watchdog, offset, (uint32_t)value, timer_now());
}

void wdt_settle(struct partition *partition)
{
	uint64_t now = timer_now();

	(void)set_line_and_timer(partition, now, now);
}

void wdt_evaluate(struct partition *partition)
{
	uint64_t now = timer_now();
	bool bites;

	if (!life_runs(partition))
		return;
	if (!devices_take(partition)) {
		timer_set_for(TIMER_WATCHDOG, partition, now);
		return;
	}
	/* The timer acts on the second signal only once. The message that ends the partition may
	 * have to wait for a more urgent context; if the timer stayed due, the core would always
	 * take its interrupt before that message. */
	bites = set_line_and_timer(partition, now, TIMER_NEVER);
	devices_give(partition);
	if (bites)
		blame_vcpu(core.only != 0 ? core.only : &partition->vcpus[0], STOP_WATCHDOG);
}

/* ---- all of them ---- */

/* No vCPU uses the devices while the partition stands still, so they needn't be taken. With 0 ticks
 * some vCPUs may run, so the watchdog is left alone. */
void devices_resume(struct partition *partition, uint64_t ticks)
{
	uint64_t now = timer_now();

	if (ticks != 0)
		watchdog_pause(&partition->watchdog, ticks);
	timer_set_for(TIMER_RTC, partition, now);
	timer_set_for(TIMER_WATCHDOG, partition, now);
}
