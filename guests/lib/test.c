/* SPDX-License-Identifier: MIT-0 */
/* Runs a program's tests[] on the target and counts: see guest/test.h. */
#include <guest/cpu.h>
#include <guest/psci.h>
#include <guest/test.h>
#include <kumiki/hypercall.h>
#include <stdio.h>

const void *test_tree;
static unsigned int test_bad_checks; /* of the test that runs */

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

bool test_under_kumiki(void)
{
	struct psci_result id = psci_call4(KUMIKI_CALL_UID, 0, 0, 0);

	return (uint32_t)id.x[0] == KUMIKI_UID_0 && (uint32_t)id.x[1] == KUMIKI_UID_1 &&
	       (uint32_t)id.x[2] == KUMIKI_UID_2 && (uint32_t)id.x[3] == KUMIKI_UID_3;
}

/* Why a test doesn't apply here, or NULL. */
static const char *test_obstacle(const struct test *test)
{
	if (test->where == TEST_KUMIKI && !test_under_kumiki())
		return "needs Kumiki";
	if (test->where == TEST_SMP && cpu_count() < 2)
		return "needs two CPUs";
	return NULL;
}

void guest_main(void *device_tree)
{
	unsigned int passed = 0, failed = 0;

	test_tree = device_tree;
	for (const struct test *test = tests; test->name != NULL; test++) {
		const char *obstacle = test_obstacle(test);

		if (obstacle != NULL) {
			printf("test %s: skipped (%s)\n", test->name, obstacle);
			continue;
		}
		test_bad_checks = 0;
		test->run();
		printf("test %s: %s\n", test->name, test_bad_checks ? "FAILED" : "passed");
		if (test_bad_checks)
			failed++;
		else
			passed++;
	}
	printf("tests: %u passed, %u failed\n", passed, failed);
}
