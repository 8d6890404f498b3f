/* gdb's numbers for registers: where each is in a struct stop_report, and how gdb is told. */
#ifndef GDB_REGISTERS_H
#define GDB_REGISTERS_H

#include <kumiki/report.h>
#include <stdbool.h>
#include <stddef.h>

#define REGISTERS_COUNT 45u /* x0 to x30, sp, pc, cpsr, and 11 of EL1 */

/* Bytes of a register, 8 or 4; 0: there is none of that number. */
size_t registers_size(uint64_t number);

uint64_t registers_get(const struct stop_report *from, uint64_t number);

/* False: it can't be written. */
bool registers_set(struct stop_report *to, uint64_t number, uint64_t value);

/* The target description (XML), NUL-terminated. */
const char *registers_description(void);

#endif
