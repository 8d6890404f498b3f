/*
 * The console service's driver of a 16550, against a model of the device: its FIFOs, its
 * interrupts, and what DesignWare's and TI's do beside that. Each test runs with registers that are
 * bytes side by side, and with words.
 */
#include <console/register.h>
#include <console/uart.h>
#include <kumiki/bundle.h>
#include <string.h>
#include <unit.h>

#define BASE  0x9000000ULL
#define WORDS (2 | BUNDLE_UART_WORDS)

static struct {
	uint32_t registers;
	uint8_t ier, mcr, scr;
	bool fifos;
	bool busy, late; /* DesignWare's "busy"; its time-out, although nothing waits */
	bool sent_pending;
	uint8_t in[64], out[64];
	uint32_t in_count, in_read;
	uint32_t fifo;      /* bytes that wait in the transmitter's FIFO */
	uint32_t out_count; /* all that were written */
	uint32_t arrives;   /* so many reads of IIR until a character is there */
} model;

static uint32_t number_of(uint64_t at, bool words)
{
	uint32_t shift = model.registers & BUNDLE_UART_SHIFT;

	assert_int_equal(words, (model.registers & BUNDLE_UART_WORDS) != 0);
	assert_int_equal((at - BASE) & ((1u << shift) - 1), 0);
	return (uint32_t)(at - BASE) >> shift;
}

static bool is_ti(void)
{
	return (model.registers & BUNDLE_UART_TI) != 0;
}

/* Without that bit of SCR TI's has its interrupt while the FIFO of 64 bytes has room for eight. */
static uint8_t model_why(void)
{
	if (model.busy)
		return 0x7;
	if (model.late)
		return 0xc;
	if ((model.ier & 1) != 0 && model.in_read < model.in_count)
		return 0x4;
	if ((model.ier & 2) != 0 && model.sent_pending)
		return 0x2;
	if ((model.ier & 2) != 0 && is_ti() && (model.scr & 8) == 0 && model.fifo < 56)
		return 0x2;
	return 0x1;
}

static uint8_t model_data(void)
{
	model.late = false;
	return model.in_read < model.in_count ? model.in[model.in_read++] : 0;
}

static uint8_t model_iir(void)
{
	uint8_t why = model_why();

	if (why == 0x2)
		model.sent_pending = false;
	if (model.arrives != 0 && --model.arrives == 0)
		model.in[model.in_count++] = 'l';
	return why | (model.fifos ? 0xc0 : 0);
}

static uint8_t model_read(uint32_t number)
{
	switch (number) {
	case 0:
		return model_data();
	case 2:
		return model_iir();
	case 4:
		return model.mcr;
	case 5:
		return (model.in_read < model.in_count ? 1 : 0) | (model.fifo == 0 ? 0x60 : 0);
	case 31:
		model.busy = false;
		return 0;
	default:
		fail_msg("register %u is read", number);
		return 0;
	}
}

static void model_write(uint32_t number, uint8_t value)
{
	switch (number) {
	case 0:
		assert_true(model.fifo < (model.fifos ? 16 : 1));
		model.out[model.out_count++] = value;
		model.fifo++;
		model.sent_pending = false;
		break;
	case 1:
		model.sent_pending |= (value & ~model.ier & 2) != 0 && model.fifo == 0;
		model.ier = value;
		break;
	case 2:
		model.fifos |= (value & 1) != 0;
		assert_int_equal(value & ~1u, 0); /* nothing received is thrown away */
		break;
	case 4:
		model.mcr = value;
		break;
	case 16:
		assert_true(is_ti());
		model.scr = value;
		break;
	default: /* such as LCR */
		fail_msg("register %u is written", number);
	}
}

uint32_t register_read(uint64_t at)
{
	return model_read(number_of(at, true));
}

uint8_t register_read_8(uint64_t at)
{
	return model_read(number_of(at, false));
}

void register_write(uint64_t at, uint32_t value)
{
	model_write(number_of(at, true), (uint8_t)value);
}

void register_write_8(uint64_t at, uint8_t value)
{
	model_write(number_of(at, false), value);
}

