/*
 * The PL011 as drivers know it: identification, flags, interrupts of the transmitter, masks.
 *
 * Shows: guests.uart.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/test.h>
#include <guest/time.h>
#include <guest/uart.h>

static uint32_t uart_read(uint32_t offset)
{
	return board_read32(BOARD_UART + offset);
}

static void uart_write_register(uint32_t offset, uint32_t value)
{
	board_write32(BOARD_UART + offset, value);
}

/* PrimeCell: part 0x011, designer ARM, then the four bytes of every PrimeCell. */
static void identification(void)
{
	static const uint8_t ids[] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	for (unsigned int i = 0; i < 8; i++) {
		uint32_t mask = i == 2 ? 0x0f : 0xff; /* the revision may differ */

		CHECK_EQUAL(uart_read(UART_ID + 4 * i) & mask, ids[i] & mask);
	}
}

static void flags_when_idle(void)
{
	CHECK(time_wait_until(uart_read(UART_FR) & UART_FR_TXFE)); /* all printed text is out */
	CHECK_EQUAL(uart_read(UART_FR) & (UART_FR_TXFE | UART_FR_TXFF | UART_FR_RXFE),
	            UART_FR_TXFE | UART_FR_RXFE);
}

static void settings_read_back(void)
{
	uint32_t lcr = uart_read(UART_LCR), cr = uart_read(UART_CR);

	uart_write_register(UART_IBRD, 13);
	uart_write_register(UART_FBRD, 1);
	uart_write_register(UART_LCR, 0x70);
	uart_write_register(UART_IFLS, 0x09);
	CHECK_EQUAL(uart_read(UART_IBRD), 13);
	CHECK_EQUAL(uart_read(UART_FBRD), 1);
	CHECK_EQUAL(uart_read(UART_LCR), 0x70);
	CHECK_EQUAL(uart_read(UART_IFLS), 0x09);
	CHECK_EQUAL(uart_read(UART_CR) & 0x301, 0x301);
	uart_write_register(UART_IFLS, 0x12);
	uart_write_register(UART_LCR, lcr);
	uart_write_register(UART_CR, cr);
}

static void masks(void)
{
	uart_write_register(UART_IMSC, 0);
	uart_write_register(UART_ICR, 0x7ff);
	uart_put('.');
	uart_put('\n');
	CHECK(time_wait_until(uart_read(UART_RIS) & UART_TX));
	CHECK_EQUAL(uart_read(UART_MIS), 0);
	uart_write_register(UART_IMSC, UART_TX);
	CHECK_EQUAL(uart_read(UART_IMSC), UART_TX);
	CHECK_EQUAL(uart_read(UART_MIS), UART_TX);
	uart_write_register(UART_IMSC, 0);
	uart_write_register(UART_ICR, UART_TX);
	CHECK_EQUAL(uart_read(UART_RIS) & UART_TX, 0);
}

static volatile uint32_t uart_interrupts, uart_left;

/* As a driver does it: one character for each interrupt, the last one masks. */
static void uart_transmit(uint32_t intid)
{
	CHECK_EQUAL(intid, BOARD_UART_INTERRUPT);
	CHECK_EQUAL(uart_read(UART_MIS), UART_TX);
	uart_write_register(UART_ICR, UART_TX);
	uart_interrupts++;
	if (--uart_left == 0)
		uart_write_register(UART_IMSC, 0);
	else
		uart_write_register(UART_DR, '0' + uart_left % 10);
}

static void transmit_by_interrupt(void)
{
	uart_interrupts = 0;
	uart_left = 40;
	uart_write_register(UART_ICR, 0x7ff);
	gic_enable(BOARD_UART_INTERRUPT, uart_transmit);
	uart_write_register(UART_IMSC, UART_TX);
	uart_write_register(UART_DR, '>');
	cpu_sleep_until(&uart_interrupts, 40);
	cpu_unmask_interrupts();
	time_spin(100);
	cpu_mask_interrupts();
	CHECK_EQUAL(uart_interrupts, 40);
	gic_disable(BOARD_UART_INTERRUPT);
	uart_put('\n');
}

/* Drivers use bytes and halfwords, too. */
static void narrow_accesses(void)
{
	uart_write_register(UART_IBRD, 0x1234);
	CHECK_EQUAL(*(volatile uint16_t *)(BOARD_UART + UART_IBRD), 0x1234);
	CHECK_EQUAL(*(volatile uint8_t *)(BOARD_UART + UART_IBRD), 0x34);
	CHECK_EQUAL(*(volatile uint8_t *)(BOARD_UART + UART_FR) & UART_FR_RXFE, UART_FR_RXFE);
	for (const char *at = "bytes\r\n"; *at != '\0'; at++)
		*(volatile uint8_t *)(BOARD_UART + UART_DR) = (uint8_t)*at;
}

static volatile uint32_t uart_finished;

/* A pair is one access: both of its registers, by nobody else in between. */
static void uart_use(void)
{
	uint32_t first, second;

	for (uint32_t i = 0; i < 300; i++) {
		__asm__ volatile("stp %w0, %w1, [%2]" ::"r"(i), "r"(i & 0x3f),
		                 "r"(BOARD_UART + UART_IBRD)
		                 : "memory");
		__asm__ volatile("ldp %w0, %w1, [%2]"
		                 : "=r"(first), "=r"(second)
		                 : "r"(BOARD_UART + UART_IBRD)
		                 : "memory");
		if ((first & 0x3f) != second)
			return;
		(void)uart_read(UART_FR);
	}
	__atomic_fetch_add(&uart_finished, 1, __ATOMIC_SEQ_CST);
}

static void uart_use_elsewhere(void)
{
	uart_use();
	cpu_sev();
}

static void from_every_cpu(void)
{
	unsigned int count = cpu_count();

	for (unsigned int cpu = 1; cpu < count; cpu++)
		CHECK_EQUAL(cpu_start(cpu, uart_use_elsewhere), 0);
	uart_use();
	CHECK(time_wait_until(uart_finished == count));
	uart_start();
}

const struct test tests[] = {
    {"identification", identification, TEST_ANYWHERE},
    {"flags-when-idle", flags_when_idle, TEST_ANYWHERE},
    {"settings-read-back", settings_read_back, TEST_ANYWHERE},
    {"masks", masks, TEST_ANYWHERE},
    {"transmit-by-interrupt", transmit_by_interrupt, TEST_ANYWHERE},
    {"narrow-accesses", narrow_accesses, TEST_ANYWHERE},
    {"from-every-cpu", from_every_cpu, TEST_KUMIKI},
    {0},
};
