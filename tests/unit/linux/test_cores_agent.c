/*
 * kumiki-cores: CPUs follow their cores' holders, from any earlier state. RCU is expedited only
 * meanwhile.
 *
 * Shows: cores.there-and-back.
 */
#include "fake_panel.h"
#include <cores.h>
#include <errno.h>
#include <kumiki/panel.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unit.h>

#define CPU2 "/sys/devices/system/cpu/cpu2/online"
#define CPU3 "/sys/devices/system/cpu/cpu3/online"
#define RCU  "/sys/kernel/rcu_expedited"

static const char *root;
static char *out, *err;

static void set_up(void)
{
	root = fake_tree_make();
	fake_panel_reset();
}

static void tear_down(void)
{
	free(out);
	free(err);
	out = err = NULL;
	fake_tree_remove();
}

const struct unit_fixture unit_each = {set_up, tear_down};

static int run(const char *option)
{
	char *arguments[] = {(char[]){"kumiki-cores"}, (char *)(uintptr_t)option};
	size_t out_size, err_size;

	free(out);
	free(err);
	FILE *to = open_memstream(&out, &out_size), *errors = open_memstream(&err, &err_size);
	const int result = agent_run(option != NULL ? 2 : 1, arguments, root, to, errors);

	(void)fclose(to);
	(void)fclose(errors);
	return result;
}

static char value(const char *path)
{
	char text[8] = "";

	(void)fake_tree_read(path, text, sizeof(text));
	return text[0];
}

static void expect(char second, char third)
{
	assert_int_equal(run("--once"), AGENT_DONE);
	assert_int_equal(value(CPU2), second);
	assert_int_equal(value(CPU3), third);
	assert_int_equal(value(RCU), '0');
}

#define ASKED(holder, wanted) (100ull << 24 | (wanted) << 8 | (holder))

TEST(right_cpus_stay)
{
	expect('1', '0');
	assert_string_equal(out, "");
}

TEST(a_requested_cpu_goes_off)
{
	fake_panel.hold[2] = ASKED(0, 2);
	expect('0', '0');
	assert_string_equal(out, "kumiki-cores: CPU 2 is off: its core is asked for other\n");
	expect('0', '0'); /* it waits until the frame has seen that */
	assert_string_equal(out, "");
	fake_panel.hold[2] = ASKED(2, 2);
	expect('0', '0');
	assert_int_equal(fake_panel.holds, 0);
}

TEST(a_held_cpu_comes_on)
{
	fake_panel.hold[3] = ASKED(0, 0);
	expect('1', '1');
	assert_string_equal(out, "kumiki-cores: CPU 3 is on: its core is held by linux\n");
}

/* The core stayed. */
TEST(a_request_that_is_over_does_not_count)
{
	fake_panel.hold[2] = ASKED(0, 2);
	fake_panel.counter = 101 << HOLD_TICK_SHIFT;
	expect('1', '0');
	fake_tree_write(CPU2, "0\n", 2);
	expect('1', '0');
}

/* Time passes while the agent looks. */
TEST(time_passes)
{
	fake_panel.hold[2] = ASKED(0, 2);
	fake_panel.step = 60 << HOLD_TICK_SHIFT;
	expect('1', '0');
	assert_non_null(strstr(out, "CPU 2 is off"));
	assert_non_null(strstr(out, "CPU 2 is on"));
}

TEST(rcu_is_left_as_it_was)
{
	fake_tree_write(RCU, "1\n", 2);
	fake_panel.hold[2] = ASKED(0, 2);
	assert_int_equal(run("--once"), AGENT_DONE);
	assert_int_equal(value(RCU), '1');
}

/* A file that refuses each write, with an error. */
TEST(a_refusal_of_the_kernel_is_told)
{
	assert_int_equal(unlink(fake_tree_path(CPU3)), 0);
	fake_panel.hold[3] = ASKED(0, 0);
	assert_int_equal(symlink("/dev/full", fake_tree_path(CPU3)), 0);
	assert_int_equal(run("--once"), AGENT_DONE);
	assert_non_null(strstr(err, "CPU 3 can't be switched on: No space left on device"));
	assert_int_equal(fake_panel.holds, 0);
}

/* True: the agent is ended at each write into one of the kernel's files. */
static bool is_ended;

ssize_t pwrite(int file, const void *bytes, size_t size, off_t place)
{
	if (is_ended)
		(void)raise(SIGTERM);
	return syscall(SYS_pwrite64, file, bytes, size, place);
}

/* An agent that is ended leaves RCU as it was, and the CPU in its right state. */
TEST(it_ends_between_two_steps)
{
	int status;

	fake_panel.hold[3] = ASKED(0, 0);
	const pid_t agent = fork();

	assert_return_code(agent, errno);
	if (agent == 0) {
		is_ended = true;
		_exit(run(NULL));
	}
	assert_int_equal(waitpid(agent, &status, 0), agent);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_int_equal(value(CPU3), '1');
	assert_int_equal(value(RCU), '0');
}

TEST(a_missing_file_is_named)
{
	assert_int_equal(unlink(fake_tree_path(CPU3)), 0);
	assert_int_equal(run("--once"), AGENT_FAILED);
	assert_non_null(strstr(err, "cpu3/online: No such file or directory"));
}

TEST(mistakes_are_named)
{
	assert_int_equal(run("--often"), AGENT_USAGE);
	assert_non_null(strstr(err, "usage: kumiki-cores"));
	fake_panel.magic = 1;
	assert_int_equal(run("--version"), AGENT_DONE); /* the version needs no panel */
	assert_string_equal(out, "kumiki-cores " KUMIKI_VERSION "\n");
	assert_int_equal(run("--once"), AGENT_NO_PANEL);
	assert_non_null(strstr(err, "isn't Kumiki's panel"));
}
