/*
 * Memory that a server shares with each of its clients, for data too large for a call's words: a
 * window of the manifest named PORT-PROGRAM, "fs-shell" for example. The window belongs to the
 * supervisor, so neither side can take it from the other.
 */
#ifndef RTOS_BUFFER_H
#define RTOS_BUFFER_H

#include <rtos/sys.h>

#define BUFFER_CALLERS 65 /* badges: numbers of programs plus 1; 0 names no program */

struct buffer {
	uint8_t *bytes; /* NULL: there is none */
	uint64_t size;
	bool known;
};

/* A server's buffers, for its callers at one port. */
struct buffers {
	const char *port;
	struct buffer of[BUFFER_CALLERS];
};

void buffer_ask(struct buffers *buffers, uint64_t badge);

/* The caller's buffer. It is looked for only at the caller's first call, as this takes a call: the
 * supervisor alone knows which program a badge names. */
static inline const struct buffer *buffer_of(struct buffers *buffers, uint64_t badge)
{
	if (badge >= BUFFER_CALLERS)
		badge = 0;
	if (badge != 0 && !buffers->of[badge].known)
		buffer_ask(buffers, badge);
	return &buffers->of[badge];
}

/* A client's own buffer for that port. NULL: the manifest gives none. */
const struct rtos_given *buffer_own(const char *port);

#endif
