/*
 * What a disk's provider answers (kumiki/disk.h): requests of other partitions about the sectors
 * that they may use, carried out by the driver of the disk. A packet lies in memory that the
 * channel can change at any time. So a record is copied before it is looked at.
 */
#ifndef PROVIDER_SERVE_H
#define PROVIDER_SERVE_H

#include "part.h"
#include <kumiki/disk.h>
#include <rtos/block.h>
#include <stddef.h>

struct packet {
	struct disk_record record;
	uint8_t data[DISK_DATA_MOST];
};
_Static_assert(sizeof(struct packet) == DISK_RECORD_MOST, "there is nothing between");

struct serve {
	const char *name; /* of this program, for what it says */
	struct block block;
	struct part part;
	bool read_only;
	uint32_t session; /* 0: the channel hasn't answered DISK_HELLO, or refused it */
};

/* Both make a packet to be sent, and say how many bytes of it are to be sent. */
size_t serve_greet(const struct serve *serve, struct packet *packet);
/* `size`: bytes that came. 0: there is nothing to be sent. */
size_t serve_answer(struct serve *serve, struct packet *packet, size_t size);

#endif
