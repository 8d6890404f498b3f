/*
 * The log's port: lines that outlive their writers and the log's own server. Word 0 of a call is
 * the operation. The badge names the writer: it is the program's number plus 1.
 */
#ifndef PROTO_LOG_H
#define PROTO_LOG_H

#include <stdint.h>

#define LOG_TEXT 48 /* characters of a line */

enum log_operation {
	/* word 1: LOG_TEXT_OF(…): how many characters, and the line's age in milliseconds, which
	 * counts only with LOG_PASSES_ON; words 2 to 7: the characters. Once only. */
	LOG_WRITE = 1,
	/* word 1: a line's number. Answer: the first line with this number or a higher one: word 0:
	 * LOG_LINE(…); word 1: its number; words 2 to 7: its characters. Numbers begin at 1. When
	 * the log is full, the oldest lines go. */
	LOG_READ = 2,
};

/* A bit in the badge of the supervisor, which passes on lines that are older than their call. The
 * supervisor gives all programs their handles, and gives no program this bit. */
#define LOG_PASSES_ON (1u << 16)

#define LOG_TEXT_OF(length, ago) ((uint64_t)(length) | (uint64_t)(ago) << 32)
#define LOG_TEXT_LENGTH(word)    ((uint32_t)(word))
#define LOG_TEXT_AGO(word)       ((uint32_t)((word) >> 32))

/* The answer's word 0; the lowest byte is an enum log_status. */
#define LOG_LINE(length, badge, ms)                                                                \
	((uint64_t)(length) << 8 | (uint64_t)(badge) << 16 | (uint64_t)(ms) << 32)
#define LOG_LINE_STATUS(word) ((unsigned)(word)&0xff)
#define LOG_LINE_BADGE(word)  ((unsigned)((word) >> 16) & 0xffff)
#define LOG_LINE_MS(word)     ((uint32_t)((word) >> 32)) /* since the machine's start */

/* At most as many characters as an answer can have, even if the word says more. */
static inline unsigned log_line_length(uint64_t word)
{
	const unsigned length = (unsigned)(word >> 8) & 0xff;

	return length < LOG_TEXT ? length : LOG_TEXT;
}

enum log_status {
	LOG_OK = 0,
	LOG_BAD = 1,  /* no such operation */
	LOG_NONE = 2, /* no line has this number or a higher one */
};

#endif
