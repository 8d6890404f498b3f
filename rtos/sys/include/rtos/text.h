/* Lines of text without a C library, and the kernel's early console, for programs that have the
 * machine's handle. */
#ifndef RTOS_TEXT_H
#define RTOS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_SIZE 160

/* A line. Set `length` to 0 first. Characters that don't fit are left out. */
struct text {
	char bytes[TEXT_SIZE];
	size_t length;
};

void text_add(struct text *text, const char *string);
void text_number(struct text *text, uint64_t number);
void text_hex(struct text *text, uint64_t number);
void text_add_text(struct text *text, const struct text *more);

/* Prints on the kernel's console. The machine's handle has to be at its place. */
void text_print(const struct text *text);
void text_say(const char *string);

#endif
