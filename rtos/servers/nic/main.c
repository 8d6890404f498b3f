/*
 * A network card's driver (docs/rtos/network.md). It brings frames between the card and its one
 * client, the network's server. Incoming frames stay in the memory for DMA until the client has
 * taken them. Outgoing frames are copied there, so the card never gets an address of a client's
 * memory. The driver keeps nothing except numbers in the window that it shares with the client. The
 * next driver resets the card, and goes on with these numbers. What the card had then is lost, and
 * counted.
 */
#include "handover.h"
#include <kumiki/rtos/manifest.h>
#include <kumiki/rtos/note.h>
#include <lib/string.h>
#include <rtos/buffer.h>
#include <rtos/driver.h>
#include <rtos/probe.h>
#include <rtos/sys.h>
#include <virtio/virtq.h>

RTOS_NOTE(RTOS_NOTE_DRIVES, RTOS_END_NETWORK);

enum driver_queue { DRIVER_IN = 0, DRIVER_OUT = 1 }; /* the card's numbers (virtio 1.1, 5.1.2) */

#define FEATURE_ADDRESS (1ULL << 5) /* the card has an address of its own */
#define DRIVER_HEADER   12          /* bytes before each frame (virtio 1.1, 5.1.6) */
#define DRIVER_BEFORE   6           /* unused bytes at a buffer's beginning, which align IP */
#define DRIVER_AT       (DRIVER_BEFORE + DRIVER_HEADER)

static struct {
	struct device device;
	struct virtq in, out;
	uint8_t *buffers; /* buffers for incoming frames, then buffers for outgoing ones */
	uint64_t physical;
	uint32_t in_count, out_count;
	uint64_t pages, first_buffer; /* pages of the memory; where the first buffer is in it */
	uint16_t used_before;         /* by the card, up to its reset */
	uint64_t address;
	struct buffers windows;
	rtos_handle_t port, interrupt, signals, memory;
	uint64_t client; /* the client's badge; 0: nobody has called yet */
	volatile struct nic_window *window;
	const uint8_t *slots;
	struct handover_state state;
	uint64_t waiting, waiting_token; /* an open NIC_WAIT; 0: none */
	uint32_t waiting_since;          /* how many frames its caller knew of */
} driver;

/* ---- frames that come in ---- */

static void driver_offer(uint32_t buffer)
{
	virtq_give(&driver.in, buffer,
	           driver.physical + (uint64_t)buffer * NIC_PLACE + DRIVER_BEFORE,
	           NIC_PLACE - DRIVER_BEFORE, true);
}

static void driver_publish(struct virtq *queue, enum driver_queue number)
{
	if (virtq_publish(queue))
		device_tell(&driver.device, number);
}

/* Hands a frame to the client. The window's numbers change last. */
static void driver_hand(uint32_t buffer, uint32_t length)
{
	volatile struct nic_window *window = driver.window;
	const uint32_t place = driver.state.received % NIC_BUFFERS;

	window->frame[place].buffer = (uint16_t)buffer;
	window->frame[place].at = DRIVER_AT;
	window->frame[place].length = (uint16_t)length;
	driver.state.buffer[place] = (uint8_t)buffer;
	driver.state.with_client[buffer] = true;
	window->counts.received++;
	__atomic_store_n(&window->received, ++driver.state.received, __ATOMIC_RELEASE);
	window->card[HANDOVER_REAPED] = driver.in.taken;
}

/* Hands what the card has brought to the client. If it is no frame, its buffer goes back to the
 * card. */
static bool driver_reap(void)
{
	bool returned = false;
	uint32_t buffer, length;
	enum virtq_answer answer;

	while ((answer = virtq_take(&driver.in, &buffer, &length)) == VIRTQ_DONE) {
		if (length >= DRIVER_HEADER + NIC_LEAST && length <= DRIVER_HEADER + NIC_FRAME) {
			driver_hand(buffer, length - DRIVER_HEADER);
			continue;
		}
		driver.window->counts.dropped++;
		driver_offer(buffer);
		returned = true;
	}
	if (answer == VIRTQ_BROKEN)
		driver_fail("the card says nonsense");
	return returned;
}

/* Gives buffers back to the card whose frames the client has taken. False: the client's number is
 * wrong. */
static bool driver_receive(void)
{
	bool returned = driver_reap(), wrong;
	uint32_t buffer;

	while (handover_freed(&driver.state, driver.window, &buffer, &wrong)) {
		driver_offer(buffer);
		returned = true;
	}
	if (returned)
		driver_publish(&driver.in, DRIVER_IN);
	return !wrong;
}

