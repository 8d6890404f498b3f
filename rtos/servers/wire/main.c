/*
 * A console by a virtio console device (virtio 1.1, 5.3), for example a channel's end
 * (docs/channels.md): the driver serves proto/console.h in place of the PL011's. A write is
 * answered when the device gives its buffer back, so after a crash the kernel brings the write
 * again. Text that came stays in its buffer until somebody has read it, so the other end waits.
 */
#include <kumiki/rtos/manifest.h>
#include <kumiki/rtos/note.h>
#include <proto/console.h>
#include <rtos/driver.h>
#include <rtos/probe.h>
#include <rtos/readers.h>
#include <virtio/virtq.h>

RTOS_NOTE(RTOS_NOTE_DRIVES, RTOS_END_CONSOLE);

enum wire_queue { WIRE_IN = 0, WIRE_OUT = 1 }; /* of port 0 (virtio 1.1, 5.3.2) */

#define WIRE_INS    16                 /* buffers for text that comes */
#define WIRE_PLACE  (2 * CONSOLE_TEXT) /* of a buffer: each character may be the end of a line */
#define WIRE_MEMORY (2 * VIRTQ_BYTES + (WIRE_INS + CONSOLE_WRITES) * WIRE_PLACE)

_Static_assert(CONSOLE_TEXT == READERS_BYTES, "a reader gets so many at most");
_Static_assert(CONSOLE_WRITES == 64, "one word has their bits");

struct writer {
	uint64_t identity, token;
};

static struct {
	struct device device;
	struct virtq in, out;
	char *buffers; /* for text that comes, then for text that goes */
	uint64_t physical;
	uint32_t buffer, at, end; /* what of a buffer isn't read yet; equal: there is none */
	rtos_handle_t port, interrupt, signals;
	struct readers readers;
	struct writer writers[CONSOLE_WRITES]; /* of the buffers that are with the device */
} wire;

/* ---- text that comes ---- */

static void wire_offer(uint32_t buffer)
{
	virtq_give(&wire.in, buffer, wire.physical + (uint64_t)buffer * WIRE_PLACE, WIRE_PLACE,
	           true);
}

static void wire_publish(struct virtq *queue, enum wire_queue number)
{
	if (virtq_publish(queue))
		device_tell(&wire.device, number);
}

/* Gives the buffer that is read back to the device, and takes the next one. False: none has come.
 */
static bool wire_has_text(void)
{
	enum virtq_answer answer;

	while (wire.at == wire.end) {
		answer = virtq_take(&wire.in, &wire.buffer, &wire.end);
		if (answer == VIRTQ_BROKEN || (answer == VIRTQ_DONE && wire.end > WIRE_PLACE))
			driver_fail("the device says nonsense");
		wire.at = 0;
		if (answer == VIRTQ_NOTHING) {
			wire.end = 0;
			return false;
		}
		if (wire.end == 0) {
			wire_offer(wire.buffer);
			wire_publish(&wire.in, WIRE_IN);
		}
	}
	return true;
}

static void wire_answer_readers(void)
{
	while (wire.readers.count > 0 && wire_has_text()) {
		wire.at +=
		    readers_answer(&wire.readers, wire.buffers + wire.buffer * WIRE_PLACE + wire.at,
		                   wire.end - wire.at);
		if (wire.at == wire.end) {
			wire_offer(wire.buffer);
			wire_publish(&wire.in, WIRE_IN);
		}
	}
}

/* ---- text that goes ---- */

/* Copies the text into the buffer, with what a terminal needs at the end of a line. */
static uint32_t wire_copy(char *to, const uint64_t word[RTOS_WORDS], uint64_t count)
{
	uint32_t length = 0;

	for (uint64_t i = 0; i < count; i++) {
		const char character = (char)(word[2 + i / 8] >> (i % 8 * 8));

		if (character == '\n')
			to[length++] = '\r';
		to[length++] = character;
	}
	return length;
}

/* Gives the text to the device. The call is answered when the device gives the buffer back. */
static void wire_write(struct sys_message *message)
{
	const uint64_t count = message->word[1] < CONSOLE_TEXT ? message->word[1] : CONSOLE_TEXT;
	const uint64_t free = ~wire.out.open[0];
	uint32_t buffer, place, length;

	message->word[0] = free == 0;
	if (free == 0 || count == 0)
		return;
	buffer = (uint32_t)__builtin_ctzll(free);
	place = (WIRE_INS + buffer) * WIRE_PLACE;
	length = wire_copy(wire.buffers + place, message->word, count);
	wire.writers[buffer] = (struct writer){message->identity, message->token};
	message->identity = 0;
	virtq_give(&wire.out, buffer, wire.physical + place, length, false);
	wire_publish(&wire.out, WIRE_OUT);
}

static void wire_answer_writers(void)
{
	enum virtq_answer answer;
	uint32_t buffer, length;

	while ((answer = virtq_take(&wire.out, &buffer, &length)) == VIRTQ_DONE) {
		const struct sys_message done = {.identity = wire.writers[buffer].identity,
		                                 .token = wire.writers[buffer].token};

		(void)sys_reply(&done); /* the caller may have ended */
	}
	if (answer == VIRTQ_BROKEN)
		driver_fail("the device says nonsense");
}

