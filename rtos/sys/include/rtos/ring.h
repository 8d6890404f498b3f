/*
 * Lines in kept memory, for the log and for the supervisor's own words: a ring. Each line is there
 * as a whole or not at all, at whatever instruction its writer ends. Pure.
 */
#ifndef RTOS_RING_H
#define RTOS_RING_H

#include <proto/log.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_line {
	uint64_t number;   /* counted from 1; written last. 0: there is no line */
	uint64_t identity; /* of the call that wrote it */
	uint32_t ms, badge;
	uint32_t length;
	uint32_t crc; /* of all other fields, with the final number */
	char text[LOG_TEXT];
};

struct ring {
	struct ring_line *line; /* number n is at n % count */
	uint64_t count;
	uint64_t newest; /* 0: there is none */
};

/* Takes the memory over, with any contents: lines that aren't whole don't count. */
void ring_open(struct ring *ring, void *memory, uint64_t size);
/* The ring sets number, crc and place. */
void ring_add(struct ring *ring, const struct ring_line *line);
/* Whether the line of that call is there. */
bool ring_has(const struct ring *ring, uint64_t identity);
/* Whether the ring is as it was opened for this memory, and all lines that count are whole. */
bool ring_is_sound(const struct ring *ring, const void *memory, uint64_t size);
/* The first line with this or a higher number; NULL: there is none. */
const struct ring_line *ring_from(const struct ring *ring, uint64_t number);

#endif
