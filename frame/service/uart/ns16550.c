/*
 * The 16550 (Texas Instruments PC16550D, SNLS378), DesignWare's and OMAP's among them, for the
 * console service. The frame may speak through the same registers when it crashes, so memory keeps
 * nothing except where the registers are. LCR, and so the divisor behind DLAB, is the firmware's.
 */
#include <console/register.h>
#include <console/uart.h>
#include <kumiki/bundle.h>

#define UART_DATA        0 /* RBR when read, THR when written */
#define UART_IER         1
#define UART_IER_RECEIVE (1u << 0)
#define UART_IER_SENT    (1u << 1) /* the transmitter's FIFO became empty */
#define UART_IIR         2         /* when read */
#define UART_IIR_WHY     0xfu
#define UART_IIR_BUSY    0x7u /* DesignWare's alone: LCR was written amid a character */
#define UART_IIR_TIMEOUT 0xcu /* characters wait, fewer than the FIFO's level */
#define UART_IIR_FIFOS   0xc0u
#define UART_FCR         2    /* when written */
#define UART_FCR_ON      0x1u /* a character, or a few and a pause, raise the interrupt */
#define UART_FIFO        16u  /* bytes that even the smallest FIFO has */
#define UART_MCR         4
#define UART_MCR_ON      0xbu /* DTR, RTS; OUT2, which lets the interrupt out of many of them */
#define UART_LSR         5
#define UART_LSR_GOT     (1u << 0)
#define UART_LSR_EMPTY   (1u << 5) /* the transmitter's FIFO is */
#define UART_SCR         16        /* TI's */
#define UART_SCR_EMPTY   (1u << 3) /* UART_IER_SENT means an empty FIFO there, too */
#define UART_USR         31        /* DesignWare's */

static uint64_t uart_base;
static uint32_t uart_layout;

static uint32_t uart_read(uint32_t number)
{
	uint64_t at = uart_base + (number << (uart_layout & BUNDLE_UART_SHIFT));

	return uart_layout & BUNDLE_UART_WORDS ? register_read(at) : register_read_8(at);
}

static void uart_write(uint32_t number, uint32_t value)
{
	uint64_t at = uart_base + (number << (uart_layout & BUNDLE_UART_SHIFT));

	if (uart_layout & BUNDLE_UART_WORDS)
		register_write(at, value);
	else
		register_write_8(at, (uint8_t)value);
}

/* The firmware's speed and format stay, and what it has received. */
void uart_start(uint64_t base, uint32_t registers)
{
	uart_base = base;
	uart_layout = registers;
	uart_write(UART_IER, 0);
	uart_write(UART_FCR, UART_FCR_ON);
	uart_write(UART_MCR, uart_read(UART_MCR) | UART_MCR_ON);
	if (registers & BUNDLE_UART_TI)
		uart_write(UART_SCR, UART_SCR_EMPTY);
}

/* Nothing tells how full a FIFO is, so there is room only in an empty one. */
static uint32_t uart_room(void)
{
	if ((uart_read(UART_LSR) & UART_LSR_EMPTY) == 0)
		return 0;
	return (uart_read(UART_IIR) & UART_IIR_FIFOS) == UART_IIR_FIFOS ? UART_FIFO : 1;
}

uint32_t uart_send(const uint8_t *bytes, uint32_t count)
{
	uint32_t sent = 0, room;

	while (sent < count && (room = uart_room()) != 0)
		for (; room && sent < count; room--)
			uart_write(UART_DATA, bytes[sent++]);
	return sent;
}

static bool uart_has_none(void)
{
	return (uart_read(UART_LSR) & UART_LSR_GOT) == 0;
}

/*
 * Ends two interrupts of DesignWare's that no character ends: "busy", and a time-out that stays
 * although the FIFO is empty. The status is read after the reason: a character that came between
 * the two stays.
 */
static void uart_calm(void)
{
	uint32_t why = uart_read(UART_IIR) & UART_IIR_WHY;

	if (why == UART_IIR_BUSY)
		uart_read(UART_USR);
	else if (why == UART_IIR_TIMEOUT && uart_has_none())
		uart_read(UART_DATA);
}

/* Takes a character as it is, even with an error (break, parity, framing). */
bool uart_get(uint8_t *byte)
{
	if (uart_has_none()) {
		uart_calm();
		return false;
	}
	*byte = (uint8_t)uart_read(UART_DATA);
	return true;
}

/* A FIFO that is empty already raises its interrupt only when IER changes. */
void uart_listen(bool input, bool space)
{
	uart_write(UART_IER, 0);
	uart_write(UART_IER, (input ? UART_IER_RECEIVE : 0u) | (space ? UART_IER_SENT : 0u));
}
