/*
 * Requests to an NVMe namespace: each has a buffer in the memory for DMA, and the list of the
 * buffer's pages. Nothing in that memory is believed. No system call, so it is tested on the host
 * (tests/unit/rtos_servers/test_nvme.c).
 *
 * The namespace has blocks of 512 to 4,096 bytes, and callers count by sectors of 512. A read of a
 * part of a block reads all of it. A write of a part of a block is alone: after all requests before
 * it the blocks are read, and then written with the part in them.
 */
#ifndef NVME_DRIVE_H
#define NVME_DRIVE_H

#include "controller.h"
#include <disk/medium.h>

#define DRIVE_HEAD     (CONTROLLER_MEMORY + PAIR_PAGE) /* bytes before the buffers */
#define DRIVE_NOBODY   MEDIUM_REQUESTS
#define DRIVE_PATIENCE 30000 /* milliseconds for a command */

struct drive {
	struct controller controller;
	uint8_t *memory;
	uint64_t physical;
	uint32_t bytes; /* of each buffer: whole pages */
	uint32_t open;  /* requests that were given and not taken back: a bit each */
	struct medium_request requests[MEDIUM_REQUESTS];
	uint32_t alone; /* the request that is alone, if any */
	bool reads;     /* it has begun: its blocks are read */
	bool writes;    /* they were read, and are written */
	uint64_t
	    since[MEDIUM_REQUESTS]; /* milliseconds: when the controller got its last command */
};

/* With a controller that was reset, which starts. Not NULL: the error. */
const char *drive_begin(struct drive *drive, const struct medium_memory *memory,
                        struct medium *medium);
/* Takes the interrupt. False: the controller has to be reset. */
bool drive_heard(const struct drive *drive);
/* False: it has to be reset, or a command is without an answer for too long. */
bool drive_is_well(const struct drive *drive);

uint32_t drive_free(const struct drive *drive);
uint8_t *drive_buffer(const struct drive *drive, uint32_t number, uint64_t sector);
void drive_give(struct drive *drive, uint32_t number, const struct medium_request *request);
enum medium_answer drive_take(struct drive *drive, uint32_t *number);

bool drive_is_sound(const struct drive *drive, const struct medium_memory *memory);

#endif
