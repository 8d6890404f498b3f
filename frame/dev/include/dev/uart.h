/*
 * The board's UART, as the frame itself speaks to it: by polling, at the start and at the end. In
 * between the console service has it. A frame is linked with one driver: frame/uart/<kind>.
 */
#ifndef DEV_UART_H
#define DEV_UART_H

#include <stdbool.h>
#include <stdint.h>

struct uart {
	volatile uint32_t *base;
	uint32_t registers; /* how they lie, as the board's (kumiki/bundle.h) */
};

/* Lets the transmitter work. The firmware's speed and format stay. */
void uart_begin(struct uart uart);

bool uart_is_full(struct uart uart);

void uart_send(struct uart uart, uint8_t byte);

#endif
