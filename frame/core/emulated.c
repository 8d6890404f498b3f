/*
 * The emulated UART and clock of a partition: the models of pl011.c and pl031.c, their interrupt
 * lines, the console service behind the one and the core's timer behind the other. A partition's
 * vCPUs may touch them from several cores: a lock of the partition's own, held with interrupts
 * masked for one register or one look at a line.
 */
#include <frame/core.h>
#include <frame/partition.h>
#include <frame/service.h>
#include <lib/bundle.h>
#include <machine/sysreg.h>
#include <machine/wait.h>

static void lock(struct partition *partition)
{
	while (__atomic_exchange_n(&partition->device_lock, 1, __ATOMIC_ACQUIRE) != 0)
		wait_pause();
}

static void unlock(struct partition *partition)
{
	__atomic_store_n(&partition->device_lock, 0, __ATOMIC_RELEASE);
}

/* ---- UART ---- */

static void uart_set_line(struct partition *partition)
{
	vgic_set_line(partition, partition->config->uart_intid,
	              pl011_line(&partition->uart, partition->console));
}

uint64_t uart_read(struct partition *partition, uint32_t offset)
{
	uint64_t value;

	lock(partition);
	value = pl011_read(&partition->uart, partition->console, offset);
	if (offset < 4)
		uart_set_line(partition);
	unlock(partition);
	return value;
}

void uart_write(struct partition *partition, uint32_t offset, uint64_t value)
{
	uint32_t effect;

	lock(partition);
	effect = pl011_write(&partition->uart, partition->console, offset, (uint32_t)value);
	if ((effect & PL011_LINE) != 0)
		uart_set_line(partition);
	unlock(partition);
	if ((effect & PL011_WAKE) != 0)
		console_wake(CONSOLE_EVENT_OUTPUT);
}

void uart_evaluate(struct partition *partition)
{
	lock(partition);
	pl011_notified(&partition->uart, partition->console);
	uart_set_line(partition);
	unlock(partition);
}

/* ---- clock ---- */

static void rtc_settle(struct partition *partition, uint64_t now)
{
	vgic_set_line(partition, partition->config->rtc_intid, pl031_line(&partition->rtc, now));
	timer_set(TIMER_RTC, pl031_deadline(&partition->rtc));
}

void rtc_begin(struct partition *partition)
{
	uint32_t seconds = 0;

	if (core_bundle->board.rtc_base != 0)
		seconds = *(volatile uint32_t *)LAYOUT_RTC;
	pl031_reset(&partition->rtc, seconds, timer_now(), (uint32_t)sysreg_read(cntfrq_el0));
}

uint64_t rtc_read(struct partition *partition, uint32_t offset)
{
	uint64_t value;

	lock(partition);
	value = pl031_read(&partition->rtc, offset, timer_now());
	unlock(partition);
	return value;
}

void rtc_write(struct partition *partition, uint32_t offset, uint64_t value)
{
	uint64_t now = timer_now();

	lock(partition);
	pl031_write(&partition->rtc, offset, (uint32_t)value, now);
	rtc_settle(partition, now);
	unlock(partition);
}

void rtc_evaluate(struct partition *partition)
{
	lock(partition);
	rtc_settle(partition, timer_now());
	unlock(partition);
}