/* ---- frames that go out ---- */

static void driver_finish(void)
{
	enum virtq_answer answer;
	uint32_t buffer, length;

	do
		answer = virtq_take(&driver.out, &buffer, &length);
	while (answer == VIRTQ_DONE);
	if (answer == VIRTQ_BROKEN)
		driver_fail("the card says nonsense");
	driver.window->card[HANDOVER_FINISHED] = driver.out.taken;
}

/* A free buffer for an outgoing frame; `out_count`: the card has all buffers. */
static uint32_t driver_free(void)
{
	const uint64_t open = driver.out.open[0];
	const uint32_t first = ~open != 0 ? (uint32_t)__builtin_ctzll(~open) : NIC_SLOTS;

	return first < driver.out_count ? first : driver.out_count;
}
_Static_assert(NIC_SLOTS <= 64, "one word has their bits");

/* Copies a slot's frame into a buffer, behind a header of zeros. A wrong length is the client's
 * error, and the client loses the frame. */
static void driver_copy(uint32_t buffer, uint32_t slot)
{
	const uint32_t number = driver.in_count + buffer, length = driver.window->length[slot];
	uint8_t *at = driver.buffers + (uint64_t)number * NIC_PLACE;

	if (length < NIC_LEAST || length > NIC_FRAME)
		return;
	memset(at, 0, DRIVER_AT);
	memcpy(at + DRIVER_AT - NIC_PAD, driver.slots + (uint64_t)slot * NIC_PLACE,
	       length + NIC_PAD);
	memset(at + DRIVER_AT - NIC_PAD, 0, NIC_PAD);
	virtq_give(&driver.out, buffer,
	           driver.physical + (uint64_t)number * NIC_PLACE + DRIVER_BEFORE,
	           length + DRIVER_HEADER, false);
	driver.window->counts.sent++;
}

/* Sends as many frames as the card has room for. The rest goes when the card has sent some. False:
 * the client's number is wrong. */
static bool driver_send(void)
{
	const uint32_t offered = __atomic_load_n(&driver.window->offered, __ATOMIC_ACQUIRE);
	const uint16_t before = driver.out.offered;
	uint32_t buffer;

	if (offered - driver.state.sent > NIC_SLOTS)
		return false;
	if (offered == driver.state.sent)
		return true;
	driver_finish();
	while (driver.state.sent != offered && (buffer = driver_free()) != driver.out_count)
		driver_copy(buffer, driver.state.sent++ % NIC_SLOTS);
	driver.window->card[HANDOVER_GIVEN] = driver.out.offered;
	virtq_interrupts(&driver.out, driver.state.sent != offered);
	if (driver.out.offered != before)
		driver_publish(&driver.out, DRIVER_OUT);
	__atomic_store_n(&driver.window->sent, driver.state.sent, __ATOMIC_RELEASE);
	return true;
}

/* ---- calls ---- */

static void driver_answer_wait(enum nic_status status)
{
	const struct sys_message answer = {
	    .word = {status}, .identity = driver.waiting, .token = driver.waiting_token};

	if (driver.waiting == 0)
		return;
	driver.waiting = 0;
	virtq_interrupts(&driver.in, false);
	(void)sys_reply(&answer); /* the caller may have ended */
}

static enum nic_status driver_move(void)
{
	const bool good = driver_receive();

	return driver_send() && good ? NIC_OK : NIC_BAD;
}

/* Makes a call wait. The card interrupts only while somebody waits. What it brought just before
 * isn't told by an interrupt, so the driver looks for that once the interrupt is on. */
static enum nic_status driver_wait(struct sys_message *message)
{
	enum nic_status status;

	driver_answer_wait(NIC_OK);
	virtq_interrupts(&driver.in, true);
	status = driver_move();
	driver.waiting_since = (uint32_t)message->word[1];
	if (status == NIC_OK && driver.state.received == driver.waiting_since) {
		driver.waiting = message->identity;
		driver.waiting_token = message->token;
		message->identity = 0;
		return status;
	}
	virtq_interrupts(&driver.in, false);
	return status;
}

static enum nic_status driver_open(struct sys_message *message)
{
	struct sys_message answer = *message;