static void begin(uint32_t registers)
{
	memset(&model, 0, sizeof(model));
	model.registers = registers;
	model.mcr = 0x20; /* flow control by hardware, as the firmware set it */
	uart_start(BASE, registers);
}

static void arrive(const char *text)
{
	for (; *text; text++)
		model.in[model.in_count++] = (uint8_t)*text;
}

/* The transmitter sends what it has. */
static void drain(void)
{
	model.fifo = 0;
	model.sent_pending = true;
}

#define WITH_BOTH(name)                                                                            \
	static void name(void);                                                                    \
	TEST(name##_bytes)                                                                         \
	{                                                                                          \
		begin(0);                                                                          \
		name();                                                                            \
	}                                                                                          \
	TEST(name##_words)                                                                         \
	{                                                                                          \
		begin(WORDS);                                                                      \
		name();                                                                            \
	}                                                                                          \
	static void name(void)

WITH_BOTH(a_start_keeps_what_the_firmware_set)
{
	assert_true(model.fifos);
	assert_int_equal(model.ier, 0);
	assert_int_equal(model.mcr, 0x2b);
}

WITH_BOTH(an_empty_fifo_takes_16_bytes)
{
	assert_int_equal(uart_send((const uint8_t *)"0123456789abcdefghij", 20), 16);
	assert_int_equal(uart_send((const uint8_t *)"ghij", 4), 0);
	drain();
	assert_int_equal(uart_send((const uint8_t *)"ghij", 4), 4);
	assert_memory_equal(model.out, "0123456789abcdefghij", 20);
}

WITH_BOTH(a_half_empty_fifo_is_full)
{
	assert_int_equal(uart_send((const uint8_t *)"ab", 2), 2);
	assert_int_equal(uart_send((const uint8_t *)"cd", 2), 0);
}

WITH_BOTH(without_fifos_there_is_room_for_one)
{
	model.fifos = false;
	assert_int_equal(uart_send((const uint8_t *)"ab", 2), 1);
	drain();
	assert_int_equal(uart_send((const uint8_t *)"b", 1), 1);
}

WITH_BOTH(what_is_received_comes_in_its_order)
{
	uint8_t byte;

	uart_listen(true, false);
	assert_int_equal(model_why(), 0x1);
	arrive("xy");
	assert_int_equal(model_why(), 0x4);
	assert_true(uart_get(&byte) && byte == 'x');
	assert_true(uart_get(&byte) && byte == 'y');
	assert_false(uart_get(&byte));
	assert_int_equal(model_why(), 0x1);
}

WITH_BOTH(an_interrupt_says_that_there_is_room)
{
	uart_send((const uint8_t *)"a", 1);
	uart_listen(true, true);
	assert_int_equal(model_why(), 0x1);
	drain();
	assert_int_equal(model_why(), 0x2);
	uart_listen(true, false);
	assert_int_equal(model_why(), 0x1);
}

/* The FIFO became empty, and its interrupt went, before the service listened (again). */
WITH_BOTH(room_that_is_there_already_is_told)
{
	uart_listen(true, true);
	assert_int_equal(model_iir() & 0xf, 0x2);
	assert_int_equal(model_why(), 0x1);
	uart_listen(true, true);
	assert_int_equal(model_why(), 0x2);
}

WITH_BOTH(busy_is_ended)
{
	uint8_t byte;

	model.busy = true;
	assert_false(uart_get(&byte));
	assert_int_equal(model_why(), 0x1);
}

WITH_BOTH(a_timeout_without_a_character_is_ended)
{
	uint8_t byte;

	model.late = true;
	assert_false(uart_get(&byte));
	assert_int_equal(model_why(), 0x1);
}

WITH_BOTH(a_character_that_comes_late_stays)
{
	uint8_t byte;

	model.late = true;
	model.arrives = 1;
	assert_false(uart_get(&byte));
	assert_true(uart_get(&byte) && byte == 'l');
}

/* Otherwise the service would be woken again and again until the FIFO is empty. */
TEST(tis_interrupt_comes_when_there_is_room)
{
	begin(WORDS | BUNDLE_UART_TI);
	uart_send((const uint8_t *)"a", 1);
	uart_listen(true, true);
	assert_int_equal(model_why(), 0x1);
	drain();
	assert_int_equal(model_why(), 0x2);
}
