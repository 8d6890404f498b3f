/*
 * The frame's own words, on the UART: during start, and when the frame itself has failed.
 *
 * Formats: %s, %u (uint32_t), %lx (uint64_t, hexadecimal), %c. Nothing else.
 */
#ifndef FRAME_PRINT_H
#define FRAME_PRINT_H

#include <frame/types.h>

void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define PRINT_X(value) ((unsigned long)(value)) /* an argument for %lx */

/* print_to_uart(): characters go to this UART from now on. print_is_direct() returns true if they
 * do. */
void print_to_uart(va_t uart, uint32_t registers);
bool print_is_direct(void);

/* print_keep(): characters go there, too, as long as there is room. print_kept() returns how many
 * did. */
void print_keep(char *room, uint32_t size);
uint32_t print_kept(void);

#endif
