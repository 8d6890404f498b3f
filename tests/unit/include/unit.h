/*
 * Unit tests: each TEST() of a program's one test file tells unit.c of itself before main() begins.
 * What a test expects is asserted by cmocka. mk/unit.mk says how to add a test.
 *
 *   TEST(test_what_it_shows)
 *   {
 *           assert_int_equal(...);
 *   }
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What runs before and after, and asserts as tests do; either may be NULL. */
struct unit_fixture {
	void (*set_up)(void);
	void (*tear_down)(void);
};

/* A test file may define them: around each TEST() of its own, and around all tests together. */
extern const struct unit_fixture unit_each;
extern const struct unit_fixture unit_all;

void unit_add(const char *name, void (*test)(void), struct unit_fixture around);

/* Tests run in the order in which they stand in their file. */
#define TEST(name) UNIT_TEST(name, unit_each)
/* A test with a fixture of its own. */
#define TEST_WITH(name, set_up, tear_down)                                                         \
	UNIT_TEST(name, ((struct unit_fixture){set_up, tear_down}))

#define UNIT_FIRST_LINE 101 /* smaller priorities are the compiler's own */
#define UNIT_TEST(name, around)                                                                    \
	static void name(void);                                                                    \
	__attribute__((constructor(UNIT_FIRST_LINE + __LINE__))) static void name##_add(void)      \
	{                                                                                          \
		unit_add(#name, name, around);                                                     \
	}                                                                                          \
	static void name(void)

#endif
