/*
 * The stack guard of a debug build (make DEBUG=1), for the frame, its services and the guests. The
 * compiler's code reads the guard, and calls the function if the guard's copy on the stack was
 * changed. The guard is a constant in read-only memory, the same on every core. So it is there
 * before the first function runs, and a wild write can't change it. It finds our own mistakes, not
 * an attacker's guesses. Its zero byte stops a copy of a string; its other bytes make sure that it
 * isn't a valid address.
 */
#include <stdint.h>

extern const uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

const uintptr_t __stack_chk_guard = 0xb5e70d1a4cff0a00;

/* Ends in the same report as any other trap. The trace leads to the function that was at work. */
_Noreturn void __stack_chk_fail(void)
{
	__builtin_trap();
}
