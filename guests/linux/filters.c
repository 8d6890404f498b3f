/*
 * Has the kernel take filters, compile them and run them, and takes them away (/bin/filters of the
 * Linux guests with modules): `filters ROUNDS`. Each round has a filter of a socket in the classic
 * language, one by bpf(), and one of a child's system calls. They are of many lengths, so that
 * their code is now in one page, now in several. The exit status is the error's number, or 0.
 */
#include <linux/user.h>

enum {
	SYS_CLOSE = 57,
	SYS_READ = 63,
	SYS_WRITE = 64,
	SYS_PRCTL = 167,
	SYS_GETPID = 172,
	SYS_SOCKETPAIR = 199,
	SYS_SETSOCKOPT = 208,
	SYS_CLONE = 220,
	SYS_WAIT = 260,
	SYS_SECCOMP = 277,
	SYS_BPF = 280,
};
enum { FILTERS_USAGE = 200, FILTERS_LOST };
enum { UNIX = 1, DATAGRAMS = 2, SIGCHLD = 17, NO_NEW_PRIVILEGES = 38, SECCOMP_FILTER = 1 };
/* Of a socket. */
enum { SOCKET = 1, ATTACH_FILTER = 26, DETACH_FILTER = 27, ATTACH_BPF = 50 };
enum { BPF_LOAD = 5, BPF_SOCKET_FILTER = 1 };
enum { LENGTH = 900, STRIDE = 37 };

/* An instruction of the classic language, and a program in it. */
struct classic {
	uint16_t code;
	uint8_t yes, no;
	uint32_t value;
};
enum { CLASSIC_ADD = 0x04, CLASSIC_RETURN = 0x06 };

struct classic_program {
	uint16_t length;
	const struct classic *first;
};

/* Of the other one, and what bpf() is told of a program. */
struct extended {
	uint8_t code, registers;
	int16_t offset;
	int32_t value;
};
enum { EXTENDED_ADD = 0x07, EXTENDED_MOVE = 0xb7, EXTENDED_EXIT = 0x95 };

struct extended_program {
	uint32_t kind, length;
	uint64_t first, license;
	uint64_t unused[3];
};

static long set_option(long socket, long option, const void *value, long size)
{
	register long x8 __asm__("x8") = SYS_SETSOCKOPT;
	register long x0 __asm__("x0") = socket;
	register long x1 __asm__("x1") = SOCKET;
	register long x2 __asm__("x2") = option;
	register long x3 __asm__("x3") = (long)value;
	register long x4 __asm__("x4") = size;

	__asm__ volatile("svc #0"
	                 : "+r"(x0)
	                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
	                 : "memory");
	if (x0 < 0)
		user_exit(-x0);
	return x0;
}

/* Adds zeros, and returns `result`. */
static struct classic_program classic_of(uint16_t length, uint32_t result)
{
	static struct classic program[LENGTH];

	for (uint16_t i = 0; i + 1 < length; i++)
		program[i] = (struct classic){.code = CLASSIC_ADD};
	program[length - 1] = (struct classic){.code = CLASSIC_RETURN, .value = result};
	return (struct classic_program){.length = length, .first = program};
}

static long extended_of(uint16_t length)
{
	static struct extended program[LENGTH];
	const struct extended_program load = {.kind = BPF_SOCKET_FILTER,
	                                      .length = length,
	                                      .first = (uint64_t)(uintptr_t)program,
	                                      .license = (uint64_t)(uintptr_t) "MIT"};

	program[0] = (struct extended){.code = EXTENDED_MOVE, .value = INT32_MAX};
	for (uint16_t i = 1; i + 1 < length; i++)
		program[i] = (struct extended){.code = EXTENDED_ADD};
	program[length - 1] = (struct extended){.code = EXTENDED_EXIT};
	return user_must(SYS_BPF, BPF_LOAD, (long)&load, sizeof(load), 0);
}

/* Through the filter of the second socket. */
static void pass(const int32_t *pair)
{
	char byte = 1;

	user_must(SYS_WRITE, pair[0], (long)&byte, 1, 0);
	if (user_must(SYS_READ, pair[1], (long)&byte, 1, 0) != 1)
		user_exit(FILTERS_LOST);
}

static void filter_packets(const int32_t *pair, uint16_t length)
{
	const struct classic_program program = classic_of(length, UINT32_MAX);
	const int32_t extended = (int32_t)extended_of(length);

	set_option(pair[1], ATTACH_FILTER, &program, sizeof(program));
	pass(pair);
	set_option(pair[1], ATTACH_BPF, &extended, sizeof(extended));
	user_must(SYS_CLOSE, extended, 0, 0, 0);
	pass(pair);
	set_option(pair[1], DETACH_FILTER, &extended, sizeof(extended));
	pass(pair);
}

static void filter_calls(uint16_t length)
{
	const struct classic_program program = classic_of(length, 0x7fff0000); /* all may */
	int32_t status = 0;
	const long child = user_must(SYS_CLONE, SIGCHLD, 0, 0, 0);

	if (child == 0) {
		user_must(SYS_PRCTL, NO_NEW_PRIVILEGES, 1, 0, 0);
		user_must(SYS_SECCOMP, SECCOMP_FILTER, 0, (long)&program, 0);
		user_must(SYS_GETPID, 0, 0, 0, 0);
		user_exit(0);
	}
	user_must(SYS_WAIT, child, (long)&status, 0, 0);
	if (status != 0)
		user_exit(status >> 8 & 0xff);
}

void user_main(const uint64_t *stack)
{
	int32_t pair[2];
	long rounds;

	if (stack[0] != 2)
		user_exit(FILTERS_USAGE);
	rounds = user_number((const char *)(uintptr_t)stack[2]);
	user_must(SYS_SOCKETPAIR, UNIX, DATAGRAMS, 0, (long)pair);
	for (long i = 0; i < rounds; i++) {
		const uint16_t length = (uint16_t)(2 + i * STRIDE % (LENGTH - 2));

		filter_packets(pair, length);
		filter_calls(length);
	}
	user_print("filters:", "rounds", (uint64_t)rounds);
	user_exit(0);
}
