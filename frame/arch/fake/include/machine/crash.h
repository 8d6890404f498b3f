/* The registers of a fake core's crash: the test fills them in. */
#ifndef MACHINE_CRASH_H
#define MACHINE_CRASH_H

#include <stdint.h>

struct crash_registers {
	uint64_t x[31];
	uint64_t sp;
	uint64_t vector;
};

#define CRASH_SYNCHRONOUS 4
#define CRASH_STANDS      5

extern struct crash_registers crash_registers;

uint32_t crash_trace(uint64_t sp, uint64_t *found, uint32_t room);
_Noreturn void end_machine(const char *why);

#endif
