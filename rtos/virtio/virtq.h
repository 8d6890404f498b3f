/*
 * A queue that a device and its driver share (virtio 1.1, "Split Virtqueues"), in the memory for
 * DMA. Each buffer is the one descriptor with its number; that is all that a network card and a
 * console need. This code uses no register and no system call. So it can be tested on the host,
 * against a device that does anything (tests/unit/rtos_servers/test_nic.c).
 */
#ifndef VIRTIO_VIRTQ_H
#define VIRTIO_VIRTQ_H

#include <stdbool.h>
#include <stdint.h>
#include <virtio/device.h>

#define VIRTQ_SIZE  128  /* descriptors */
#define VIRTQ_BYTES 4096 /* bytes of the queue's memory */

struct virtq {
	struct virtq_memory *shared;
	uint64_t physical;              /* the address at which the device sees it */
	uint64_t open[VIRTQ_SIZE / 64]; /* a bit for each buffer that the device has */
	uint16_t offered, taken;        /* how many were given to the device, and taken back */
};

enum virtq_answer {
	VIRTQ_NOTHING = 0, /* the device is done with no further buffer */
	VIRTQ_DONE = 1,
	VIRTQ_BROKEN = 2, /* the device's answer makes no sense: reset the device */
};

/* How many buffers the device was done with in its last life. */
uint16_t virtq_used_before(const void *memory);
/* Prepares the memory, after a reset of the device. */
void virtq_begin(struct virtq *queue, void *memory, uint64_t physical);
/* The queue's places, as the device needs them. */
struct device_queue virtq_places(const struct virtq *queue, uint16_t number);

/* Gives the device a buffer that it doesn't have. `fills`: the device writes to the buffer. */
void virtq_give(struct virtq *queue, uint32_t buffer, uint64_t physical, uint32_t length,
                bool fills);
/* Lets the device look for the buffers that were given. True: the device wants to be told. */
bool virtq_publish(struct virtq *queue);
/* Takes the next buffer that the device is done with, and how many bytes the device says that it
 * wrote. */
enum virtq_answer virtq_take(struct virtq *queue, uint32_t *buffer, uint32_t *length);
/* Whether the driver's side could have come to its state with this memory: as many buffers are with
 * the device as were given and not taken back. */
bool virtq_is_sound(const struct virtq *queue, const void *memory, uint64_t physical);
/* Sets whether the device is to interrupt when it is done with a buffer. When this changes to true,
 * the device may have been done with buffers already. */
void virtq_interrupts(struct virtq *queue, bool wanted);

#endif
