/* The early console. A program has the UART, too, and can leave it so that it never sends. A
 * character that finds no room in time is lost. All characters behind it are lost, too, until there
 * is room. */
#include <lib/string.h>
#include <machine/console.h>
#include <machine/cpu.h>
#include <machine/start.h>
#include <stdarg.h>

#define UART_DATA 0x00
#define UART_FLAG 0x18
#define FLAG_FULL (1u << 5)

#define CONSOLE_PATIENCE_MS 20 /* a character takes 1 ms at 9600 baud */

static volatile char *console_uart; /* NULL: there is none */
static bool console_stuck;          /* the last character found no room */

void console_begin(volatile char *uart)
{
	console_uart = uart;
}

static bool console_full(const volatile char *uart)
{
	return (*(const volatile uint32_t *)(uart + UART_FLAG) & FLAG_FULL) != 0;
}

static bool console_waits(const volatile char *uart)
{
	const uint64_t end = machine_time() + CONSOLE_PATIENCE_MS * machine_hz() / 1000;

	while (console_full(uart) && !console_stuck)
		console_stuck = machine_time() >= end;
	return !console_stuck;
}

/* False: the UART doesn't send. The console doesn't wait for such a UART a second time. */
static bool console_has_room(const volatile char *uart)
{
	if (console_full(uart))
		return !console_stuck && console_waits(uart);
	console_stuck = false;
	return true;
}

void console_write(const char *text, uint64_t length)
{
	volatile char *uart = console_uart;

	if (uart == NULL)
		return;
	for (const char *end = text + length; text < end && console_has_room(uart); text++)
		*(volatile uint32_t *)(uart + UART_DATA) = (uint8_t)*text;
}

static void put_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			console_write("\r", 1);
		console_write(text, 1);
	}
}

static void put_number(uint64_t number, uint32_t base)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number != 0);
	put_text(&digits[at]);
}

void console_say(const char *format, ...)
{
	char plain[2] = "";
	va_list list;

	va_start(list, format);
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			plain[0] = *format;
			put_text(plain);
			continue;
		}
		format++;
		if (*format == 's')
			put_text(va_arg(list, const char *));
		else
			put_number(va_arg(list, uint64_t), *format == 'x' ? 16 : 10);
	}
	va_end(list);
}
