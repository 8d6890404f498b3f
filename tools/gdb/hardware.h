/* The debug registers for gdb's hardware breakpoints and watchpoints. */
#ifndef GDB_HARDWARE_H
#define GDB_HARDWARE_H

#include "target.h"

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
