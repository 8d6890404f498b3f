/* SPDX-License-Identifier: MIT-0 */
/*
 * How a program ends that can't go on: it says what happened, with registers, then Kumiki sees a
 * crash of the partition, and a bare machine goes off. An exception that nothing expects ends so by
 * itself, and so does a failed assert() of <assert.h>.
 */
#ifndef GUEST_CRASH_H
#define GUEST_CRASH_H

#include <guest/exception.h>

/* Ends with these words, and the caller's registers. */
__attribute__((noreturn)) void guest_panic(const char *why);

/* If it is set, it is called instead of the crash (guest/test.h counts a failed test). */
extern void (*crash_instead)(const struct guest_frame *frame, uint64_t kind);

/* From exception.c: an exception that nothing expects. */
__attribute__((noreturn)) void crash_unexpected(const struct guest_frame *frame, uint64_t kind);

/* vectors.S's kind of exception, beside the sixteen vectors: the stack pointer was useless, and is
 * kept in the frame, which lies on the CPU's stack for crashes. */
#define CRASH_NO_STACK 16

/* In crash.S. Calls crash_say() on the CPU's stack for crashes. */
__attribute__((noreturn)) void crash_on_own_stack(const struct guest_frame *frame, uint64_t kind);

/* In crash.c. */
__attribute__((noreturn)) void crash_say(const struct guest_frame *frame, uint64_t kind);

/* In crash.S: puts all registers back as they were, and tells Kumiki. Returns nowhere. */
__attribute__((noreturn)) void crash_tell(const struct guest_frame *frame, uint64_t sp);

#endif
