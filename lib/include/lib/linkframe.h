/*
 * Parses and makes the frames of include/kumiki/link.h, for the console service and the host
 * command. The parser takes any bytes; tests/fuzz/fuzz_link.c tests that.
 */
#ifndef LIB_LINKFRAME_H
#define LIB_LINKFRAME_H

#include <kumiki/link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINKFRAME_HEADER   4u /* LINK_START, type, length */
#define LINKFRAME_OVERHEAD (LINKFRAME_HEADER + 4u)
#define LINKFRAME_MAX      (LINK_PAYLOAD_MAX + LINKFRAME_OVERHEAD)

struct linkframe {
	uint8_t type;
	uint16_t size;
	const uint8_t *payload; /* valid until the parser's next call */
};

/* A parser at its start is all zeros. */
struct linkframe_parser {
	uint32_t bad;   /* all LINK_STARTs that didn't begin a frame */
	uint16_t have;  /* bytes in the buffer, which begins with a LINK_START */
	uint16_t taken; /* bytes of the last frame that was given out */
	uint8_t buffer[LINKFRAME_MAX];
};

/* Takes a byte. True: the byte is outside any frame, so it is plain text. After each byte, call
 * linkframe_next() until there is no more frame: a bad frame can have hidden several good frames.
 */
bool linkframe_put(struct linkframe_parser *parser, uint8_t byte);
bool linkframe_next(struct linkframe_parser *parser, struct linkframe *frame);

/* Whether a frame has begun, and the parser waits for the rest of it. */
bool linkframe_inside(const struct linkframe_parser *parser);

/* Gives up on the frame that has begun. */
void linkframe_reset(struct linkframe_parser *parser);

/*
 * Makes a frame of a payload that already lies at out + LINKFRAME_HEADER. `size` is the payload's
 * bytes, at most LINK_PAYLOAD_MAX. Writes the header and the CRC around the payload, and returns
 * the frame's bytes.
 */
size_t linkframe_close(uint8_t *out, uint8_t type, size_t size);

#endif
