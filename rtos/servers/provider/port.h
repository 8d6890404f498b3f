/*
 * The provider's end of a channel: a virtio console whose bytes are records (kumiki/disk.h). A
 * buffer belongs to the device, which fills or sends it, or to this program. The program answers in
 * the buffer that brought the request.
 */
#ifndef PROVIDER_PORT_H
#define PROVIDER_PORT_H

#include "serve.h"
#include <virtio/virtq.h>

#define PORT_PACKETS 32
#define PORT_STEP    ((sizeof(struct packet) + 63) / 64 * 64)

struct port {
	struct device device;
	struct virtq in, out;
	uint8_t *buffers;
	uint64_t physical;
	uint32_t count;
	uint32_t sent; /* buffers that the device has for sending */
	bool given;    /* there are buffers in `in` that the device hasn't been told of */
};

/* Resets the device, and gives it all buffers except number 0. Not NULL: the error. */
const char *port_begin(struct port *port, void *memory, uint64_t physical, uint64_t size);
/* Whether the port could have come to its state with this memory. Each buffer is with the device,
 * except while this program has a packet in hand. */
bool port_is_sound(const struct port *port, const void *memory, uint64_t physical, uint64_t size);
/* Takes the interrupt. False: the device has to be reset. */
bool port_heard(struct port *port);

struct packet *port_packet(const struct port *port, uint32_t buffer);
/* The next packet that came. VIRTQ_BROKEN: the device has to be reset. */
enum virtq_answer port_take(struct port *port, uint32_t *buffer, uint32_t *size);
void port_send(struct port *port, uint32_t buffer, size_t size);
/* Gives the buffer to the device, which may fill it again. */
void port_give(struct port *port, uint32_t buffer);
/* Takes sent buffers back, and tells the device of all buffers that it was given. False: the device
 * has to be reset. */
bool port_settle(struct port *port);

#endif
