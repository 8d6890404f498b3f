/*
 * The console: a PL011 (Arm DDI 0183) as a user-level driver with interrupts. Its only state is the
 * input that wasn't asked for yet; the kernel keeps calls that wait for input.
 */
#include <proto/console.h>
#include <rtos/probe.h>
#include <rtos/readers.h>
#include <rtos/sys.h>

/* Registers, in words. */
enum uart_register {
	UART_DATA = 0x00 / 4,
	UART_FLAGS = 0x18 / 4,
	UART_LINE = 0x2c / 4,
	UART_CONTROL = 0x30 / 4,
	UART_LEVELS = 0x34 / 4,
	UART_MASK = 0x38 / 4,
	UART_CLEAR = 0x44 / 4,
};

#define UART_FLAG_RX_EMPTY (1u << 4)
#define UART_FLAG_TX_FULL  (1u << 5)
#define UART_LINE_8N1_FIFO 0x70u
#define UART_CONTROL_ON    0x301u /* UART, transmitter, receiver */
#define UART_RX            (1u << 4)
#define UART_TX            (1u << 5)
#define UART_RX_TIMEOUT    (1u << 6)
#define UART_ALL           0x7ffu

#define TYPED_MAX   256
#define TYPED_MAGIC 0x3144455059540001ULL /* has the layout's version */

/* A ring. Each step that changes it is one store, so a crash leaves it whole. The indices only
 * rise. */
struct typed {
	uint64_t magic;
	uint32_t head, tail;
	char bytes[TYPED_MAX];
};

static struct {
	volatile uint32_t *uart;
	rtos_handle_t port, interrupt, signals;
	struct readers readers;
	struct typed *typed;
} console;

static uint32_t console_typed(void)
{
	return console.typed->head - console.typed->tail;
}

/* ---- input ---- */

/* Keeps the compiler from moving stores across this place. */
static void console_order(void)
{
	__asm__ volatile("" ::: "memory");
}

/* Characters that come when the ring is full are lost, as they would be in the device. */
static void console_take(void)
{
	while ((console.uart[UART_FLAGS] & UART_FLAG_RX_EMPTY) == 0) {
		const char character = (char)(console.uart[UART_DATA] & 0xff);

		if (console_typed() == TYPED_MAX)
			continue;
		console.typed->bytes[console.typed->head % TYPED_MAX] = character;
		console_order();
		console.typed->head++;
	}
}

/* How many characters lie one behind the other in the ring. */
static uint32_t console_in_a_row(void)
{
	const uint32_t until_wrap = TYPED_MAX - console.typed->tail % TYPED_MAX;

	return console_typed() < until_wrap ? console_typed() : until_wrap;
}

/*
 * Answers the waiting calls, the first call first. Input is taken out after the answer. So after a
 * crash between the two it comes twice, but nothing is lost. If a call isn't open any more, its
 * input stays for the next call.
 */
static void console_answer_readers(void)
{
	while (console.readers.count > 0 && console_typed() > 0)
		console.typed->tail += readers_answer(
		    &console.readers, &console.typed->bytes[console.typed->tail % TYPED_MAX],
		    console_in_a_row());
}

static void console_interrupt(void)
{
	/* Cleared first: a character that comes while the FIFO is read asserts the interrupt again.
	 */
	console.uart[UART_CLEAR] = UART_RX | UART_RX_TIMEOUT;
	console_take();
	(void)sys_do(RTOS_INTERRUPT_DONE, console.interrupt, 0, 0, 0, 0, 0, NULL);
	console_answer_readers();
}

/* ---- output ---- */

static void console_put(char character)
{
	while ((console.uart[UART_FLAGS] & UART_FLAG_TX_FULL) != 0) {
		console.uart[UART_MASK] = UART_RX | UART_RX_TIMEOUT | UART_TX;
		(void)sys_wait(console.signals, 0);
		console.uart[UART_MASK] = UART_RX | UART_RX_TIMEOUT;
		console_interrupt();
	}
	console.uart[UART_DATA] = (uint8_t)character;
}

static uint64_t console_write(const uint64_t word[RTOS_WORDS])
{
	const uint64_t count = word[1] < CONSOLE_TEXT ? word[1] : CONSOLE_TEXT;

	for (uint64_t i = 0; i < count; i++) {
		const char character = (char)(word[2 + i / 8] >> (i % 8 * 8));

		if (character == '\n')
			console_put('\r');
		console_put(character);
	}
	return 0;
}

/* Takes over the input that an earlier driver left, if it is a ring. */
static void console_keep(void)
{
	static struct typed own;
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);

	console.typed = keep ? (struct typed *)keep->address : &own;
	if (console.typed->magic == TYPED_MAGIC && console_typed() <= TYPED_MAX)
		return;
	console.typed->head = 0;
	console.typed->tail = 0;
	console_order();
	console.typed->magic = TYPED_MAGIC;
}

static void console_begin(void)
{
	console_keep();
	console.uart = (volatile uint32_t *)sys_given(RTOS_GIVEN_DEVICE, NULL, 0)->address;
	console.port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	console.interrupt = sys_given(RTOS_GIVEN_INTERRUPT, NULL, 0)->handle;
	console.signals = sys_given(RTOS_GIVEN_SIGNALS, NULL, 0)->handle;
	(void)sys_do(RTOS_THREAD_BIND, console.signals, 0, 0, 0, 0, 0, NULL);
	/* Clears what an earlier driver left. Input that came meanwhile is in the FIFO, and asserts
	 * nothing any more. */
	console.uart[UART_MASK] = 0;
	console.uart[UART_CLEAR] = UART_ALL;
	console.uart[UART_LINE] = UART_LINE_8N1_FIFO;
	console.uart[UART_CONTROL] = UART_CONTROL_ON;
	console.uart[UART_MASK] = UART_RX | UART_RX_TIMEOUT;
	console_take();
}

/* ---- calls ---- */

static void console_serve(struct sys_message *message)
{
	switch (message->word[0]) {
	case CONSOLE_WRITE:
		message->word[0] = console_write(message->word);
		break;
	case CONSOLE_READ:
		readers_add(&console.readers, message);
		console_answer_readers();
		break;
	default:
		message->word[0] = 1;
	}
}

/* ---- the probe ---- */

static bool console_is_sound(void)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);

	return (!keep || console.typed == (struct typed *)keep->address) &&
	       console.typed->magic == TYPED_MAGIC && console_typed() <= TYPED_MAX &&
	       console.readers.count <= READERS_MAX &&
	       console.interrupt == sys_given(RTOS_GIVEN_INTERRUPT, NULL, 0)->handle &&
	       console.signals == sys_given(RTOS_GIVEN_SIGNALS, NULL, 0)->handle;
}

/* Checks the state, and writes no character at all, which is always possible. */
static void console_probe(struct sys_message *message)
{
	const uint64_t word[RTOS_WORDS] = {CONSOLE_WRITE};

	if (!console_is_sound())
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, console_write(word) == 0 ? PROBE_RIGHT : PROBE_WRONG);
}

int main(void)
{
	struct sys_message message = {.identity = 0};

	console_begin();
	sys_well();
	for (;;) {
		const uint64_t beat = sys_program->heartbeat_ms;
		const enum rtos_status status = sys_reply_wait(
		    console.port, &message, beat ? sys_now() + sys_ticks(beat) / 2 : 0);

		sys_beat();
		if (status == RTOS_SIGNALLED)
			console_interrupt();
		else if (status == RTOS_OK && probe_asks(&message))
			console_probe(&message);
		else if (status == RTOS_OK)
			console_serve(&message);
	}
}
