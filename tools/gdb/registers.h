/* gdb's numbers for registers: the place of each in a struct debug_registers, and the description
 * for gdb. */
#ifndef GDB_REGISTERS_H
#define GDB_REGISTERS_H

#include <kumiki/debug.h>
#include <stdbool.h>
#include <stddef.h>

#define REGISTERS_COUNT    79u /* x0 to x30, sp, pc, cpsr, v0 to v31, fpsr, fpcr, and 11 of EL1 */
#define REGISTERS_SIZE_MAX 16u

/* How many bytes a register has: 16, 8 or 4. 0: there is no register with this number. */
size_t registers_size(uint64_t number);

/* Where the register's bytes are. registers_set() gives NULL for a register that can't be written.
 */
const void *registers_get(const struct debug_registers *from, uint64_t number);
void *registers_set(struct debug_registers *to, uint64_t number);

/* The description of the target (XML), with a NUL at its end. */
const char *registers_description(void);

#endif
