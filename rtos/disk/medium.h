/*
 * A disk's driver has two sides. main.c beside this file serves the calls (proto/block.h), whatever
 * the device. The device's side has these functions: rtos/servers/block for virtio, and
 * rtos/servers/nvme. A driver links one of them.
 *
 * Requests have numbers below MEDIUM_REQUESTS, and each has a buffer in the memory for DMA. The
 * device can write all of that memory at any time. A request can also have pages of a client's
 * kept memory in the place of that buffer. The driver doesn't see these.
 */
#ifndef DISK_MEDIUM_H
#define DISK_MEDIUM_H

#include <proto/block.h>
#include <stdbool.h>
#include <stdint.h>

#define MEDIUM_REQUESTS 16    /* that the device may have at the same time */
#define MEDIUM_BYTES    65536 /* the most of one buffer */

/* The last two have no contents. */
enum medium_type { MEDIUM_READ, MEDIUM_WRITE, MEDIUM_FLUSH, MEDIUM_ZERO, MEDIUM_DISCARD };

struct medium_request {
	enum medium_type type;
	uint64_t sector;
	uint32_t sectors;
	uint32_t page_count;        /* 0: the contents are in the request's buffer */
	uint64_t page[BLOCK_PAGES]; /* else there: where the device sees the pages */
};

enum medium_answer {
	MEDIUM_NOTHING = 0, /* no further request is done */
	MEDIUM_DONE = 1,
	MEDIUM_FAILED = 2, /* the device reports an error, or wrote too few bytes */
	MEDIUM_BROKEN = 3, /* the device's answer makes no sense: it has to be reset */
};

/* What the device tells of itself. */
struct medium {
	uint64_t sectors;
	uint32_t most;  /* sectors of one request that goes through its buffer */
	uint32_t pages; /* of one request that has pages: 1 to BLOCK_PAGES */
	bool read_only;
	bool flushes; /* otherwise each write is on the medium at once */
	bool zeroes, discards;
	uint32_t range_most; /* sectors of one such request */
	uint32_t range_unit; /* it begins and ends at a multiple of this */
};

/* The memory for DMA. */
struct medium_memory {
	void *bytes;
	uint64_t physical; /* where the device sees it */
	uint64_t size;
};

/* Finds the device and resets it. From then on it leaves the memory alone. Not NULL: the error. */
const char *medium_reset(void);
/* After that: the device may work from now on. Not NULL: the error. */
const char *medium_begin(struct medium *medium, const struct medium_memory *memory);
/* Takes the device's interrupt: the next one is new. False: the device has to be reset. */
bool medium_heard(struct medium *medium);
/* Looks after a device from which nothing is heard. False: it has to be reset. */
bool medium_is_well(void);

/* A free request; MEDIUM_REQUESTS: the device can't have a further one. */
uint32_t medium_free(void);
bool medium_is_open(uint32_t number);
/* Where the request has its contents, if they begin at that sector. */
uint8_t *medium_buffer(uint32_t number, uint64_t sector);
/* Gives a request to the device. A write's contents are in its buffer or its pages before. */
void medium_give(uint32_t number, const struct medium_request *request);
/* The next request that the device has done, which is free from then on. Its buffer stays as it is
 * until the request is given again. */
enum medium_answer medium_take(uint32_t *number);

/* Whether the device's side could have come to its state with this memory. */
bool medium_is_sound(const struct medium_memory *memory);

#endif
