/*
 * Calls that wait for a device's bytes: of a console (proto/console.h) or of a generator
 * (proto/random.h). An answer's word 0 is 0, word 1 says how many bytes there are, words 2 to 7
 * have them. The kernel keeps the calls; this list says which ones wait.
 */
#ifndef RTOS_READERS_H
#define RTOS_READERS_H

#include <rtos/sys.h>

#define READERS_BYTES ((RTOS_WORDS - 2) * 8) /* of one answer, at most */
#define READERS_EACH  2 /* calls of each program: so every program finds room */
#define READERS_MAX   (READERS_EACH * RTOS_IMAGE_PROGRAMS_MAX)

struct reader {
	uint64_t identity, token, badge;
};

struct readers {
	struct reader reader[READERS_MAX];
	uint32_t count;
};

/* Lets the call wait. If it can't, word 0 of its answer is 1. */
void readers_add(struct readers *readers, struct sys_message *message);

/* Answers the first of the calls with the first of these bytes. Returns how many bytes it took: 0
 * if the call isn't open any more. There is a call, and at least one byte. */
uint32_t readers_answer(struct readers *readers, const char *bytes, uint32_t count);

#endif
