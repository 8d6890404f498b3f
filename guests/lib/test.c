/* SPDX-License-Identifier: MIT-0 */
/* Runs a program's tests[] on the target and counts: see guest/test.h. */
#include <guest/cpu.h>
#include <guest/crash.h>
#include <guest/test.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <stdio.h>
#include <string.h>

#define TEST_TOLD 20u /* the most lines in a second, in tests without end */

struct test_count {
	unsigned int passed, failed;
};

const void *test_tree;
static unsigned int test_bad_checks; /* failed checks of the running test */

bool test_check(bool good, const char *what, const char *file, int line)
{
	if (!good) {
		test_bad_checks++;
		printf("  %s:%d: not true: %s\n", file, line, what);
	}
	return good;
}

bool test_equal(uint64_t value, uint64_t want, const char *what, const char *file, int line)
{
	if (value != want) {
		test_bad_checks++;
		printf("  %s:%d: %s is 0x%lx, not 0x%lx\n", file, line, what, (unsigned long)value,
		       (unsigned long)want);
	}
	return value == want;
}

/* Why a test isn't possible here; NULL: it is. */
static const char *test_obstacle(const struct test *test)
{
	if (test->where == TEST_KUMIKI && !guest_under_kumiki())
		return "needs Kumiki";
	if (test->where == TEST_SMP && cpu_count() < 2)
		return "needs two CPUs";
	return NULL;
}

/* Runs all tests once. */
static void test_all(struct test_count *count, bool brief)
{
	for (const struct test *test = tests; test->name != NULL; test++) {
		const char *obstacle = test_obstacle(test);

		if (obstacle != NULL) {
			if (!brief)
				printf("test %s: skipped (%s)\n", test->name, obstacle);
			continue;
		}
		test_bad_checks = 0;
		test->run();
		if (test_bad_checks || !brief)
			printf("test %s: %s\n", test->name, test_bad_checks ? "FAILED" : "passed");
		if (test_bad_checks)
			count->failed++;
		else
			count->passed++;
	}
}

static void test_tell(const struct test_count *count)
{
	printf("tests: %u passed, %u failed\n", count->passed, count->failed);
}

/* True if the boot arguments say `without-end`. */
static bool test_without_end(void)
{
	const char *arguments =
	    test_tree ? tree_string(tree_named(test_tree, "chosen", 0), "bootargs", 0) : NULL;

	return arguments != NULL && strstr(arguments, "without-end") != NULL;
}

/* Runs the tests again and again, and prints one line for many rounds. */
static void test_forever(struct test_count *count)
{
	uint64_t told = time_counter();

	for (;;) {
		test_all(count, true);
		if (time_counter() - told < time_frequency() / TEST_TOLD)
			continue;
		test_tell(count);
		told = time_counter();
	}
}

/* An unexpected exception is a failure, and ends all tests. */
static void test_unexpected(const struct guest_frame *frame, uint64_t kind)
{
	printf(
	    "guest: unexpected exception %u on CPU %u: esr %08lx far %016lx pc %016lx lr %016lx\n",
	    (unsigned int)kind, cpu_number(), (unsigned long)frame->esr, (unsigned long)frame->far,
	    (unsigned long)frame->elr, (unsigned long)frame->x[30]);
	printf("tests: 0 passed, 1 failed\n");
	guest_power_off();
}

void guest_main(void *device_tree)
{
	struct test_count count = {0};

	crash_instead = test_unexpected;
	test_tree = device_tree;
	if (test_without_end())
		test_forever(&count);
	test_all(&count, false);
	test_tell(&count);
}
