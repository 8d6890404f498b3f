/*
 * The stack guard of a debug build (make DEBUG=1), for the frame, its services and the guests: the
 * compiler's code reads the one and calls the other. The guard is a constant in read-only memory,
 * the same on every core: it is there before the first function runs, a wild write can't change it,
 * and what it is for is a mistake of ours, not an attacker who guesses. Its zero byte stops what
 * copies strings, its others are no address.
 */
#include <stdint.h>

extern const uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

const uintptr_t __stack_chk_guard = 0xb5e70d1a4cff0a00;

/* Ends in the same report as every other trap; the trace leads to the function that was at work. */
_Noreturn void __stack_chk_fail(void)
{
	__builtin_trap();
}
