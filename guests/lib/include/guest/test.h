/* SPDX-License-Identifier: MIT-0 */
/*
 * Tests on the target that judge themselves. A program defines tests[], whose last entry has no
 * name, and links with guests/lib/test.c. That runs the tests, prints a line for each and `tests: N
 * passed, N failed`, and switches the machine off. With the boot argument `without-end` it runs the
 * tests again and again. Then it prints failures, and at times the counts of all runs.
 */
#ifndef GUEST_TEST_H
#define GUEST_TEST_H

#include <stdbool.h>
#include <stdint.h>

enum test_where {
	TEST_ANYWHERE,
	TEST_KUMIKI, /* only as a partition: not on the bare machine */
	TEST_SMP,    /* needs two CPUs */
};

struct test {
	const char *name;
	void (*run)(void);
	enum test_where where;
};

extern const struct test tests[];

/* A failed check prints its place and its condition, and the test goes on. */
#define CHECK(condition) test_check((condition), #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(value, want)                                                                   \
	test_equal((uint64_t)(value), (uint64_t)(want), #value, __FILE__, __LINE__)

bool test_check(bool good, const char *what, const char *file, int line);
bool test_equal(uint64_t value, uint64_t want, const char *what, const char *file, int line);

/* The device tree that the program was started with. */
extern const void *test_tree;

#endif
