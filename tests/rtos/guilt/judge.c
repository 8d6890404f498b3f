/*
 * The blame when a server fails: a client that kills it is blamed, and not the others; nobody is,
 * if it comes back by itself; the program with the CPU is, and not one that waits for it. Clients
 * are told.
 */
#include <errno.h>
#include <fcntl.h>
#include <guilt/proto.h>
#include <libc/expect.h>
#include <servers/supervisor/policy.h>
#include <templates/programs.h>
#include <unistd.h>

#define TRIES 200

static uint64_t ask_supervisor(uint64_t word[RTOS_WORDS])
{
	expect(sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK);
	return word[0];
}

static enum policy_state state_of(const char *name, uint64_t *level)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, programs_find(name)};

	expect(ask_supervisor(word) == SUPERVISOR_OK);
	*level = word[2];
	return (enum policy_state)word[1];
}

static enum rtos_status call(const char *port, enum guilt_operation what, uint64_t word[RTOS_WORDS])
{
	word[0] = what;
	return sys_call(sys_given(RTOS_GIVEN_USE, port, 0)->handle, word, 0);
}

static void expect_count(const char *port, uint64_t starts, uint64_t count)
{
	uint64_t word[RTOS_WORDS] = {0};

	expect(call(port, GUILT_COUNT, word) == RTOS_OK);
	expect(word[1] == starts && word[2] == count);
}

/* The exit value of a program that is started, and ends by itself. */
static uint64_t run(const char *name)
{
	const uint64_t program = programs_find(name);
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_WAIT, program};

	expect(programs_start(program) == SUPERVISOR_OK);
	word[2] = programs_starts(program);
	expect(ask_supervisor(word) == SUPERVISOR_OK);
	expect(word[1] == RTOS_PROCESS_EXITED);
	return word[2];
}

static enum supervisor_answer kill_program(uint64_t number)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_COMMAND, number, SUPERVISOR_DO_KILL};

	return (enum supervisor_answer)ask_supervisor(word);
}

/* ---- a client that kills its server ---- */

static void expect_refused(uint64_t count)
{
	expect(run("culprit") == 0);
	expect_count("shared", 6, count);
}

static void test_guilt(void)
{
	uint64_t level;

	expect_count("shared", 0, 1);
	expect(run("culprit") == 0);  /* it counts twice */
	expect_count("shared", 6, 4); /* two kinds of calls, three servers each; all else is kept */
	expect(state_of("shared", &level) == POLICY_RUNS && level == 0);
	expect_refused(7); /* its own restart doesn't help it */
	expect(sys_signal(sys_given(RTOS_GIVEN_RESTART, "supervisor", 0)->handle) == RTOS_OK);
	expect_refused(10); /* nor does the supervisor's */
}

/* ---- a server that loses its kept memory ---- */

static uint64_t epoch_of(const char *port)
{
	struct sys_registers asked = {
	    .x = {[8] = RTOS_HANDLE_INFO, [9] = sys_given(RTOS_GIVEN_USE, port, 0)->handle}};

	sys_svc(&asked);
	expect(asked.x[8] == RTOS_OK);
	return asked.x[3];
}

static void test_epoch(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	expect_count("frail", 0, 2); /* the peer counted first */
	expect(call("frail", GUILT_FAULT, word) == RTOS_OK);
	expect_count("frail", 1, 3);
	expect(epoch_of("frail") == 0);
	expect(call("frail", GUILT_FAULT, word) == RTOS_NEW_EPOCH); /* in the middle of a call */
	expect(epoch_of("frail") == 1);
	expect_count("frail", 2, 1);
	expect(run("peer") == RTOS_NEW_EPOCH);
	expect(run("peer") == RTOS_OK); /* once */
	expect_count("frail", 2, 3);
}

