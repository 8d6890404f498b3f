/*
 * Start and system calls of the small programs of the Linux guests; see linux/user.h. They have no
 * C library, so that their processes are as small as possible.
 */
#include <linux/user.h>

enum { SYS_WRITE = 64, SYS_EXIT = 93, SYS_CLOCK_GETTIME = 113, SYS_CLOCK_NANOSLEEP = 115 };
enum { STANDARD_OUTPUT = 1, CLOCK_MONOTONIC = 1, TIMER_ABSTIME = 1, USER_SECOND = 1000000000 };

struct user_time {
	long seconds, nanoseconds;
};

long user_call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = 0;
	__asm__ volatile("svc #0"
	                 : "+r"(x0)
	                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
	                 : "memory");
	return x0;
}

void user_exit(long status)
{
	for (;;)
		user_call(SYS_EXIT, status, 0, 0, 0);
}

uint64_t user_counter(void)
{
	uint64_t value;
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
	return value;
}

uint64_t user_now(void)
{
	struct user_time time;

	user_must(SYS_CLOCK_GETTIME, CLOCK_MONOTONIC, (long)&time, 0, 0);
	return (uint64_t)time.seconds * USER_SECOND + (uint64_t)time.nanoseconds;
}

void user_sleep_until(uint64_t when)
{
	struct user_time time = {(long)(when / USER_SECOND), (long)(when % USER_SECOND)};

	user_must(SYS_CLOCK_NANOSLEEP, CLOCK_MONOTONIC, TIMER_ABSTIME, (long)&time, 0);
}

long user_number(const char *text)
{
	long value = 0;

	for (; *text >= '0' && *text <= '9' && value < INT32_MAX; text++)
		value = value * 10 + (*text - '0');
	return value;
}

static size_t user_append(char *line, size_t used, size_t size, const char *text)
{
	while (*text != '\0' && used < size)
		line[used++] = *text++;
	return used;
}

static size_t user_append_number(char *line, size_t used, size_t size, uint64_t value)
{
	char digits[21];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	return user_append(line, used, size, &digits[at]);
}

void user_print(const char *first, const char *second, uint64_t value)
{
	char line[96];
	size_t words = sizeof(line) - 24; /* room for the number and the line's end */
	size_t used = user_append(line, 0, words, first);

	used = user_append(line, used, words, " ");
	used = user_append(line, used, words, second);
	used = user_append(line, used, sizeof(line), " ");
	used = user_append_number(line, used, sizeof(line), value);
	used = user_append(line, used, sizeof(line), "\n");
	user_call(SYS_WRITE, STANDARD_OUTPUT, (long)line, (long)used, 0);
}

/* The kernel gives a new program only a stack. A C function needs a return address and its
 * argument, too. */
__asm__(".globl _start\n_start:\n\tmov x29, xzr\n\tmov x30, xzr\n\tmov x0, sp\n\tb user_main\n");
