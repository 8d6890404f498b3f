/* SPDX-License-Identifier: MIT-0 */
/* Prints linux_start.S's line before Linux starts. MMU and caches are off, so it uses no
 * library. */
#include <guest/board.h>
#include <guest/uart.h>
#include <stdint.h>

void linux_start_announce(uint64_t physical, uint64_t virtual);

static void announce_put(char c)
{
	while (board_read32(BOARD_UART + UART_FR) & UART_FR_TXFF)
		__asm__ volatile("yield");
	board_write32(BOARD_UART + UART_DR, (uint8_t)c);
}

static void announce_number(uint64_t value)
{
	uint64_t divisor = 1;

	while (value / divisor >= 10)
		divisor *= 10;
	for (; divisor > 0; divisor /= 10)
		announce_put((char)('0' + value / divisor % 10));
}

static void announce_text(const char *text)
{
	while (*text != '\0')
		announce_put(*text++);
}

void linux_start_announce(uint64_t physical, uint64_t virtual)
{
	board_write32(BOARD_UART + UART_CR, 0x301);
	announce_text("stamp start ");
	announce_number(physical);
	announce_put(' ');
	announce_number(virtual);
	announce_text("\r\n");
}
