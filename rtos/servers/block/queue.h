/*
 * What a virtio device and its driver share (virtio 1.1, "Split Virtqueues"), in the memory for
 * DMA: which requests there are, what the device is told of one, and what it means that it says it
 * has done one. No register and no system call, so it is tried on the host against a device that
 * does what it likes (tests/unit/rtos_servers/test_block_queue.c).
 *
 * The device can write all of that memory at any time. So nothing that is in it is believed, and
 * what the driver has to know lies elsewhere: in struct queue.
 */
#ifndef BLOCK_QUEUE_H
#define BLOCK_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#define QUEUE_REQUESTS 16    /* that the device may have at a time */
#define QUEUE_SIZE     64    /* descriptors: three for each request */
#define QUEUE_HEAD     4096  /* bytes of the memory before the buffers */
#define QUEUE_BYTES    65536 /* the most of one buffer */

/* What a request is: the device's own words (virtio 1.1, 5.2.6). */
enum queue_type {
	QUEUE_READ = 0,
	QUEUE_WRITE = 1,
	QUEUE_FLUSH = 4,
};

struct queue {
	struct queue_memory *shared;
	uint64_t physical;               /* where the device sees it */
	uint32_t bytes;                  /* of each buffer: whole sectors */
	uint32_t open;                   /* requests that the device has: a bit each */
	uint32_t length[QUEUE_REQUESTS]; /* bytes that it writes for each, the status included */
	uint16_t offered, taken; /* how many were given to it, and taken back; counting on */
};

enum queue_answer {
	QUEUE_NOTHING = 0, /* it has done no further one */
	QUEUE_DONE = 1,
	QUEUE_FAILED = 2, /* it says that it couldn't, or didn't write what it should have */
	QUEUE_BROKEN = 3, /* it says what no device says: it has to be reset */
};

/* The memory as a device that was reset may find it. False: it is too small for anything. */
bool queue_begin(struct queue *queue, void *memory, uint64_t physical, uint64_t size);

/* Where the device finds its three parts. */
uint64_t queue_descriptors(const struct queue *queue);
uint64_t queue_available(const struct queue *queue);
uint64_t queue_used(const struct queue *queue);

/* A request that the device hasn't; QUEUE_REQUESTS: it has all of them. */
uint32_t queue_free(const struct queue *queue);
uint8_t *queue_buffer(const struct queue *queue, uint32_t number);
/* Gives it to the device, which has to be told. What is written is in its buffer. */
void queue_give(struct queue *queue, uint32_t number, enum queue_type type, uint64_t sector,
                uint32_t bytes);
/* The next one that the device has done, which is free from then on; its buffer stays as it is
 * until it is given again. */
enum queue_answer queue_take(struct queue *queue, uint32_t *number);

/* Not queue.c's: all that was read and written before it comes before all behind it, for the
 * device, too. */
void queue_barrier(void);

#endif
