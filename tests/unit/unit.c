/*
 * main() of each unit test program: runs the tests that TEST() told of (unit.h), under cmocka. An
 * argument is a pattern: of the tests, those whose names it fits (`build/unit/frame/budget
 * 'test_a*'`).
 */
#include <stdlib.h>
#include <unit.h>

enum { MOST_TESTS = 256 };

static struct test {
	void (*run)(void);
	struct unit_fixture around;
} tests[MOST_TESTS];
static struct CMUnitTest list[MOST_TESTS];
static size_t count;

__attribute__((weak)) const struct unit_fixture unit_each = {NULL, NULL};
__attribute__((weak)) const struct unit_fixture unit_all = {NULL, NULL};

/* cmocka gives each function of a test the pointer that list has. */
static void run(void **state)
{
	((const struct test *)*state)->run();
}

static int set_up(void **state)
{
	((const struct test *)*state)->around.set_up();
	return 0;
}

static int tear_down(void **state)
{
	((const struct test *)*state)->around.tear_down();
	return 0;
}

void unit_add(const char *name, void (*test)(void), struct unit_fixture around)
{
	if (count == MOST_TESTS)
		abort();
	tests[count] = (struct test){test, around};
	list[count] = (struct CMUnitTest){.name = name,
	                                  .test_func = run,
	                                  .setup_func = around.set_up ? set_up : NULL,
	                                  .teardown_func = around.tear_down ? tear_down : NULL,
	                                  .initial_state = &tests[count]};
	count++;
}

static int set_up_all(void **state)
{
	(void)state;
	if (unit_all.set_up)
		unit_all.set_up();
	return 0;
}

static int tear_down_all(void **state)
{
	(void)state;
	if (unit_all.tear_down)
		unit_all.tear_down();
	return 0;
}

int main(int arguments, char **argument)
{
	/* Whatever a user has set: files are found in this tree, and nobody waits for longer. */
	unsetenv("KUMIKI_PATH");
	unsetenv("KUMIKI_PATIENCE");
	if (arguments > 1)
		cmocka_set_test_filter(argument[1]);
	return _cmocka_run_group_tests("tests", list, count, set_up_all, tear_down_all);
}
