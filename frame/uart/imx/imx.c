/* The i.MX UART for the frame's own words: see dev/uart.h. */
#include <dev/uart.h>
#include <uart/imx.h>

/* After a reset it is off. */
void uart_begin(volatile uint32_t *uart)
{
	uart[IMX_UCR1 / 4] |= IMX_UCR1_ON;
	uart[IMX_UCR2 / 4] = IMX_UCR2_RUN;
}

bool uart_is_full(const volatile uint32_t *uart)
{
	return (uart[IMX_UTS / 4] >> IMX_FULL & 1) != 0;
}

void uart_send(volatile uint32_t *uart, uint8_t byte)
{
	uart[IMX_UTXD / 4] = byte;
}