/* ---- calls ---- */

static void wire_serve(struct sys_message *message)
{
	switch (message->word[0]) {
	case CONSOLE_WRITE:
		wire_write(message);
		break;
	case CONSOLE_READ:
		readers_add(&wire.readers, message);
		wire_answer_readers();
		break;
	default:
		message->word[0] = 1;
	}
}

/* The interrupt is cleared first, so what the device does after that raises a new one. */
static void wire_interrupt(void)
{
	bool changed;

	if (!device_heard(&wire.device, &changed))
		driver_fail("the device has to be reset");
	(void)sys_do(RTOS_INTERRUPT_DONE, wire.interrupt, 0, 0, 0, 0, 0, NULL);
	wire_answer_writers();
	wire_answer_readers();
}

/* ---- the probe ---- */

static bool wire_is_sound(void)
{
	char *at = (char *)sys_given(RTOS_GIVEN_DMA, NULL, 0)->address;
	uint64_t physical = 0;

	return sys_do(RTOS_REGION_PHYSICAL, sys_given(RTOS_GIVEN_DMA_REGION, NULL, 0)->handle, 0, 0,
	              0, 0, 0, &physical) == RTOS_OK &&
	       virtq_is_sound(&wire.in, at, physical) &&
	       virtq_is_sound(&wire.out, at + VIRTQ_BYTES, physical + VIRTQ_BYTES) &&
	       wire.buffers == at + 2 * VIRTQ_BYTES &&
	       wire.physical == physical + 2 * VIRTQ_BYTES && wire.at <= wire.end &&
	       wire.end <= WIRE_PLACE && wire.buffer < WIRE_INS &&
	       wire.readers.count <= READERS_MAX &&
	       wire.interrupt == sys_given(RTOS_GIVEN_INTERRUPT, NULL, 0)->handle &&
	       wire.signals == sys_given(RTOS_GIVEN_SIGNALS, NULL, 0)->handle;
}

/* Checks the state, and makes a call that is refused. */
static void wire_probe(struct sys_message *message)
{
	struct sys_message strange = {.word = {0}};

	wire_serve(&strange);
	if (!wire_is_sound())
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, strange.word[0] == 1 ? PROBE_RIGHT : PROBE_WRONG);
}

/* ---- start ---- */

/* The device was reset before, as only then it leaves the memory alone. */
static void wire_begin_queues(void)
{
	const char *missing = "its manifest gives it no kumiki,dma-memory of 16 KiB";
	const struct rtos_given *memory = driver_given(RTOS_GIVEN_DMA, missing);
	const rtos_handle_t region = driver_given(RTOS_GIVEN_DMA_REGION, missing)->handle;
	char *at = (char *)memory->address;
	uint64_t physical = 0;

	if (memory->size < WIRE_MEMORY ||
	    sys_do(RTOS_REGION_PHYSICAL, region, 0, 0, 0, 0, 0, &physical) != RTOS_OK)
		driver_fail(missing);
	virtq_begin(&wire.in, at, physical);
	virtq_begin(&wire.out, at + VIRTQ_BYTES, physical + VIRTQ_BYTES);
	wire.buffers = at + 2 * VIRTQ_BYTES;
	wire.physical = physical + 2 * VIRTQ_BYTES;
}

static const char *wire_begin_device(void)
{
	const struct device_queue in = virtq_places(&wire.in, WIRE_IN),
	                          out = virtq_places(&wire.out, WIRE_OUT);
	const char *wrong = device_begin(&wire.device, 0);

	if (!wrong)
		wrong = device_give(&wire.device, &in);
	if (!wrong)
		wrong = device_give(&wire.device, &out);
	if (!wrong)
		device_work(&wire.device);
	return wrong;
}

static void wire_begin(void)
{
	const char *wrong;

	wire.port = driver_given(RTOS_GIVEN_OFFER, "it has no port")->handle;
	wire.interrupt = driver_given(RTOS_GIVEN_INTERRUPT, "it has no interrupt")->handle;
	wire.signals = driver_given(RTOS_GIVEN_SIGNALS, "it has no interrupt")->handle;
	wrong = device_find(&wire.device, DEVICE_CONSOLE);
	if (wrong)
		driver_fail(wrong);
	if (!device_quiet(&wire.device))
		driver_fail("the device can't be reset");
	wire_begin_queues();
	wrong = wire_begin_device();
	if (wrong)
		driver_fail(wrong);
	(void)sys_do(RTOS_THREAD_BIND, wire.signals, 0, 0, 0, 0, 0, NULL);
	for (uint32_t i = 0; i < WIRE_INS; i++)
		wire_offer(i);
	wire_publish(&wire.in, WIRE_IN);
}

int main(void)
{
	struct sys_message message = {.identity = 0};

	wire_begin();
	sys_well();
	for (;;) {
		const enum rtos_status status =
		    sys_reply_wait(wire.port, &message, sys_beat_deadline());

		sys_beat();
		if (status == RTOS_SIGNALLED)
			wire_interrupt();
		else if (status == RTOS_OK && probe_asks(&message))
			wire_probe(&message);
		else if (status == RTOS_OK)
			wire_serve(&message);
	}
}