	driver_answer_wait(NIC_OK);
	handover_mend(&driver.state, driver.window);
	answer.word[0] = NIC_OK;
	answer.word[1] = driver.address;
	answer.word[2] = driver.pages;
	answer.word[3] = driver.first_buffer;
	answer.word[4] = driver.in_count;
	if (sys_reply_with(&answer, RTOS_PAYLOAD_HANDLE_AS(driver.memory, RTOS_RIGHT_READ, 0)) ==
	    RTOS_NO_ROOM)
		return NIC_BAD; /* the client takes no handle */
	message->identity = 0;
	return NIC_OK;
}

/* The first program that calls is the client. The numbers in its window say how far the driver
 * before this one came. */
static enum nic_status driver_know(uint64_t badge)
{
	const struct buffer *buffer = buffer_of(&driver.windows, badge);

	if (driver.client != 0)
		return driver.client == badge ? NIC_OK : NIC_OTHER;
	if (!buffer->bytes || buffer->size < NIC_WINDOW)
		return NIC_BAD;
	driver.client = badge;
	driver.window = (volatile struct nic_window *)buffer->bytes;
	driver.slots = buffer->bytes + NIC_HEAD;
	handover_take(&driver.state, driver.window, driver.used_before, driver.in_count);
	for (uint32_t i = 0; i < driver.in_count; i++)
		if (!driver.state.with_client[i])
			driver_offer(i);
	driver_publish(&driver.in, DRIVER_IN);
	return NIC_OK;
}

static enum nic_status driver_serve(struct sys_message *message)
{
	const enum nic_status status = driver_know(message->badge);

	if (status != NIC_OK)
		return status;
	switch (message->word[0]) {
	case NIC_OPEN:
		return driver_open(message);
	case NIC_MOVE:
		return driver_move();
	case NIC_WAIT:
		return driver_wait(message);
	default:
		return NIC_BAD;
	}
}

/* Serves the interrupt. It is cleared first, so what the card does after that raises a new one. */
static void driver_interrupt(void)
{
	bool changed;

	if (!device_heard(&driver.device, &changed))
		driver_fail("the card has to be reset");
	(void)sys_do(RTOS_INTERRUPT_DONE, driver.interrupt, 0, 0, 0, 0, 0, NULL);
	if (driver.client == 0)
		return;
	if (driver_move() != NIC_OK)
		driver_answer_wait(NIC_BAD);
	else if (driver.state.received != driver.waiting_since)
		driver_answer_wait(NIC_OK);
}

/* ---- the probe ---- */

/* Whether each buffer for incoming frames is with the card or with the client. Before the first
 * call both have none. */
static bool driver_has_all(void)
{
	uint32_t with_card = 0, with_client = 0;

	for (uint32_t i = 0; i < NIC_BUFFERS; i++) {
		const bool card = (driver.in.open[i / 64] >> i % 64 & 1) != 0;
		const bool client = driver.state.with_client[i];

		if ((card && client) || ((card || client) && i >= driver.in_count))
			return false;
		with_card += card;
		with_client += client;
	}
	return with_card + with_client == (driver.client != 0 ? driver.in_count : 0);
}
_Static_assert(NIC_BUFFERS <= VIRTQ_SIZE, "the queue has a bit for each");

static bool driver_is_sound(void)
{
	const struct rtos_given *memory = sys_given(RTOS_GIVEN_DMA, NULL, 0);
	uint8_t *at = (uint8_t *)memory->address;
	uint64_t physical = 0;

	return sys_do(RTOS_REGION_PHYSICAL, sys_given(RTOS_GIVEN_DMA_REGION, NULL, 0)->handle, 0, 0,
	              0, 0, 0, &physical) == RTOS_OK &&
	       virtq_is_sound(&driver.in, at, physical) &&
	       virtq_is_sound(&driver.out, at + VIRTQ_BYTES, physical + VIRTQ_BYTES) &&
	       driver.buffers == at + driver.first_buffer &&
	       driver.physical == physical + driver.first_buffer && driver_has_all() &&
	       driver.interrupt == sys_given(RTOS_GIVEN_INTERRUPT, NULL, 0)->handle &&
	       driver.signals == sys_given(RTOS_GIVEN_SIGNALS, NULL, 0)->handle;
}

/* A stranger gets nothing. */
static void driver_probe(struct sys_message *message)
{
	struct sys_message stranger = {.badge = UINT64_MAX, .word = {NIC_MOVE}};

	if (!driver_is_sound())
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message,
		             driver_serve(&stranger) != NIC_OK ? PROBE_RIGHT : PROBE_WRONG);
}

/* ---- start ---- */

