/* See port.h. */
#include "port.h"
#include <kumiki/rtos/manifest.h>
#include <kumiki/rtos/note.h>

RTOS_NOTE(RTOS_NOTE_DRIVES, RTOS_END_PROVIDER);

enum port_queue { PORT_IN = 0, PORT_OUT = 1 }; /* of port 0 (virtio 1.1, 5.3.2) */

#define PORT_LEAST 2                 /* packets: while one is sent, another is filled */
#define PORT_HEAD  (2 * VIRTQ_BYTES) /* the queues, before the buffers */

/* How many buffers the memory has room for. */
static uint32_t port_room(uint64_t size)
{
	const uint64_t packets = size < PORT_HEAD ? 0 : (size - PORT_HEAD) / PORT_STEP;

	return packets < PORT_PACKETS ? (uint32_t)packets : PORT_PACKETS;
}

/* False: the memory is too small. */
static bool port_lay_out(struct port *port, uint8_t *memory, uint64_t physical, uint64_t size)
{
	port->count = port_room(size);
	if (port->count < PORT_LEAST)
		return false;
	virtq_begin(&port->in, memory, physical);
	virtq_begin(&port->out, memory + VIRTQ_BYTES, physical + VIRTQ_BYTES);
	port->buffers = memory + PORT_HEAD;
	port->physical = physical + PORT_HEAD;
	return true;
}

const char *port_begin(struct port *port, void *memory, uint64_t physical, uint64_t size)
{
	struct device_queue in, out;
	const char *wrong = device_find(&port->device, DEVICE_CONSOLE);

	if (wrong)
		return wrong;
	if (!device_quiet(&port->device))
		return "the channel's device can't be reset";
	if (!port_lay_out(port, memory, physical, size))
		return "its kumiki,dma-memory is too small";
	in = virtq_places(&port->in, PORT_IN);
	out = virtq_places(&port->out, PORT_OUT);
	wrong = device_begin(&port->device, 0);
	if (!wrong)
		wrong = device_give(&port->device, &in);
	if (!wrong)
		wrong = device_give(&port->device, &out);
	if (wrong)
		return wrong;
	device_work(&port->device);
	for (uint32_t i = 1; i < port->count; i++)
		port_give(port, i);
	return NULL;
}

/* Whether each buffer is in one of the queues, and nothing else is. */
static bool port_has_all(const struct port *port)
{
	_Static_assert(PORT_PACKETS < 64, "one word has all buffers");
	const uint64_t all = (1ULL << port->count) - 1;
	const uint64_t in = port->in.open[0], out = port->out.open[0];

	return (in ^ out) == all && (in & out) == 0 && port->in.open[1] == 0 &&
	       port->out.open[1] == 0;
}

/* How many buffers are sent is told by the numbers of the queue, whose count of open buffers is
 * checked. */
bool port_is_sound(const struct port *port, const void *memory, uint64_t physical, uint64_t size)
{
	const uint8_t *bytes = memory;

	return port->count == port_room(size) && port->buffers == bytes + PORT_HEAD &&
	       port->physical == physical + PORT_HEAD && port_has_all(port) &&
	       virtq_is_sound(&port->in, bytes, physical) &&
	       virtq_is_sound(&port->out, bytes + VIRTQ_BYTES, physical + VIRTQ_BYTES) &&
	       port->sent == (uint16_t)(port->out.offered - port->out.taken);
}

bool port_heard(struct port *port)
{
	bool changed;

	return device_heard(&port->device, &changed);
}

struct packet *port_packet(const struct port *port, uint32_t buffer)
{
	return (struct packet *)(port->buffers + buffer * PORT_STEP);
}

enum virtq_answer port_take(struct port *port, uint32_t *buffer, uint32_t *size)
{
	return virtq_take(&port->in, buffer, size);
}

void port_send(struct port *port, uint32_t buffer, size_t size)
{
	virtq_give(&port->out, buffer, port->physical + buffer * PORT_STEP, (uint32_t)size, false);
	port->sent++;
	if (virtq_publish(&port->out))
		device_tell(&port->device, PORT_OUT);
}

void port_give(struct port *port, uint32_t buffer)
{
	virtq_give(&port->in, buffer, port->physical + buffer * PORT_STEP, sizeof(struct packet),
	           true);
	port->given = true;
}

static enum virtq_answer port_take_back(struct port *port)
{
	enum virtq_answer answer;
	uint32_t buffer, length;

	while ((answer = virtq_take(&port->out, &buffer, &length)) == VIRTQ_DONE) {
		port->sent--;
		port_give(port, buffer);
	}
	return answer;
}

/* Takes sent buffers back. They come without an interrupt, unless so many are away that the device
 * may soon have none to fill. */
bool port_settle(struct port *port)
{
	enum virtq_answer answer = port_take_back(port);
	const bool crowded = port->sent > port->count / 2;

	virtq_interrupts(&port->out, crowded);
	if (crowded && answer == VIRTQ_NOTHING)
		answer = port_take_back(port);
	if (port->given && virtq_publish(&port->in))
		device_tell(&port->device, PORT_IN);
	port->given = false;
	return answer == VIRTQ_NOTHING;
}
