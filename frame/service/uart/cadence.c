/*
 * Cadence's UART (Zynq UltraScale+ Device Register Reference, UG1087) for the console service. The
 * frame may speak through the same registers when it crashes, so memory keeps nothing except the
 * registers' address.
 *
 * An interrupt's bit in ISR stays until it is written back. So it is written back where its reason
 * was just seen to be gone, and then the reason is looked at once more.
 */
#include <console/uart.h>

#define UART_CR       0x00
#define UART_CR_ON    0x14 /* transmitter, receiver; no break */
#define UART_IER      0x08
#define UART_IDR      0x0c
#define UART_ISR      0x14
#define UART_ALL      0x3fff    /* of the three registers above */
#define UART_RECEIVED (1u << 0) /* RTRIG, in SR, too: as many bytes are there as RXWM says */
#define UART_SENT     (1u << 3) /* TEMPTY: the transmitter's FIFO became empty */
#define UART_RXTOUT   0x1c
#define UART_RXWM     0x20
#define UART_SR       0x2c
#define UART_SR_NONE  (1u << 1) /* the receiver's FIFO is empty */
#define UART_SR_FULL  (1u << 4) /* the transmitter's FIFO is full */
#define UART_FIFO     0x30

static uint64_t uart_base;

static volatile uint32_t *uart_register(uint32_t offset)
{
	return (volatile uint32_t *)(uart_base + offset);
}

/* The firmware's speed and format stay. */
void uart_start(uint64_t base, uint32_t registers)
{
	(void)registers;
	uart_base = base;
	*uart_register(UART_IDR) = UART_ALL;
	*uart_register(UART_RXTOUT) = 0;
	*uart_register(UART_RXWM) = 1;
	*uart_register(UART_CR) = UART_CR_ON;
	*uart_register(UART_ISR) = UART_ALL;
}

static bool uart_is_full(void)
{
	return (*uart_register(UART_SR) & UART_SR_FULL) != 0;
}

uint32_t uart_send(const uint8_t *bytes, uint32_t count)
{
	uint32_t sent = 0;

	for (;;) {
		while (sent < count && !uart_is_full())
			*uart_register(UART_FIFO) = bytes[sent++];
		if (sent == count)
			return sent;
		*uart_register(UART_ISR) = UART_SENT;
		if (uart_is_full())
			return sent;
	}
}

static bool uart_has_none(void)
{
	return (*uart_register(UART_SR) & UART_SR_NONE) != 0;
}

/* Takes a character as it is, even with an error (break, parity, framing). */
bool uart_get(uint8_t *byte)
{
	if (uart_has_none()) {
		*uart_register(UART_ISR) = UART_RECEIVED;
		if (uart_has_none())
			return false;
	}
	*byte = (uint8_t)*uart_register(UART_FIFO);
	return true;
}

void uart_listen(bool input, bool space)
{
	*uart_register(UART_IDR) = UART_ALL;
	*uart_register(UART_IER) = (input ? UART_RECEIVED : 0u) | (space ? UART_SENT : 0u);
}
