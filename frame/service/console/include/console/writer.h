/* A ring of bytes that wait for the UART's transmitter. */
#ifndef CONSOLE_WRITER_H
#define CONSOLE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WRITER_SIZE 4096u /* a power of two */

struct writer {
	uint32_t head, tail;
	uint8_t bytes[WRITER_SIZE];
};

uint32_t writer_room(const struct writer *writer);

/* Bytes without room are dropped, so callers look for room before. */
void writer_write(struct writer *writer, const void *bytes, size_t size);
void writer_text(struct writer *writer, const char *text);
void writer_number(struct writer *writer, uint32_t number);

/* Gives the UART as many bytes as it takes. True: nothing is left. */
bool writer_flush(struct writer *writer);

#endif
