/*
 * A ring of lines in kept memory, for the log and for the supervisor's own lines. At whatever
 * instruction the writer ends, each line is there as a whole or not at all. This code is pure.
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
	uint32_t crc; /* of identity to length, of text and of the final number */
	char text[LOG_TEXT];
};

struct ring {
	struct ring_line *line; /* line number n is at n % count */
	uint64_t count;
	uint64_t newest; /* the newest line's number; 0: there is no line */
};

/* Takes over memory with any contents: lines that aren't whole don't count. */
void ring_open(struct ring *ring, void *memory, uint64_t size);
/* Adds a line. The ring sets its number, its crc and its place. */
void ring_add(struct ring *ring, const struct ring_line *line);
/* Whether the ring has a line that this call wrote. */
bool ring_has(const struct ring *ring, uint64_t identity);
/* Whether the ring is as ring_open() made it for this memory, and all lines that count are whole.
 */
bool ring_is_sound(const struct ring *ring, const void *memory, uint64_t size);
/* The first line with this number or a higher one. NULL: there is none. */
const struct ring_line *ring_from(const struct ring *ring, uint64_t number);

#endif
