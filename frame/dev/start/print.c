/*
 * The frame's own words: a few formats, printed to the UART by polling. Used only during the start
 * and at the end: in between the console service has the UART.
 */
#include <dev/uart.h>
#include <frame/print.h>
#include <machine/local.h>
#include <stdarg.h>

static struct uart print_uart CORE_LOCAL;
/* Where the last words are kept, too: print_keep(). */
static struct {
	char *room;
	uint32_t used, size;
} keeps CORE_LOCAL;

static void print_send(char c)
{
	/* The number of tries is bounded: a UART that never takes a character mustn't hang the
	 * machine. */
	for (uint32_t tries = 0; tries < 1000000; tries++) {
		if (!uart_is_full(print_uart))
			break;
		__asm__ volatile("yield");
	}
	uart_send(print_uart, (uint8_t)c);
}

static void print_put(char c)
{
	if (print_uart.base == 0)
		return;
	if (keeps.used < keeps.size)
		keeps.room[keeps.used++] = c;
	if (c == '\n')
		print_send('\r');
	print_send(c);
}

static void print_put_number(uint64_t value, uint32_t base)
{
	char digits[20];
	int count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	while (count > 0)
		print_put(digits[--count]);
}

static void print_put_text(const char *text)
{
	for (; *text != '\0'; text++)
		print_put(*text);
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			print_put(*format);
			continue;
		}
		switch (*++format) {
		case 's':
			print_put_text(va_arg(arguments, const char *));
			break;
		case 'u':
			print_put_number(va_arg(arguments, uint32_t), 10);
			break;
		case 'l': /* %lx */
			format++;
			print_put_number(va_arg(arguments, unsigned long), 16);
			break;
		case 'c':
			print_put((char)va_arg(arguments, int));
			break;
		default:
			print_put('%');
			break;
		}
	}
	va_end(arguments);
}

void print_to_uart(va_t uart, uint32_t registers)
{
	print_uart = (struct uart){(volatile uint32_t *)uart.at, registers};
	uart_begin(print_uart);
}

bool print_is_direct(void)
{
	return print_uart.base != 0;
}

void print_keep(char *room, uint32_t size)
{
	keeps.room = room;
	keeps.used = 0;
	keeps.size = size;
}

uint32_t print_kept(void)
{
	return keeps.used;
}
