/*
 * The PL011 (Arm DDI 0183) for the console service. The frame may speak through the same registers
 * when it crashes, so memory keeps nothing except the registers' address.
 */
#include <console/uart.h>

#define UART_DR           0x00
#define UART_FR           0x18
#define UART_FR_RXFE      (1u << 4)
#define UART_FR_TXFF      (1u << 5)
#define UART_FR_TXFE      (1u << 7)
#define UART_FIFO         16 /* bytes that even the smallest PL011's FIFO has */
#define UART_LCR_H        0x2c
#define UART_LCR_H_FIFO_8 0x70 /* FIFOs on, 8 data bits, no parity, one stop bit */
#define UART_CR           0x30
#define UART_CR_ON        0x301 /* UART, transmitter, receiver */
#define UART_IFLS         0x34
#define UART_IFLS_EARLY   0x00 /* transmit: an eighth left; receive: an eighth there */
#define UART_IMSC         0x38
#define UART_RECEIVE      0x50 /* the FIFO's level, and its time-out */
#define UART_TRANSMIT     0x20
#define UART_ICR          0x44
#define UART_ICR_ALL      0x7ff

static uint64_t uart_base;

static volatile uint32_t *uart_register(uint32_t offset)
{
	return (volatile uint32_t *)(uart_base + offset);
}

/* The firmware's speed stays. LCR_H may only be written while the UART is off, so it isn't written
 * if it is right already. */
void uart_start(uint64_t base, uint32_t registers)
{
	(void)registers;
	uart_base = base;
	*uart_register(UART_IMSC) = 0;
	if ((*uart_register(UART_LCR_H) & 0x7f) != UART_LCR_H_FIFO_8) {
		*uart_register(UART_CR) = 0;
		*uart_register(UART_LCR_H) = UART_LCR_H_FIFO_8;
	}
	*uart_register(UART_CR) = UART_CR_ON;
	*uart_register(UART_IFLS) = UART_IFLS_EARLY;
	*uart_register(UART_ICR) = UART_ICR_ALL;
}

static uint32_t uart_room(void)
{
	uint32_t flags = *uart_register(UART_FR);

	if (flags & UART_FR_TXFE)
		return UART_FIFO;
	return flags & UART_FR_TXFF ? 0 : 1;
}

/* Sends what there is room for. An empty FIFO is filled without looking again. */
uint32_t uart_send(const uint8_t *bytes, uint32_t count)
{
	uint32_t sent = 0, room;

	while (sent < count && (room = uart_room()) != 0)
		for (; room && sent < count; room--)
			*uart_register(UART_DR) = bytes[sent++];
	return sent;
}

/* Takes a character as it is, even with an error (break, parity, framing). */
bool uart_get(uint8_t *byte)
{
	if (*uart_register(UART_FR) & UART_FR_RXFE)
		return false;
	*byte = (uint8_t)*uart_register(UART_DR);
	return true;
}

void uart_listen(bool input, bool space)
{
	*uart_register(UART_IMSC) = (input ? UART_RECEIVE : 0u) | (space ? UART_TRANSMIT : 0u);
}
