/* The 16550 (Texas Instruments PC16550D, SNLS378) for the frame's own words: see dev/uart.h. */
#include <dev/uart.h>
#include <kumiki/bundle.h>
#include <uart/ns16550.h>

_Static_assert(BUNDLE_UART_WORDS == 1 << NS16550_WORDS, "say.inc looks there");

static volatile void *uart_register(struct uart uart, uint32_t number)
{
	return (volatile uint8_t *)uart.base + (number << (uart.registers & BUNDLE_UART_SHIFT));
}

/* The firmware has left it on. */
void uart_begin(struct uart uart)
{
	(void)uart;
}

/* There is no bit that says "full", so it counts as full until it is empty. */
bool uart_is_full(struct uart uart)
{
	volatile void *lsr = uart_register(uart, NS16550_LSR);
	uint32_t status = (uart.registers & BUNDLE_UART_WORDS) != 0 ? *(volatile uint32_t *)lsr
	                                                            : *(volatile uint8_t *)lsr;

	return (status >> NS16550_THRE & 1) == 0;
}

void uart_send(struct uart uart, uint8_t byte)
{
	volatile void *thr = uart_register(uart, NS16550_THR);

	if ((uart.registers & BUNDLE_UART_WORDS) != 0)
		*(volatile uint32_t *)thr = byte;
	else
		*(volatile uint8_t *)thr = byte;
}
