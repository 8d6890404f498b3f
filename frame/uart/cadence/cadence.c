/* Cadence's UART for the frame's own words: see dev/uart.h. */
#include <dev/uart.h>
#include <uart/cadence.h>

/* After a reset the transmitter is off, and takes no byte. */
void uart_begin(volatile uint32_t *uart)
{
	uart[CADENCE_CR / 4] = CADENCE_ON;
}

bool uart_is_full(const volatile uint32_t *uart)
{
	return (uart[CADENCE_SR / 4] >> CADENCE_FULL & 1) != 0;
}

void uart_send(volatile uint32_t *uart, uint8_t byte)
{
	uart[CADENCE_FIFO / 4] = byte;
}
