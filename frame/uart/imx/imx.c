/* The i.MX UART for the frame's own words: see dev/uart.h. */
#include <dev/uart.h>
#include <uart/imx.h>

/* After a reset it is off. */
void uart_begin(struct uart uart)
{
	uart.base[IMX_UCR1 / 4] |= IMX_UCR1_ON;
	uart.base[IMX_UCR2 / 4] = IMX_UCR2_RUN;
}

bool uart_is_full(struct uart uart)
{
	return (uart.base[IMX_UTS / 4] >> IMX_FULL & 1) != 0;
}

void uart_send(struct uart uart, uint8_t byte)
{
	uart.base[IMX_UTXD / 4] = byte;
}
