/*
 * What a disk's provider answers (kumiki/disk.h). Other partitions make requests about the sectors
 * that they may use, and the disk's driver carries them out. A packet lies in memory that the
 * channel can change at any time, so a record is copied before it is looked at.
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
	const char *name; /* the name of this program, for its messages */
	struct block block;
	struct part part;
	bool read_only;
	uint32_t session; /* 0: the channel hasn't answered DISK_HELLO, or refused it */
	uint32_t sum;     /* of all before it, which only serve_settle() and DISK_HELLO change */
};

/* serve_greet() and serve_answer() make a packet, and return how many of its bytes are to be sent.
 */
size_t serve_greet(const struct serve *serve, struct packet *packet);
/* `size`: how many bytes came. 0: nothing is to be sent. */
size_t serve_answer(struct serve *serve, struct packet *packet, size_t size);

/* Takes the state as it is for the right one. */
void serve_settle(struct serve *serve);
/* Whether the state is the one that was settled. */
bool serve_is_sound(const struct serve *serve);
/* Whether a request with a known answer gets it: behind the part's end nothing can be read. */
bool serve_is_right(const struct serve *serve);

#endif
