/*
 * Lets a disk make a range zero (/bin/zero of the Linux guests): `zero DISK FROM LENGTH`, in bytes.
 * The exit status is the error's number, or 0.
 */
#include <linux/user.h>

enum { SYS_FALLOCATE = 47, SYS_OPENAT = 56 };
enum { AT_FDCWD = -100, O_RDWR = 2 };
enum { KEEP_SIZE = 1, ZERO_RANGE = 16 };
enum { ZERO_USAGE = 200 };

void user_main(const uint64_t *stack)
{
	long disk;

	if (stack[0] != 4)
		user_exit(ZERO_USAGE);
	disk = user_must(SYS_OPENAT, AT_FDCWD, (long)stack[2], O_RDWR, 0);
	user_must(SYS_FALLOCATE, disk, KEEP_SIZE | ZERO_RANGE, user_number((const char *)stack[3]),
	          user_number((const char *)stack[4]));
	user_exit(0);
}
