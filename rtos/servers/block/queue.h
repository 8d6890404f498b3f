/*
 * The queue that a virtio device and its driver share (virtio 1.1, "Split Virtqueues"), in the
 * memory for DMA: giving requests to the device, and checking its answers. No register and no
 * system call, so it is tested on the host against a device that does anything
 * (tests/unit/rtos_servers/test_block_queue.c).
 *
 * The device can write all of that memory at any time. So nothing in it is believed, and the
 * driver's own state lies elsewhere: in struct queue.
 */
#ifndef BLOCK_QUEUE_H
#define BLOCK_QUEUE_H

#include <disk/medium.h>
#include <stdbool.h>
#include <stdint.h>

#define QUEUE_SIZE  64                /* descriptors: a bit each in 64 */
#define QUEUE_CHAIN (BLOCK_PAGES + 2) /* the most of a request: header, contents, status */
#define QUEUE_HEAD  4096              /* bytes of the memory before the buffers */

/* A request's type, in the device's numbers (virtio 1.1, 5.2.6). */
enum queue_type {
	QUEUE_READ = 0,
	QUEUE_WRITE = 1,
	QUEUE_FLUSH = 4,
};

/* The descriptors of a request, in the order of their numbers. */
struct queue_chain {
	uint64_t has; /* a bit each */
	uint32_t count, first;
	uint32_t length; /* bytes that the device writes, the status included */
};

struct queue {
	struct queue_memory *shared;
	uint64_t physical; /* where the device sees it */
	uint32_t bytes;    /* of each buffer: whole sectors */
	uint32_t open;     /* requests that the device has: a bit each */
	uint64_t busy;     /* descriptors of open requests: a bit each */
	uint32_t left;     /* other descriptors */
	struct queue_chain chain[MEDIUM_REQUESTS];
	uint16_t offered, taken; /* requests given to the device, and taken back; they count on */
};

/* Prepares the memory for a device that was reset. False: the memory is too small. */
bool queue_begin(struct queue *queue, void *memory, uint64_t physical, uint64_t size);

/* Where the device finds its three parts. */
uint64_t queue_descriptors(const struct queue *queue);
uint64_t queue_available(const struct queue *queue);
uint64_t queue_used(const struct queue *queue);

/* A free request; MEDIUM_REQUESTS: the device has all of them. */
uint32_t queue_free(const struct queue *queue);
uint8_t *queue_buffer(const struct queue *queue, uint32_t number);
/* Gives a request to the device, which has to be told then. A write's contents are in its buffer or
 * its pages before. */
void queue_give(struct queue *queue, uint32_t number, const struct medium_request *request);
/* The next request that the device has done, which is free from then on. Its buffer stays as it is
 * until the request is given again. */
enum medium_answer queue_take(struct queue *queue, uint32_t *number);

/* Whether the driver's own state is possible for this memory. */
bool queue_is_sound(const struct queue *queue, const void *memory, uint64_t size);

/* Made by the user of queue.c: orders all reads and writes before it before all after it, for the
 * device, too. */
void queue_barrier(void);

#endif
