/*
 * Keeps CPUs busy (/bin/pieces of the Linux guests): `pieces CPU…` lets each of these CPUs do equal
 * pieces of work for ever. After each piece it prints the virtual counter. The number of pieces in
 * a time shows the CPU's share of its core.
 */
#include <linux/user.h>

enum { SYS_SCHED_SETAFFINITY = 122, SYS_CLONE = 220, SIGCHLD = 17 };
enum { PIECES_USAGE = 200, PIECES_LENGTH = 5000000 }; /* instructions, and a few */

static void pieces_one(void)
{
	uint64_t left = PIECES_LENGTH / 2;

	__asm__ volatile("1:\tsubs %0, %0, #1\n\tb.ne 1b" : "+r"(left)::"cc");
}

__attribute__((noreturn)) static void pieces_on(const char *cpu)
{
	uint64_t mask = (uint64_t)1 << (*cpu - '0');

	user_must(SYS_SCHED_SETAFFINITY, 0, sizeof(mask), (long)&mask, 0);
	for (;;) {
		pieces_one();
		user_print("piece", cpu, user_counter());
	}
}

/* The last CPU's work runs in this process. */
void user_main(const uint64_t *stack)
{
	const char *const *argv = (const char *const *)&stack[1];

	if (stack[0] < 2)
		user_exit(PIECES_USAGE);
	for (uint64_t i = 1; i < stack[0] - 1; i++)
		if (user_must(SYS_CLONE, SIGCHLD, 0, 0, 0) == 0)
			pieces_on(argv[i]);
	pieces_on(argv[stack[0] - 1]);
}
