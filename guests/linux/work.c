/*
 * A load of forks and pipes, with the time of each round (/bin/work of the Linux guests, for
 * bench/run.py). `work ROUNDS WARM-UP` does WARM-UP rounds that don't count, then ROUNDS of them.
 * After each it reads the virtual counter. At the end it prints how many ticks each round took.
 * While it measures it prints nothing and touches no new page.
 *
 * A round is one pipeline for each CPU, all at the same time. A pipeline has three processes: the
 * first writes a line, BusyBox's cat copies it, BusyBox's wc counts it. The round ends when all
 * pipelines have ended.
 */
#include <linux/user.h>

enum {
	SYS_DUP3 = 24,
	SYS_OPENAT = 56,
	SYS_CLOSE = 57,
	SYS_PIPE2 = 59,
	SYS_WRITE = 64,
	SYS_SCHED_GETAFFINITY = 123,
	SYS_CLONE = 220,
	SYS_EXECVE = 221,
	SYS_WAIT4 = 260,
};
enum { AT_FDCWD = -100, O_WRONLY = 1, SIGCHLD = 17 };
enum { WORK_ROUNDS_MAX = 4096 };
/* Exit statuses; a failed call gives its error number. */
enum { WORK_USAGE = 200, WORK_PROCESS_FAILED = 201 };

static uint64_t work_counters[WORK_ROUNDS_MAX + 1];

static long work_fork(void)
{
	return user_must(SYS_CLONE, SIGCHLD, 0, 0, 0);
}

static void work_close(const int *pipe)
{
	user_must(SYS_CLOSE, pipe[0], 0, 0, 0);
	user_must(SYS_CLOSE, pipe[1], 0, 0, 0);
}

__attribute__((noreturn)) static void work_applet(const char *name, const char *argument)
{
	const char *const arguments[] = {name, argument, NULL};
	static const char *const environment[] = {NULL};

	user_must(SYS_EXECVE, (long)"/bin/busybox", (long)arguments, (long)environment, 0);
	user_exit(WORK_PROCESS_FAILED);
}

__attribute__((noreturn)) static void work_write(const int *out)
{
	static const char line[] = "a line of this round\n";

	user_must(SYS_WRITE, out[1], (long)line, sizeof(line) - 1, 0);
	user_exit(0);
}

__attribute__((noreturn)) static void work_copy(const int *in, const int *out)
{
	user_must(SYS_DUP3, in[0], 0, 0, 0);
	user_must(SYS_DUP3, out[1], 1, 0, 0);
	work_close(in);
	work_close(out);
	work_applet("cat", NULL);
}

__attribute__((noreturn)) static void work_count(const int *in)
{
	long null = user_must(SYS_OPENAT, AT_FDCWD, (long)"/dev/null", O_WRONLY, 0);

	user_must(SYS_DUP3, in[0], 0, 0, 0);
	user_must(SYS_DUP3, null, 1, 0, 0);
	user_must(SYS_CLOSE, null, 0, 0, 0);
	work_close(in);
	work_applet("wc", "-c");
}

/* Starts the three processes; work_round() waits for them. */
static void work_pipeline(void)
{
	int first[2], second[2];

	user_must(SYS_PIPE2, (long)first, 0, 0, 0);
	if (work_fork() == 0)
		work_write(first);
	user_must(SYS_PIPE2, (long)second, 0, 0, 0);
	if (work_fork() == 0)
		work_copy(first, second);
	work_close(first);
	if (work_fork() == 0)
		work_count(second);
	work_close(second);
}

static void work_round(long pipelines)
{
	int status;

	for (long i = 0; i < pipelines; i++)
		work_pipeline();
	for (long i = 0; i < 3 * pipelines; i++) {
		user_must(SYS_WAIT4, -1, (long)&status, 0, 0);
		if (status != 0)
			user_exit(WORK_PROCESS_FAILED);
	}
}

static long work_cpus(void)
{
	uint64_t mask = 0;
	long cpus = 0;

	user_must(SYS_SCHED_GETAFFINITY, 0, sizeof(mask), (long)&mask, 0);
	for (; mask != 0; mask &= mask - 1)
		cpus++;
	return cpus;
}

static void work_measure(long rounds, long warm_up, long cpus)
{
	for (long i = 0; i <= rounds; i++)
		work_counters[i] = UINT64_MAX;
	for (long i = 0; i < warm_up; i++)
		work_round(cpus);
	work_counters[0] = user_counter();
	for (long i = 1; i <= rounds; i++) {
		work_round(cpus);
		work_counters[i] = user_counter();
	}
}

void user_main(const uint64_t *stack)
{
	const char *const *argv = (const char *const *)&stack[1];
	long rounds = stack[0] == 3 ? user_number(argv[1]) : 0;

	if (rounds < 1 || rounds > WORK_ROUNDS_MAX)
		user_exit(WORK_USAGE);
	work_measure(rounds, user_number(argv[2]), work_cpus());
	for (long i = 1; i <= rounds; i++)
		user_print("work", "round", work_counters[i] - work_counters[i - 1]);
	user_exit(0);
}
