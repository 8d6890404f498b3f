/*
 * The emulated UART, clock and watchdog of a partition: their registers, and their interrupt lines.
 */
#ifndef DEVICES_EMULATED_H
#define DEVICES_EMULATED_H

#include <frame/types.h>

struct partition;

/*
 * The emulated UART and clock. False: another core has them; come again, with interrupts taken in
 * between. Their registers are for who has taken them.
 */
bool devices_take(struct partition *partition);
void devices_give(struct partition *partition);
uint64_t uart_read(struct partition *partition, uint32_t offset);
void uart_write(struct partition *partition, uint32_t offset, uint64_t value);
uint64_t rtc_read(struct partition *partition, uint32_t offset);
void rtc_write(struct partition *partition, uint32_t offset, uint64_t value);
uint64_t wdt_read(const struct partition *partition, uint32_t offset);
void wdt_write(struct partition *partition, uint32_t offset, uint64_t value);

/* What follows from registers that were written: the line, and the timer behind it. */
void rtc_settle(struct partition *partition);
void wdt_settle(struct partition *partition);

/* Lines, after something else than an access has changed them. The watchdog's second signal ends
 * the partition. */
void uart_evaluate(struct partition *partition);
void rtc_evaluate(struct partition *partition);
void wdt_evaluate(struct partition *partition);
void rtc_begin(struct partition *partition);

/* Before it goes on that was suspended for so long: their deadlines are looked at again. */
void devices_resume(struct partition *partition, uint64_t ticks);

#endif
