/*
 * The first program of the Linux guests (/init), also installed as /bin/stamp. If the kernel's
 * command line has the word `stamp`, it prints the virtual counter at its beginning: a boot is
 * measured up to Linux's very first user instruction. Then the script /etc/init goes on. As `stamp
 * NAME` it prints the counter with a name, and ends.
 */
#include <linux/user.h>
#include <stdbool.h>

enum { SYS_GETPID = 172, SYS_EXECVE = 221 };
enum { PID_OF_INIT = 1 };

/* Whether `stamp` was on the command line: Linux gives words that it doesn't know to init. */
static bool init_asked(uint64_t argc, const char *const *argv)
{
	static const char word[] = "stamp";

	for (uint64_t i = 1; i < argc; i++)
		for (size_t at = 0; argv[i][at] == word[at]; at++)
			if (word[at] == 0)
				return true;
	return false;
}

void user_main(const uint64_t *stack)
{
	uint64_t counter = user_counter();
	uint64_t argc = stack[0];
	const char *const *argv = (const char *const *)&stack[1];
	const char *const *environment = &argv[argc + 1];
	static const char *const script[] = {"/bin/busybox", "sh", "/etc/init", NULL};

	if (user_call(SYS_GETPID, 0, 0, 0, 0) != PID_OF_INIT) {
		user_print("stamp", argc > 1 ? argv[1] : "now", counter);
		user_exit(0);
	}
	if (init_asked(argc, argv))
		user_print("stamp", "init", counter);
	user_call(SYS_EXECVE, (long)script[0], (long)script, (long)environment, 0);
	user_exit(1);
}
