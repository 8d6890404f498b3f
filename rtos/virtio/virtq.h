/*
 * A queue that a device and its driver share (virtio 1.1, "Split Virtqueues"), in the memory for
 * DMA, where each buffer is one descriptor of the same number: what a network card and a console
 * need. No register and no system call, so it is tested on the host against a device that does
 * anything (tests/unit/rtos_servers/test_nic.c).
 *
 * The device can write all of that memory at any time. So nothing in it is believed, and the
 * driver's own state lies elsewhere: in struct virtq.
 */
#ifndef VIRTIO_VIRTQ_H
#define VIRTIO_VIRTQ_H

#include <stdbool.h>
#include <stdint.h>
#include <virtio/device.h>

#define VIRTQ_SIZE  128  /* descriptors */
#define VIRTQ_BYTES 4096 /* of its memory */

struct virtq {
	struct virtq_memory *shared;
	uint64_t physical;              /* where the device sees it */
	uint64_t open[VIRTQ_SIZE / 64]; /* buffers that the device has: a bit each */
	uint16_t offered, taken;        /* given to the device, and taken back; they count on */
};

enum virtq_answer {
	VIRTQ_NOTHING = 0, /* the device is done with no further buffer */
	VIRTQ_DONE = 1,
	VIRTQ_BROKEN = 2, /* the device's answer makes no sense: it has to be reset */
};

/* What the device's last life did: its count of buffers that it was done with. */
uint16_t virtq_used_before(const void *memory);
/* Prepares the memory for a device that was reset. */
void virtq_begin(struct virtq *queue, void *memory, uint64_t physical);
/* For the device. */
struct device_queue virtq_places(const struct virtq *queue, uint16_t number);

/* Gives a buffer that the device doesn't have. `fills`: the device writes to it. */
void virtq_give(struct virtq *queue, uint32_t buffer, uint64_t physical, uint32_t length,
                bool fills);
/* After some of those: from now on the device may look for them. True: it wants to be told. */
bool virtq_publish(struct virtq *queue);
/* The next buffer that the device is done with, and how many bytes it says that it wrote. */
enum virtq_answer virtq_take(struct virtq *queue, uint32_t *buffer, uint32_t *length);
/* Whether the device is to interrupt when it is done with a buffer. After a change to true there
 * may be such buffers already. */
void virtq_interrupts(struct virtq *queue, bool wanted);

#endif
