/* SPDX-License-Identifier: MIT-0 */
/* The state of a CPU at an exception, and exceptions that a program expects. */
#ifndef GUEST_EXCEPTION_H
#define GUEST_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

struct guest_frame {
	uint64_t x[31];
	uint64_t elr, spsr, esr, far;
	uint64_t sp; /* only with CRASH_NO_STACK (guest/crash.h) */
};
_Static_assert(sizeof(struct guest_frame) == 288, "vectors.S saves it so");

#define ESR_CLASS(esr)        (((esr) >> 26) & 0x3f)
#define ESR_FAULT_STATUS(esr) ((esr)&0x3f)
#define ESR_CLASS_UNKNOWN     0x00
#define ESR_CLASS_ILLEGAL     0x0e
#define ESR_CLASS_SVC         0x15
#define ESR_CLASS_SYSTEM      0x18
#define ESR_CLASS_FETCH_ABORT 0x21 /* this and the next two: of the same exception level */
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
 * A program of EL1 keeps nothing in these registers: each synchronous exception of EL1 itself, also
 * one that is expected, changes TPIDRRO_EL0 and PAR_EL1, and TPIDR_EL0 if the stack pointer is
 * useless.
 */

/*
 * The next synchronous exceptions of this CPU are expected: recorded and stepped over (the
 * instruction is skipped), until fault_taken(). Unexpected ones are a crash (guest/crash.h).
 */
void fault_expect(void);

/* Ends the expectation. Returns the first exception that was taken, or NULL; valid until the next
 * fault_expect(). */
const struct guest_frame *fault_taken(void);

/* How many exceptions the last expectation met. */
unsigned int fault_count(void);

/* Gets the frame of a debug exception, and may change it (saved flags, next PC). */
extern void (*fault_debug_handler)(struct guest_frame *frame);

/* From vectors.S: kind counts the sixteen vectors. */
void guest_exception(struct guest_frame *frame, uint64_t kind);

#endif
