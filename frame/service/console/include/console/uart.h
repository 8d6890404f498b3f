/*
 * The console's UART, as little of it as the console needs. frame/service/uart has a driver
 * for each kind; host tests link a fake.
 */
#ifndef CONSOLE_UART_H
#define CONSOLE_UART_H

#include <stdbool.h>
#include <stdint.h>

/* `registers`: how they lie (kumiki/bundle.h). */
void uart_start(uint64_t base, uint32_t registers);

/* Returns how many bytes the transmitter took: fewer than `count` if it is full. */
uint32_t uart_send(const uint8_t *bytes, uint32_t count);

/* False: nothing was received. */
bool uart_get(uint8_t *byte);

/* Which interrupts wake the service: for characters to read, for room to write. */
void uart_listen(bool input, bool space);

#endif
