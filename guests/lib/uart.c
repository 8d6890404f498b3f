/* SPDX-License-Identifier: MIT-0 */
/*
 * Output on the PL011 by polling, and the C library's stdout. Only one CPU at a time may print.
 */
#include <guest/board.h>
#include <guest/uart.h>
#include <stdio.h>

void uart_start(void)
{
	board_write32(BOARD_UART + UART_IMSC, 0);
	board_write32(BOARD_UART + UART_LCR, 0x70); /* 8 bits, FIFOs */
	board_write32(BOARD_UART + UART_CR, 0x301); /* on, receive, transmit */
}

void uart_put(char c)
{
	while (board_read32(BOARD_UART + UART_FR) & UART_FR_TXFF)
		__asm__ volatile("yield");
	board_write32(BOARD_UART + UART_DR, (uint8_t)c);
}

static int uart_write(char c, FILE *file)
{
	(void)file;
	if (c == '\n')
		uart_put('\r');
	uart_put(c);
	return c;
}

static FILE uart_file = FDEV_SETUP_STREAM(uart_write, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &uart_file;
