/*
 * The partition as the translator sees it: something that carries out the requests of
 * kumiki/debug.h. tools/gdb/session.c makes a target from the link; tests make one from memory.
 */
#ifndef GDB_TARGET_H
#define GDB_TARGET_H

#include <kumiki/debug.h>
#include <stdbool.h>
#include <stddef.h>

#define TARGET_VCPUS_MAX 8u

struct target_data {
	size_t size;
	uint8_t bytes[DEBUG_DATA_SIZE] __attribute__((aligned(8)));
};

struct target {
	struct debug_target about; /* the answer to DEBUG_ATTACH */
	/* `data` goes with the request, and gets the answer. False: the request wasn't carried out.
	 */
	bool (*request)(struct target *target, const struct debug_request *request,
	                struct target_data *data);
};

/* ---- registers ---- */

/* gdb's numbers for registers: the place of each in a struct debug_registers, and the description
 * for gdb. */

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

/* ---- The debug registers for gdb's hardware breakpoints and watchpoints ---- */

/* The kinds have the numbers of gdb's Z packets. */
enum hardware_kind {
	HARDWARE_BREAK = 1,
	HARDWARE_WRITE = 2,
	HARDWARE_READ = 3,
	HARDWARE_ACCESS = 4,
};

struct hardware_point {
	enum hardware_kind kind;
	uint64_t address, size;
};

/* False: no register is free, or the point needs more than one. */
bool hardware_set(struct debug_hardware *hardware, const struct debug_target *about,
                  const struct hardware_point *point);
void hardware_unset(struct debug_hardware *hardware, const struct hardware_point *point);

/* Finds the watchpoint that an access at `far` hit. False: it hit none. */
bool hardware_hit(const struct debug_hardware *hardware, uint64_t far,
                  struct hardware_point *point);

#endif
