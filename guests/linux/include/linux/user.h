/*
 * The small programs of the Linux guests (init.c, blocks.c, work.c, requests.c, cyclic.c,
 * filters.c, flow.c, pace.c, pieces.c, second.c, zero.c) have this instead of a C library: system
 * calls, the counter, and a line of output. A program starts at its user_main().
 */
#ifndef LINUX_USER_H
#define LINUX_USER_H

#include <stddef.h>
#include <stdint.h>

/* Where the program starts. `stack`: argc, argv[], NULL, environment[], NULL. */
__attribute__((noreturn)) void user_main(const uint64_t *stack);

/* Makes a system call, by its number in Linux's generic table. Returns its result, or an error
 * below 0. */
long user_call(long number, long a, long b, long c, long d);

__attribute__((noreturn)) void user_exit(long status);

/* Makes a system call that mustn't fail: if part of a load fails, it is another load. Then the
 * program ends with the error's number. */
static inline long user_must(long number, long a, long b, long c, long d)
{
	long result = user_call(number, a, b, c, d);

	if (result < 0)
		user_exit(-result);
	return result;
}

/* The virtual counter. It is read when all that comes before the call is done. */
uint64_t user_counter(void);

/* The kernel's clock that never goes back, in nanoseconds; and a wait for a time of it. */
uint64_t user_now(void);
void user_sleep_until(uint64_t when);

/* The decimal number at the text's beginning; too large a number gives a large one. */
long user_number(const char *text);

/* Prints "FIRST SECOND VALUE" by one write, so that no other output gets into the line. */
void user_print(const char *first, const char *second, uint64_t value);

#endif
