/*
 * Programs from files (docs/reference/rtos-servers.md): bad ones are refused, good ones run and
 * end, and a start has a bounded cost. While the loader is restarted at any moment, each starts
 * once.
 */
#include <errno.h>
#include <libc/expect.h>
#include <loading/proto.h>
#include <rtos/run.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <templates/programs.h>

#define TIMES  20  /* starts that are timed */
#define STARTS 20  /* of the loader, while programs are started */
#define STEPS  600 /* of a start, at which the loader ends */
#define STEP   8   /* ticks: all of them are more than a start */

static uint64_t memory(void)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_MEMORY};

	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK);
	return word[1];
}

static uint64_t command(uint64_t program, enum supervisor_command what)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_COMMAND, program, what};

	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK);
	return word[0];
}

/* How it ends, as waitpid() says it. */
static int run(const char *first, const char *second)
{
	char *argv[] = {"job", (char *)first, (char *)second, NULL};
	int status = -1;
	pid_t pid = 0;

	expect(posix_spawn(&pid, "/boot/bin/job", NULL, NULL, argv, NULL) == 0);
	expect(waitpid(pid, &status, 0) == pid);
	return status;
}

static void test_ends(void)
{
	int status = run(NULL, NULL);

	expect(WIFEXITED(status) && WEXITSTATUS(status) == 40);
	status = run(NULL, NULL); /* its variables are as they were in the file */
	expect(WIFEXITED(status) && WEXITSTATUS(status) == 40);
	status = run("arguments", "7");
	expect(WIFEXITED(status) && WEXITSTATUS(status) == 39);
	status = run("fault", NULL);
	expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	expect(waitpid(1, &status, 0) == -1 && errno == ECHILD);
}

static enum loader_status start(const char *path, uint64_t slot)
{
	struct run started;

	return run_start(path, NULL, 0, (uint32_t)slot, &started);
}

static void test_refusals(void)
{
	static const char *const many[] = {"a", "b"};
	static char longest[1000];
	struct run started;

	expect(start("/boot/nothing", 0) == LOADER_NO_FILE);
	expect(start("/boot/bin", 0) == LOADER_NO_FILE);
	expect(start("/boot/text", 0) == LOADER_NOT_ELF);
	expect(start("/boot/empty", 0) == LOADER_NOT_ELF);
	expect(start("/boot/pie.elf", 0) == LOADER_NOT_STATIC);
	expect(start("/boot/bin/job", programs_find("small")) == LOADER_TOO_LARGE);
	expect(start("/boot/bin/job", programs_find("other")) == LOADER_DENIED);
	expect(start("/boot/bin/job", programs_find("judge")) == LOADER_DENIED);
	expect(start("/boot/bin/job", 1000) == LOADER_DENIED);
	expect(start("a path of more characters than go into a message", 0) == LOADER_BAD);
	memset(longest, 'x', sizeof(longest) - 1);
	expect(run_start("/boot/bin/job", &(const char *){longest}, 1, 0, &started) == LOADER_BAD);
	expect(run_start("/boot/bin/job", many, 2, 0, &started) == LOADER_OK);
	expect(command(started.program, SUPERVISOR_DO_STOP) == SUPERVISOR_OK);
}

