/*
 * The frame's own words: a few formats, to the UART by polling, or into the core's message ring.
 * Called by this core alone; bounded by the length of what is said.
 */
#include <frame/core.h>
#include <frame/print.h>
#include <frame/service.h>
#include <stdarg.h>

/* PL011: flag register, its bit "transmit FIFO full". */
#define UART_FR   0x18
#define UART_TXFF (1u << 5)

static volatile uint32_t *print_uart CORE_LOCAL;

static void uart_put(char c)
{
	/* Bounded: a UART that never takes a character must not hang the machine. */
	for (uint32_t tries = 0; tries < 1000000; tries++) {
		if ((print_uart[UART_FR / 4] & UART_TXFF) == 0)
			break;
		__asm__ volatile("yield");
	}
	print_uart[0] = (uint8_t)c;
}

static void ring_put(char c)
{
	uint32_t head = core_log->out_head;

	if (head - __atomic_load_n(&core_log->out_tail, __ATOMIC_ACQUIRE) >= CONSOLE_OUT_SIZE) {
		core_log->out_lost++;
		return;
	}
	core_log->out[head % CONSOLE_OUT_SIZE] = (uint8_t)c;
	__atomic_store_n(&core_log->out_head, head + 1, __ATOMIC_RELEASE);
}

static void put(char c)
{
	if (print_uart == 0) {
		ring_put(c);
		return;
	}
	if (c == '\n')
		uart_put('\r');
	uart_put(c);
}

static void put_number(uint64_t value, uint32_t base)
{
	char digits[20];
	int count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	while (count > 0)
		put(digits[--count]);
}

static void put_text(const char *text)
{
	for (; *text != '\0'; text++)
		put(*text);
}

static void ring_wake(void)
{
	if (__atomic_exchange_n(&core_log->asleep, 0, __ATOMIC_SEQ_CST) != 0)
		console_wake(CONSOLE_EVENT_OUTPUT);
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			put(*format);
			continue;
		}
		switch (*++format) {
		case 's':
			put_text(va_arg(arguments, const char *));
			break;
		case 'u':
			put_number(va_arg(arguments, uint32_t), 10);
			break;
		case 'l': /* %lx */
			format++;
			put_number(va_arg(arguments, unsigned long), 16);
			break;
		case 'c':
			put((char)va_arg(arguments, int));
			break;
		default:
			put('%');
			break;
		}
	}
	va_end(arguments);
	if (print_uart == 0)
		ring_wake();
}

void print_to_uart(va_t uart)
{
	print_uart = (volatile uint32_t *)uart.at;
}

bool print_is_direct(void)
{
	return print_uart != 0;
}