/* Lays out queues and buffers; at most a third of the buffers is for outgoing frames. The card was
 * reset before, as only then it leaves the memory alone. */
static void driver_begin_queues(void)
{
	const char *missing = "its manifest gives it no kumiki,dma-memory";
	const struct rtos_given *memory = driver_given(RTOS_GIVEN_DMA, missing);
	uint8_t *at = (uint8_t *)memory->address;
	const uint64_t all =
	    memory->size < 2 * VIRTQ_BYTES ? 0 : (memory->size - 2 * VIRTQ_BYTES) / NIC_PLACE;
	uint64_t physical = 0;

	if (sys_given(RTOS_GIVEN_DMA, "uncached", 0))
		driver_fail(
		    "the network's server can't see uncached memory: the card's node in the device "
		    "tree, or one above, must have dma-coherent");
	driver.memory = driver_given(RTOS_GIVEN_DMA_REGION, missing)->handle;
	driver.out_count = all / 3 < NIC_SLOTS ? (uint32_t)all / 3 : NIC_SLOTS;
	driver.in_count =
	    all - driver.out_count < NIC_BUFFERS ? (uint32_t)all - driver.out_count : NIC_BUFFERS;
	if (driver.out_count == 0 ||
	    sys_do(RTOS_REGION_PHYSICAL, driver.memory, 0, 0, 0, 0, 0, &physical) != RTOS_OK)
		driver_fail("its kumiki,dma-memory is too small");
	driver.used_before = virtq_used_before(at);
	virtq_begin(&driver.in, at, physical);
	virtq_begin(&driver.out, at + VIRTQ_BYTES, physical + VIRTQ_BYTES);
	driver.pages = memory->size / RTOS_PAGE_SIZE;
	driver.first_buffer = 2 * VIRTQ_BYTES;
	driver.buffers = at + driver.first_buffer;
	driver.physical = physical + driver.first_buffer;
}

/* Reads the card's address. A card without one gets an address that is nobody's ("locally
 * administered"). */
static void driver_read_address(void)
{
	static const uint8_t own[6] = {0x02, 'K', 'u', 'm', 'i', 1};

	for (uint32_t i = 0; i < 6; i++) {
		const uint32_t byte = (driver.device.features & FEATURE_ADDRESS) != 0
		                          ? device_read(&driver.device, i, 1)
		                          : own[i];

		driver.address |= (uint64_t)byte << 8 * i;
	}
}

static const char *driver_begin_device(void)
{
	const struct device_queue in = virtq_places(&driver.in, DRIVER_IN),
	                          out = virtq_places(&driver.out, DRIVER_OUT);
	const char *wrong = device_begin(&driver.device, FEATURE_ADDRESS);

	if (!wrong)
		wrong = device_give(&driver.device, &in);
	if (!wrong)
		wrong = device_give(&driver.device, &out);
	if (wrong)
		return wrong;
	driver_read_address();
	device_work(&driver.device);
	return NULL;
}

static void driver_begin(void)
{
	const struct rtos_given *port = driver_given(RTOS_GIVEN_OFFER, "it has no port");
	const char *wrong;

	driver.port = port->handle;
	driver.windows.port = port->name;
	driver.interrupt = driver_given(RTOS_GIVEN_INTERRUPT, "it has no interrupt")->handle;
	driver.signals = driver_given(RTOS_GIVEN_SIGNALS, "it has no interrupt")->handle;
	wrong = device_find(&driver.device, DEVICE_NETWORK);
	if (wrong)
		driver_fail(wrong);
	if (!device_quiet(&driver.device))
		driver_fail("the card can't be reset");
	driver_begin_queues();
	wrong = driver_begin_device();
	if (wrong)
		driver_fail(wrong);
	virtq_interrupts(&driver.in, false);
	virtq_interrupts(&driver.out, false);
	(void)sys_do(RTOS_THREAD_BIND, driver.signals, 0, 0, 0, 0, 0, NULL);
}

int main(void)
{
	struct sys_message message = {.identity = 0};
	uint64_t next_beat = 0;

	driver_begin();
	sys_well();
	sys_beat_when_due(&next_beat);
	for (;;) {
		const enum rtos_status status = sys_reply_wait(driver.port, &message, next_beat);

		sys_beat_when_due(&next_beat);
		if (status == RTOS_SIGNALLED)
			driver_interrupt();
		else if (status == RTOS_OK && probe_asks(&message))
			driver_probe(&message);
		else if (status == RTOS_OK)
			message.word[0] = driver_serve(&message);
	}
}
