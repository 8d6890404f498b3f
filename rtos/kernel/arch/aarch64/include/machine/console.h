/* The early console: a PL011 that is polled. */
#ifndef MACHINE_CONSOLE_H
#define MACHINE_CONSOLE_H

#include <stdint.h>

/* Nothing, if there is none. */
void console_write(const char *text, uint64_t length);

#endif
