/* SPDX-License-Identifier: MIT-0 */
/* The state of a CPU at an exception, and exceptions that a program expects. */
#ifndef GUEST_EXCEPTION_H
#define GUEST_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

struct guest_frame {
	uint64_t x[31];
	uint64_t elr, spsr, esr, far;
	uint64_t sp; /* only valid for CRASH_NO_STACK (guest/crash.h) */
};
_Static_assert(sizeof(struct guest_frame) == 288, "vectors.S saves it so");

#define ESR_CLASS(esr)        (((esr) >> 26) & 0x3f)
#define ESR_FAULT_STATUS(esr) ((esr)&0x3f)
#define ESR_CLASS_UNKNOWN     0x00
#define ESR_CLASS_ILLEGAL     0x0e
#define ESR_CLASS_SVC         0x15
#define ESR_CLASS_SYSTEM      0x18
#define ESR_CLASS_FETCH_ABORT 0x21 /* this class and ABORT: taken from EL1 itself */
#define ESR_CLASS_PC          0x22 /* misaligned */
#define ESR_CLASS_ABORT       0x25 /* data abort */
#define ESR_CLASS_SP          0x26 /* misaligned */
#define ESR_CLASS_BREAKPOINT  0x31
#define ESR_CLASS_STEP        0x33
#define ESR_CLASS_WATCHPOINT  0x35
#define ESR_CLASS_BRK         0x3c
#define ESR_EXTERNAL_ABORT    0x10 /* synchronous external abort, not on a table walk */
#define ESR_MISALIGNED        0x21
#define ESR_WRITE             (1ul << 6) /* of a data abort */

/*
 * A program at EL1 can't keep anything in TPIDRRO_EL0, PAR_EL1 and TPIDR_EL0. Each synchronous
 * exception of EL1 itself, even an expected one, changes the first two, and also TPIDR_EL0 if the
 * stack pointer is useless.
 */

/*
 * From now on this CPU's synchronous exceptions are expected, until fault_taken(): they are
 * recorded, and the instruction is skipped. Unexpected exceptions are a crash (guest/crash.h).
 */
void fault_expect(void);

/* Ends the expectation. Returns the first exception that was taken, valid until the next
 * fault_expect(); NULL: there was none. */
const struct guest_frame *fault_taken(void);

/* How many exceptions were taken since the last fault_expect(). */
unsigned int fault_count(void);

/* Is called with the frame of a debug exception, and may change it (saved flags, next PC). */
extern void (*fault_debug_handler)(struct guest_frame *frame);

/* vectors.S calls this; `kind` is the number of the vector, of sixteen. */
void guest_exception(struct guest_frame *frame, uint64_t kind);

#endif
