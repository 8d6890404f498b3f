/* What goes out of the UART next: a ring of bytes that waits for the transmitter. */
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

/* Whoever writes has looked for room before; what goes beyond it is dropped. */
void writer_write(struct writer *writer, const void *bytes, size_t size);
void writer_text(struct writer *writer, const char *text);
void writer_number(struct writer *writer, uint32_t number);

/* Hands to the UART what it takes; true if nothing is left. */
bool writer_flush(struct writer *writer);

#endif
