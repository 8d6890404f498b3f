/* SPDX-License-Identifier: MIT-0 */
/*
 * The probe's output in a domain of Xen, instead of guests/lib/uart.c. Xen's UART is SBSA's: it is
 * on already, and an access to a PL011's registers for speed and form would be a fault.
 */
#include <guest/board.h>
#include <guest/uart.h>
#include <stdio.h>

void uart_start(void)
{
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
	uart_put(c);
	return c;
}

static FILE uart_file = FDEV_SETUP_STREAM(uart_write, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &uart_file;
