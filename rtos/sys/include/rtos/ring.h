/*
 * Lines in kept memory, the log's and those that the supervisor has for it: a ring, each of whose
 * lines is there as a whole or not at all, whatever its writer dies at. Pure.
 */
#ifndef RTOS_RING_H
#define RTOS_RING_H

#include <proto/log.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_line {
	uint64_t number;   /* counted from 1; written last. 0: it isn't there */
	uint64_t identity; /* of the call that wrote it */
	uint32_t ms, badge;
	uint32_t length;
	uint32_t crc; /* of the number to come, and of all but that and this */
	char text[LOG_TEXT];
};

struct ring {
	struct ring_line *line; /* number n is at n % count */
	uint64_t count;
	uint64_t newest; /* 0: there is none */
};

/* Takes the memory over, whatever is in it: lines that aren't whole are none. */
void ring_open(struct ring *ring, void *memory, uint64_t size);
/* Number, crc and place are the ring's affair. */
void ring_add(struct ring *ring, const struct ring_line *line);
/* Whether that call's line is there. */
bool ring_has(const struct ring *ring, uint64_t identity);
/* The first one from that number on; NULL: there is none. */
const struct ring_line *ring_from(const struct ring *ring, uint64_t number);

#endif
