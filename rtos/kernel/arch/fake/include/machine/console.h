/* No console. */
#ifndef MACHINE_CONSOLE_H
#define MACHINE_CONSOLE_H

#include <stdint.h>

void console_write(const char *text, uint64_t length);

/* Prints the text and stops the machine. */
_Noreturn void crash_stop(const char *what);

/* The kernel ends with a report, and begins anew with what is kept. */
_Noreturn void crash_end(const char *what);

#endif
