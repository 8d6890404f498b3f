/*
 * Inserts a kernel module in a thread that isn't the first one of its process (/bin/second of the
 * Linux guests with modules): `second FILE PARAMETERS`. The exit status is the error's number, or
 * 0.
 */
#include <linux/user.h>

enum {
	SYS_OPENAT = 56,
	SYS_EXIT = 93,
	SYS_CLONE = 220,
	SYS_FINIT_MODULE = 273,
};
enum { AT_FDCWD = -100 };
enum { SECOND_USAGE = 200 };
/* A thread of this process. */
enum { CLONE_VM = 0x100, CLONE_FILES = 0x400, CLONE_SIGHAND = 0x800, CLONE_THREAD = 0x10000 };

/* Goes on as the second thread, on the stack of the first one, which ends without a use of it. */
static void second_begin(void)
{
	register long number __asm__("x8") = SYS_CLONE;
	register long flags __asm__("x0") = CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
	register long stack __asm__("x1") = 0;
	register long parent __asm__("x2") = 0;
	register long tls __asm__("x3") = 0;
	register long child __asm__("x4") = 0;

	__asm__ volatile("svc #0\n"
	                 "cbz x0, 1f\n"
	                 "mov x8, %[exit]\n"
	                 "svc #0\n"
	                 "1:"
	                 : "+r"(number), "+r"(flags)
	                 : "r"(stack), "r"(parent), "r"(tls), "r"(child), [exit] "i"(SYS_EXIT)
	                 : "memory");
}

void user_main(const uint64_t *stack)
{
	long module;

	if (stack[0] != 3)
		user_exit(SECOND_USAGE);
	module = user_must(SYS_OPENAT, AT_FDCWD, (long)stack[2], 0, 0);
	second_begin();
	user_must(SYS_FINIT_MODULE, module, (long)stack[3], 0, 0);
	user_exit(0);
}