/* The same for files: an open one is stale, and a new one can be opened at once. */
static void test_files(void)
{
	const uint64_t ramfs = programs_find("ramfs");
	int old = open("note", O_RDWR | O_CREAT), new;
	char bytes[8] = "";

	expect(old >= 0 && write(old, "before", 6) == 6);
	expect(kill_program(ramfs) == SUPERVISOR_OK);
	expect(lseek(old, 0, SEEK_SET) == 0 && read(old, bytes, 6) == 6);
	expect(kill_program(ramfs) == SUPERVISOR_OK && kill_program(ramfs) == SUPERVISOR_OK);
	expect(read(old, bytes, 6) == -1 && errno == ESTALE);
	expect(open("note", O_RDWR) == -1 && errno == ENOENT);
	new = open("note", O_RDWR | O_CREAT);
	expect(new >= 0 && write(new, "after", 5) == 5);
	expect(read(old, bytes, 6) == -1 && errno == ESTALE);
	expect(lseek(new, 0, SEEK_SET) == 0 && read(new, bytes, 8) == 5);
	/* A path is found again from the root on. */
	expect(kill_program(ramfs) == SUPERVISOR_OK);
	expect(open("note", O_RDWR) == -1 && errno == ENOENT);
	expect(read(new, bytes, 6) == -1 && errno == ESTALE);
}

/* ---- a server that can't run for a while ---- */

static void wait_for_starts(const char *name, uint64_t starts)
{
	for (uint32_t i = 0; i < TRIES && programs_starts(programs_find(name)) < starts; i++)
		sys_sleep(GUILT_PAUSE_MS / 10);
	expect(programs_starts(programs_find(name)) >= starts);
}

static void test_slow(void)
{
	volatile uint64_t *health =
	    (volatile uint64_t *)sys_given(RTOS_GIVEN_WINDOW, "health", 0)->address;
	uint64_t word[RTOS_WORDS] = {0}, level;
	enum rtos_status status = RTOS_OK;

	expect(call("weak", GUILT_COUNT, word) == RTOS_OK);
	*health = GUILT_SICK;
	expect(call("weak", GUILT_FAULT, word) == RTOS_NO_SERVER); /* not left waiting */
	wait_for_starts("weak", 6);
	(void)state_of("weak", &level);
	expect(level == 1);
	*health = 0;
	for (uint32_t i = 0; i < TRIES; i++) {
		status = call("weak", GUILT_COUNT, word);
		if (status != RTOS_NO_SERVER)
			break;
		sys_sleep(GUILT_PAUSE_MS / 10);
	}
	expect(status == RTOS_OK); /* nobody started it */
	expect(state_of("weak", &level) == POLICY_RUNS);
}

/* ---- time ---- */

static void test_computes(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	word[1] = 300;
	expect(call("timid", GUILT_SLEEP, word) == RTOS_OK &&
	       word[1] == 0); /* that isn't computing */
	expect(call("timid", GUILT_COMPUTE, word) == RTOS_OK && word[1] == 1);
}

/* It computes more than its share, but on behalf of its callers. */
static void test_busy(void)
{
	const uint64_t end = sys_now() + sys_ticks(GUILT_BUSY_MS);
	uint64_t word[RTOS_WORDS] = {0}, calls = 0;

	while (sys_now() < end) {
		expect(call("eager", GUILT_COUNT, word) == RTOS_OK);
		calls++;
	}
	expect(word[1] == 0 && calls > 100);
}

/* More than two heartbeats go by. The program with the CPU is blamed, if it has a limit. */
static void test_starved(void)
{
	uint64_t word[RTOS_WORDS] = {0};

	expect(programs_starts(programs_find("meek")) == 1);
	expect(call("hog", GUILT_LOOP, word) == RTOS_OK);
	wait_for_starts("hog", 2);
	expect(programs_starts(programs_find("meek")) == 1);
	expect(call("boundles", GUILT_LOOP, word) == RTOS_OK);
	sys_sleep(500);
	expect(programs_starts(programs_find("meek")) == 1);
	expect(programs_starts(programs_find("boundles")) == 1);
	expect(programs_stop(programs_find("boundles")) == SUPERVISOR_OK);
	sys_sleep(200);
	expect(programs_starts(programs_find("meek")) == 1);
}

int main(void)
{
	test_guilt();
	test_epoch();
	test_files();
	test_slow();
	test_computes();
	test_busy();
	test_starved();
	return expect_end();
}
