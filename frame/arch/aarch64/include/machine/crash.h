/* The registers that vectors.S keeps when the frame itself takes an exception. */
#ifndef MACHINE_CRASH_H
#define MACHINE_CRASH_H

#include <stddef.h>
#include <stdint.h>

#define CRASH_STACK_SIZE 976

struct crash_registers {
	uint64_t x[31];
	uint64_t sp;
	uint64_t vector; /* 0 to 3: on SP_EL0, 4 to 7: on SP_EL2; synchronous, IRQ, FIQ, SError */
};

_Static_assert(offsetof(struct crash_registers, sp) == 248, "vectors.S stores there");
_Static_assert(offsetof(struct crash_registers, vector) == 256, "vectors.S stores there");

#define CRASH_SYNCHRONOUS 4
#define CRASH_STANDS      5 /* it gets nowhere: run/progress.h */

extern struct crash_registers crash_registers;

/* Finds where calls return to, the last call first, on a stack of this core's. Returns how many. */
uint32_t crash_trace(uint64_t sp, uint64_t *found, uint32_t room);

/* stop_machine() and the vectors come here, through head.S. */
_Noreturn void end_machine(const char *why);
_Noreturn void crash_exception(void);

/* The same end, where each word fails. */
_Noreturn void end_machine_silently(void);

/* The start looks for `what` at this range. If nothing answers there from now on, the frame reports
 * that the machine lacks it, and what to do. Size 0: the look is over. */
void crash_expect(const char *what, const char *remedy, uint64_t base, uint64_t size);
/* Reports that the machine lacks `what`, and ends. */
_Noreturn void crash_missing(uint64_t address);

#endif
