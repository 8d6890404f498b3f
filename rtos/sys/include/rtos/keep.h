/*
 * Kept memory as two copies (docs/rtos/programs.md): a state that a program writes as a whole, and
 * finds again after a crash between any two instructions. One thread at a time.
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
 * Looks at an area of keep_area(size) bytes at least, 8-byte aligned. The state is read into
 * `state`, which is left alone unless something was found.
 */
enum keep_found keep_open(struct keep *keep, void *area, void *state, uint32_t size,
                          uint32_t version);

/* The program finds the state wrong by its own rules: the copy is forgotten, and the copy before it
 * counts, if there is one. */
enum keep_found keep_refuse(struct keep *keep, void *state);

/* Whether the copy that counts is intact, and is this state; so is a state that was never written.
 */
bool keep_holds(const struct keep *keep, const void *state);

/* After the call a crash leaves this state; during the call, this state or the one before. */
void keep_write(struct keep *keep, const void *state);
/* The same for either copy, so that one of them may be damaged later. */
void keep_write_twice(struct keep *keep, const void *state);

#endif
