/*
 * The board's UART, as the frame itself speaks to it: by polling, at the start and at the end. In
 * between the console service has it. A frame is linked with one driver: frame/uart/<kind>.
 */
#ifndef DEV_UART_H
#define DEV_UART_H

#include <stdbool.h>
#include <stdint.h>

/* Lets the transmitter work. The firmware's speed and format stay. */
void uart_begin(volatile uint32_t *uart);

bool uart_is_full(const volatile uint32_t *uart);

void uart_send(volatile uint32_t *uart, uint8_t byte);

#endif