static void test_slots(void)
{
	char *argv[] = {"job", "sleep", NULL};
	int status = 0;
	pid_t one = 0, two = 0, three = 0;

	expect(posix_spawn(&one, "/boot/bin/job", NULL, NULL, argv, NULL) == 0);
	expect(posix_spawn(&two, "/boot/bin/job", NULL, NULL, argv, NULL) == 0 && two != one);
	expect(posix_spawn(&three, "/boot/bin/job", NULL, NULL, argv, NULL) == EAGAIN);
	expect(waitpid(one, &status, WNOHANG) == 0);
	expect(command((uint64_t)one, SUPERVISOR_DO_START) == SUPERVISOR_OK);
	expect(command((uint64_t)one, SUPERVISOR_DO_RESTART) == SUPERVISOR_OK);
	expect(waitpid(one, &status, 0) == one && WTERMSIG(status) == SIGKILL);
	expect(posix_spawn(&three, "/boot/bin/job", NULL, NULL, argv, NULL) == 0 && three == one);
	expect(command((uint64_t)three, SUPERVISOR_DO_KILL) == SUPERVISOR_OK);
	expect(command((uint64_t)two, SUPERVISOR_DO_STOP) == SUPERVISOR_OK);
	expect(waitpid(three, &status, 0) == three && WTERMSIG(status) == SIGKILL);
	do /* it ends, so it is seen to have ended, without waiting for that */
		three = waitpid(two, &status, WNOHANG);
	while (three == 0);
	expect(three == two && WTERMSIG(status) == SIGKILL);
	expect(waitpid(two, &status, WNOHANG) == -1 && errno == ECHILD);
}

/* From the request to the answer that says how it ended. */
static uint64_t time_one(void)
{
	const uint64_t before = sys_now();
	struct run started;
	struct run_end end;

	expect(run_start("/boot/bin/job", NULL, 0, 0, &started) == LOADER_OK);
	expect(run_wait(&started, true, &end) && end.value == 40);
	return (sys_now() - before) * (1000000000 / sys_hertz());
}

static int shorter(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* The worst, and that of which half of them are no worse. */
static void test_costs(void)
{
	uint64_t times[TIMES];

	for (int i = 0; i < TIMES; i++)
		times[i] = time_one();
	qsort(times, TIMES, sizeof(times[0]), shorter);
	printf("spawn: half of them took no more than %lu, all but one %lu\n",
	       (unsigned long)times[TIMES / 2], (unsigned long)times[TIMES - 2]);
	printf("FIGURE spawn %lu\n", (unsigned long)times[TIMES - 1]);
}

/* The count says how often one ran: as often as one was asked for. */
static void test_restarts(void)
{
	const uint64_t loader = programs_find("loader"), restarter = programs_find("restart");
	uint64_t rounds = 0;

	expect(command(restarter, SUPERVISOR_DO_START) == SUPERVISOR_OK);
	while (programs_starts(loader) < STARTS || rounds < STARTS) {
		const int status = run("tally", NULL);

		rounds++;
		expect(WIFEXITED(status) && WEXITSTATUS(status) == (int)(rounds % 100));
	}
	expect(command(restarter, SUPERVISOR_DO_STOP) == SUPERVISOR_OK);
	printf("%lu programs were started while the loader was %lu times\n", (unsigned long)rounds,
	       (unsigned long)programs_starts(loader));
}

static uint64_t rush(enum rush_operation operation, uint64_t ticks)
{
	uint64_t word[RTOS_WORDS] = {operation, ticks};

	expect(sys_call(sys_given(RTOS_GIVEN_USE, "rush", 0)->handle, word, 0) == RTOS_OK);
	return word[1];
}

/*
 * The loader ends at each step of a start, and its successor hears a more urgent client first: each
 * client's program runs once.
 */
static void test_steps(void)
{
	const volatile uint64_t *tally =
	    (const volatile uint64_t *)sys_given(RTOS_GIVEN_WINDOW, "tally", 0)->address;

	for (uint64_t i = 0; i < STEPS; i++) {
		const uint64_t before = *tally;
		struct run started;
		struct run_end end;

		(void)rush(RUSH_AT, i * STEP);
		expect(run_start("/boot/bin/job", &(const char *){"tally"}, 1, 0, &started) ==
		       LOADER_OK);
		(void)run_wait(&started, true, &end); /* or it has ended, and others are there */
		expect(rush(RUSH_DONE, 0) == i + 1);
		expect(*tally == before + 2);
	}
}

int main(void)
{
	uint64_t before;

	test_ends();
	before = memory();
	test_refusals();
	test_slots();
	test_costs();
	test_restarts();
	test_steps();
	(void)run(NULL, NULL);
	expect(memory() == before);
	return expect_end();
}
