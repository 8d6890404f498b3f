/* No console. */
#ifndef MACHINE_CONSOLE_H
#define MACHINE_CONSOLE_H

#include <stdint.h>

void console_write(const char *text, uint64_t length);

#endif
