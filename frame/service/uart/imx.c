/*
 * The i.MX UART (i.MX 8M Plus Applications Processor Reference Manual, "UART") for the console
 * service. The frame may speak through the same registers when it crashes, so memory keeps nothing
 * except the registers' address. The interrupts used here last as long as their reasons.
 */
#include <console/uart.h>

#define UART_URXD       0x00
#define UART_UTXD       0x40
#define UART_UCR1       0x80
#define UART_UCR1_ON    (1u << 0)
#define UART_UCR1_SENT  (1u << 6) /* TXMPTYEN: while the transmitter's FIFO is empty */
#define UART_UCR1_GOT   (1u << 9) /* RRDYEN: while the receiver has UFCR's number of bytes */
#define UART_UCR2       0x84
#define UART_UCR2_RUN   0x4027 /* no flow control, 8 bits; transmitter, receiver; no reset */
#define UART_UCR3       0x88
#define UART_UCR3_MUXED (1u << 2) /* RXDMUXSEL: always one on this chip */
#define UART_UCR4       0x8c
#define UART_UFCR       0x90
#define UART_UFCR_RXTL  0x3fu
#define UART_UTS        0xb4
#define UART_UTS_FULL   (1u << 4)
#define UART_UTS_NONE   (1u << 5)

static uint64_t uart_base;

static volatile uint32_t *uart_register(uint32_t offset)
{
	return (volatile uint32_t *)(uart_base + offset);
}

/* The firmware's speed stays, with the clock's divider in UFCR. */
void uart_start(uint64_t base, uint32_t registers)
{
	(void)registers;
	uart_base = base;
	*uart_register(UART_UCR1) = UART_UCR1_ON;
	*uart_register(UART_UCR2) = UART_UCR2_RUN;
	*uart_register(UART_UCR3) = UART_UCR3_MUXED;
	*uart_register(UART_UCR4) = 0;
	*uart_register(UART_UFCR) = (*uart_register(UART_UFCR) & ~UART_UFCR_RXTL) | 1;
}

uint32_t uart_send(const uint8_t *bytes, uint32_t count)
{
	uint32_t sent = 0;

	while (sent < count && (*uart_register(UART_UTS) & UART_UTS_FULL) == 0)
		*uart_register(UART_UTXD) = bytes[sent++];
	return sent;
}

/* Takes a character as it is, even with an error (break, parity, framing). */
bool uart_get(uint8_t *byte)
{
	if (*uart_register(UART_UTS) & UART_UTS_NONE)
		return false;
	*byte = (uint8_t)*uart_register(UART_URXD);
	return true;
}

void uart_listen(bool input, bool space)
{
	*uart_register(UART_UCR1) =
	    UART_UCR1_ON | (input ? UART_UCR1_GOT : 0u) | (space ? UART_UCR1_SENT : 0u);
}
