/* Cadence's UART for the frame's own words: see dev/uart.h. */
#include <dev/uart.h>
#include <uart/cadence.h>

/* After a reset the transmitter is off, and takes no byte. */
void uart_begin(struct uart uart)
{
	uart.base[CADENCE_CR / 4] = CADENCE_ON;
}

bool uart_is_full(struct uart uart)
{
	return (uart.base[CADENCE_SR / 4] >> CADENCE_FULL & 1) != 0;
}

void uart_send(struct uart uart, uint8_t byte)
{
	uart.base[CADENCE_FIFO / 4] = byte;
}
