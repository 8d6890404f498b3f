/*
 * The emulated UART, clock and watchdog of a partition: their registers, and their interrupt lines.
 */
#ifndef DEVICES_EMULATED_H
#define DEVICES_EMULATED_H

#include <frame/types.h>

struct partition;

/*
 * Takes all emulated devices of a partition for this core, and gives them back. False: another core
 * has them; the caller comes again, with interrupts taken in between.
 */
bool devices_take(struct partition *partition);
void devices_give(struct partition *partition);

/* Registers. The caller has taken the devices. */
uint64_t uart_read(struct partition *partition, uint32_t offset);
void uart_write(struct partition *partition, uint32_t offset, uint64_t value);
uint64_t rtc_read(struct partition *partition, uint32_t offset);
void rtc_write(struct partition *partition, uint32_t offset, uint64_t value);
uint64_t wdt_read(const struct partition *partition, uint32_t offset);
void wdt_write(struct partition *partition, uint32_t offset, uint64_t value);

/* Sets the line and the timer of a device, after its registers were written. */
void rtc_settle(struct partition *partition);
void wdt_settle(struct partition *partition);

/* Sets the line of a device after an event that isn't an access. The watchdog's second signal ends
 * the partition. */
void uart_evaluate(struct partition *partition);
void rtc_evaluate(struct partition *partition);
void wdt_evaluate(struct partition *partition);

/* Resets the clock to the machine's time, as the partition starts. */
void rtc_begin(struct partition *partition);

/* The partition goes on after it stood still for so many ticks: stops the watchdog's clock for that
 * time, and has the deadlines of watchdog and clock looked at. */
void devices_resume(struct partition *partition, uint64_t ticks);

#endif
