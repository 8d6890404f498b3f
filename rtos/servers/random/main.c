/*
 * Random bytes from a virtio entropy device (virtio 1.1, 5.4), for example a channel's end
 * (docs/channels.md). The driver has the device fill a buffer in advance. It wipes the bytes that a
 * call has got, and keeps nothing else, so no byte is given twice, nor after a crash.
 */
#include <kumiki/rtos/manifest.h>
#include <kumiki/rtos/note.h>
#include <lib/string.h>
#include <proto/random.h>
#include <rtos/driver.h>
#include <rtos/probe.h>
#include <rtos/readers.h>
#include <virtio/virtq.h>

RTOS_NOTE(RTOS_NOTE_DRIVES, RTOS_END_ENTROPY);

#define DRIVER_QUEUE  0   /* the device's only one */
#define DRIVER_BUFFER 256 /* bytes */

_Static_assert(RANDOM_BYTES == READERS_BYTES, "a reader gets so many at most");

static struct {
	struct device device;
	struct virtq queue;
	char *bytes; /* the buffer, behind the queue */
	uint64_t physical;
	uint32_t at, end; /* the bytes that nobody has got; equal: the device has the buffer */
	rtos_handle_t port, interrupt, signals;
	struct readers readers;
} driver;

static void driver_ask(void)
{
	virtq_give(&driver.queue, 0, driver.physical, DRIVER_BUFFER, true);
	if (virtq_publish(&driver.queue))
		device_tell(&driver.device, DRIVER_QUEUE);
}

static void driver_answer(void)
{
	while (driver.readers.count > 0 && driver.at != driver.end) {
		char *next = driver.bytes + driver.at;
		const uint32_t some = readers_answer(&driver.readers, next, driver.end - driver.at);

		memset(next, 0, some);
		driver.at += some;
		if (driver.at == driver.end)
			driver_ask();
	}
}

/* The interrupt is cleared first, so what the device does after that raises a new one. */
static void driver_interrupt(void)
{
	uint32_t buffer, length = 0;
	enum virtq_answer answer;
	bool changed;

	if (!device_heard(&driver.device, &changed))
		driver_fail("the device has to be reset");
	(void)sys_do(RTOS_INTERRUPT_DONE, driver.interrupt, 0, 0, 0, 0, 0, NULL);
	answer = virtq_take(&driver.queue, &buffer, &length);
	if (answer == VIRTQ_NOTHING)
		return;
	if (answer == VIRTQ_BROKEN || length == 0 || length > DRIVER_BUFFER)
		driver_fail("the device says nonsense");
	driver.at = 0;
	driver.end = length;
	driver_answer();
}

static void driver_serve(struct sys_message *message)
{
	if (message->word[0] != RANDOM_READ) {
		message->word[0] = 1;
		return;
	}
	readers_add(&driver.readers, message);
	driver_answer();
}

/* ---- the probe ---- */

static bool driver_is_sound(void)
{
	char *at = (char *)sys_given(RTOS_GIVEN_DMA, NULL, 0)->address;
	uint64_t physical = 0;

	return sys_do(RTOS_REGION_PHYSICAL, sys_given(RTOS_GIVEN_DMA_REGION, NULL, 0)->handle, 0, 0,
	              0, 0, 0, &physical) == RTOS_OK &&
	       virtq_is_sound(&driver.queue, at, physical) && driver.bytes == at + VIRTQ_BYTES &&
	       driver.physical == physical + VIRTQ_BYTES && driver.at <= driver.end &&
	       driver.end <= DRIVER_BUFFER && driver.readers.count <= READERS_MAX &&
	       (driver.at == driver.end) == (driver.queue.open[0] == 1) &&
	       driver.interrupt == sys_given(RTOS_GIVEN_INTERRUPT, NULL, 0)->handle &&
	       driver.signals == sys_given(RTOS_GIVEN_SIGNALS, NULL, 0)->handle;
}

/* The probe's call is refused, as it reads no byte. */
static void driver_probe(struct sys_message *message)
{
	struct sys_message strange = {.word = {0}};

	driver_serve(&strange);
	if (!driver_is_sound())
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, strange.word[0] == 1 ? PROBE_RIGHT : PROBE_WRONG);
}

/* ---- start ---- */

/* The device was reset before, as only then it leaves the memory alone. */
static void driver_begin_queue(void)
{
	const char *missing = "its manifest gives it no kumiki,dma-memory of 8 KiB";
	const struct rtos_given *memory = driver_given(RTOS_GIVEN_DMA, missing);
	const rtos_handle_t region = driver_given(RTOS_GIVEN_DMA_REGION, missing)->handle;
	uint64_t physical = 0;

	if (memory->size < VIRTQ_BYTES + DRIVER_BUFFER ||
	    sys_do(RTOS_REGION_PHYSICAL, region, 0, 0, 0, 0, 0, &physical) != RTOS_OK)
		driver_fail(missing);
	virtq_begin(&driver.queue, (void *)memory->address, physical);
	driver.bytes = (char *)memory->address + VIRTQ_BYTES;
	driver.physical = physical + VIRTQ_BYTES;
	memset(driver.bytes, 0, DRIVER_BUFFER); /* what an earlier driver left */
}

static const char *driver_begin_device(void)
{
	const struct device_queue places = virtq_places(&driver.queue, DRIVER_QUEUE);
	const char *wrong = device_begin(&driver.device, 0);

	if (!wrong)
		wrong = device_give(&driver.device, &places);
	if (!wrong)
		device_work(&driver.device);
	return wrong;
}

static void driver_begin(void)
{
	const char *wrong;

	driver.port = driver_given(RTOS_GIVEN_OFFER, "it has no port")->handle;
	driver.interrupt = driver_given(RTOS_GIVEN_INTERRUPT, "it has no interrupt")->handle;
	driver.signals = driver_given(RTOS_GIVEN_SIGNALS, "it has no interrupt")->handle;
	wrong = device_find(&driver.device, DEVICE_ENTROPY);
	if (wrong)
		driver_fail(wrong);
	if (!device_quiet(&driver.device))
		driver_fail("the device can't be reset");
	driver_begin_queue();
	wrong = driver_begin_device();
	if (wrong)
		driver_fail(wrong);
	(void)sys_do(RTOS_THREAD_BIND, driver.signals, 0, 0, 0, 0, 0, NULL);
	driver_ask();
}

int main(void)
{
	struct sys_message message = {.identity = 0};

	driver_begin();
	sys_well();
	for (;;) {
		const enum rtos_status status =
		    sys_reply_wait(driver.port, &message, sys_beat_deadline());

		sys_beat();
		if (status == RTOS_SIGNALLED)
			driver_interrupt();
		else if (status == RTOS_OK && probe_asks(&message))
			driver_probe(&message);
		else if (status == RTOS_OK)
			driver_serve(&message);
	}
}
