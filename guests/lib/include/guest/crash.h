/* SPDX-License-Identifier: MIT-0 */
/*
 * The end of a program that can't go on. It prints what happened, with registers; then the
 * partition crashes, or a bare machine goes off. An unexpected exception leads to this end, and so
 * does a failed assert() of <assert.h>.
 */
#ifndef GUEST_CRASH_H
#define GUEST_CRASH_H

#include <guest/exception.h>

/* Crashes with these words, and the caller's registers. */
__attribute__((noreturn)) void guest_panic(const char *why);

/* If this isn't NULL, it is called instead of the crash: guests/lib/test.c counts a failed test. */
extern void (*crash_instead)(const struct guest_frame *frame, uint64_t kind);

/* exception.c calls this for an unexpected exception. */
__attribute__((noreturn)) void crash_unexpected(const struct guest_frame *frame, uint64_t kind);

/* A kind of exception beside vectors.S's sixteen: the stack pointer was useless. The frame has its
 * value, and lies on the CPU's stack for crashes. */
#define CRASH_NO_STACK 16

/* In crash.S. Calls crash_say() on the CPU's stack for crashes. */
__attribute__((noreturn)) void crash_on_own_stack(const struct guest_frame *frame, uint64_t kind);

/* In crash.c. */
__attribute__((noreturn)) void crash_say(const struct guest_frame *frame, uint64_t kind);

/* In crash.S: restores all registers, and tells Kumiki of the crash. */
__attribute__((noreturn)) void crash_tell(const struct guest_frame *frame, uint64_t sp);

#endif
