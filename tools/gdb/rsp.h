/*
 * Packets of gdb's remote serial protocol: taken apart, put together. Takes any bytes.
 */
#ifndef GDB_RSP_H
#define GDB_RSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSP_PACKET_MAX 4096u
/* "$", each byte escaped, "#", two digits. */
#define RSP_FRAME_MAX (2 * RSP_PACKET_MAX + 4)

enum rsp_event {
	RSP_NOTHING,
	RSP_PACKET,    /* whole, its checksum right */
	RSP_BROKEN,    /* a packet with a wrong checksum, or too long */
	RSP_INTERRUPT, /* Ctrl-C */
};

/* All zero is a parser at its start. */
struct rsp_parser {
	enum { RSP_OUTSIDE, RSP_INSIDE, RSP_ESCAPED, RSP_SUM, RSP_SUM_LAST } state;
	uint8_t sum, told;
	bool overlong;
	size_t size;
	char packet[RSP_PACKET_MAX + 1]; /* unescaped; closed by a zero */
};

enum rsp_event rsp_put(struct rsp_parser *parser, uint8_t byte);

/* A packet as it is sent, in a buffer of RSP_FRAME_MAX; returns its size. */
size_t rsp_frame(char *out, const char *payload, size_t size);

/* -1: none. */
int rsp_digit(char c);

/* Hexadecimal digits from *text on, which moves behind them. False: there are none, or too many. */
bool rsp_number(const char **text, uint64_t *number);

/* So many bytes from twice as many digits; false: they aren't all digits. */
bool rsp_bytes(const char *text, uint8_t *to, size_t size);

/* Appends bytes as digits at out; returns what follows. */
char *rsp_digits(char *out, const void *from, size_t size);

#endif
