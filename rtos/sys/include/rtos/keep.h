/*
 * Kept memory as two copies (docs/rtos/programs.md). A program writes its state as a whole. It
 * finds a whole state again after a crash between any two instructions. One thread at a time may
 * use these functions.
 */
#ifndef RTOS_KEEP_H
#define RTOS_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keep {
	uint8_t *area;
	size_t half; /* of one copy, its header included */
	uint32_t version;
	uint32_t size;   /* of the state */
	uint64_t number; /* of the copy that counts; 0: none yet */
};

enum keep_found {
	KEEP_NOTHING, /* never written, or wiped */
	KEEP_FOUND,   /* the newest intact copy is in `state` */
	KEEP_DAMAGED, /* another version or size, or no copy is intact */
};

/* The bytes that an area (the manifest's kumiki,keep) needs for a state of `size` bytes: twice the
 * size, and 24 for each header. */
size_t keep_area(uint32_t size);

/*
 * Opens an area of at least keep_area(size) bytes, aligned to 8 bytes. Reads the state into
 * `state`; leaves `state` alone unless the result is KEEP_FOUND.
 */
enum keep_found keep_open(struct keep *keep, void *area, void *state, uint32_t size,
                          uint32_t version);

/* The program finds that the state breaks its own rules. This function drops the copy that counts;
 * the copy before it counts then, if there is one. */
enum keep_found keep_refuse(struct keep *keep, void *state);

/* Whether the copy that counts is intact and equals this state. True also if no state was ever
 * written. */
bool keep_holds(const struct keep *keep, const void *state);

/* Writes the state. A crash after the call leaves this state; a crash during the call leaves this
 * state or the one before. */
void keep_write(struct keep *keep, const void *state);
/* Writes the state to both copies, so that one of them may be damaged later. */
void keep_write_twice(struct keep *keep, const void *state);

#endif
