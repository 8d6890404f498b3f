/*
 * Takes apart and puts together packets of gdb's remote serial protocol. Any bytes are safe.
 */
#ifndef GDB_RSP_H
#define GDB_RSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSP_PACKET_MAX 4096u
/* "$", all bytes escaped, "#", two digits. */
#define RSP_FRAME_MAX (2 * RSP_PACKET_MAX + 4)

enum rsp_event {
	RSP_NOTHING,
	RSP_PACKET,    /* a whole packet with a right checksum */
	RSP_BROKEN,    /* a packet that has a wrong checksum, or is too long */
	RSP_INTERRUPT, /* Ctrl-C */
};

/* A parser at its start is all zeros. */
struct rsp_parser {
	enum { RSP_OUTSIDE, RSP_INSIDE, RSP_ESCAPED, RSP_SUM, RSP_SUM_LAST } state;
	uint8_t sum, told;
	bool overlong;
	size_t size;
	char packet[RSP_PACKET_MAX + 1]; /* without escapes, and with a zero at its end */
};

enum rsp_event rsp_put(struct rsp_parser *parser, uint8_t byte);

/* Makes a packet as it is sent, in a buffer of RSP_FRAME_MAX. Returns its size. */
size_t rsp_frame(char *out, const char *payload, size_t size);

/* The value of a hexadecimal digit; -1: the character isn't one. */
int rsp_digit(char c);

/* Reads hexadecimal digits from *text on, and moves *text behind them. False: there are none, or
 * too many. */
bool rsp_number(const char **text, uint64_t *number);

/* Reads `size` bytes from twice as many digits. False: the text has other characters. */
bool rsp_bytes(const char *text, uint8_t *to, size_t size);

/* Writes bytes as digits to `out`. Returns the place after them. */
char *rsp_digits(char *out, const void *from, size_t size);

#endif
