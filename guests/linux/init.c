/*
 * The first program of the Linux guests (/init), also installed as /bin/stamp: says which value the
 * virtual counter had when it began, so that a boot can be timed to Linux's very first user
 * instruction, then hands over to the script /etc/init. As `stamp NAME` it prints the counter with
 * a name and ends. No C library: system calls only.
 */
#include <stddef.h>
#include <stdint.h>

enum { SYS_WRITE = 64, SYS_EXIT = 93, SYS_EXECVE = 221 };
enum { PID_OF_INIT = 1, SYS_GETPID = 172 };

static long init_call(long number, long a, long b, long c)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
}

static uint64_t init_counter(void)
{
	uint64_t value;
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value));
	return value;
}

static size_t init_append(char *line, size_t used, size_t size, const char *text)
{
	while (*text != '\0' && used < size)
		line[used++] = *text++;
	return used;
}

static size_t init_append_number(char *line, size_t used, size_t size, uint64_t value)
{
	char digits[21];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	return init_append(line, used, size, &digits[at]);
}

/* One write, so that no other output gets into the line. */
static void init_stamp(const char *name, uint64_t counter)
{
	char line[96];
	size_t used = init_append(line, 0, sizeof(line), "stamp ");

	used = init_append(line, used, sizeof(line) - 24, name);
	used = init_append(line, used, sizeof(line), " ");
	used = init_append_number(line, used, sizeof(line), counter);
	used = init_append(line, used, sizeof(line), "\n");
	init_call(SYS_WRITE, 1, (long)line, (long)used);
}

/* The stack at a program's start: argc, argv[], NULL. */
__attribute__((noreturn, used)) static void init_main(const uint64_t *stack)
{
	uint64_t counter = init_counter();
	uint64_t argc = stack[0];
	const char *const *argv = (const char *const *)&stack[1];
	const char *const *environment = &argv[argc + 1];
	static const char *const script[] = {"/bin/busybox", "sh", "/etc/init", NULL};

	if (init_call(SYS_GETPID, 0, 0, 0) != PID_OF_INIT) {
		init_stamp(argc > 1 ? argv[1] : "now", counter);
		init_call(SYS_EXIT, 0, 0, 0);
	}
	init_stamp("init", counter);
	init_call(SYS_EXECVE, (long)script[0], (long)script, (long)environment);
	init_call(SYS_EXIT, 1, 0, 0);
	__builtin_unreachable();
}

/* The kernel starts a program with its stack alone; C wants a return address and an argument. */
__asm__(".globl _start\n_start:\n\tmov x29, xzr\n\tmov x30, xzr\n\tmov x0, sp\n\tb init_main\n");
