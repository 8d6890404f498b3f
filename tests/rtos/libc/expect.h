/* Counts the checks of a test program, and prints the failed ones. */
#ifndef TESTS_RTOS_LIBC_EXPECT_H
#define TESTS_RTOS_LIBC_EXPECT_H

#include <stdbool.h>

void expect_that(bool good, const char *what, const char *file, int line);
#define expect(condition) expect_that(condition, #condition, __FILE__, __LINE__)

/* Prints the counts; returns the exit value. */
int expect_end(void);

/* The tests for both kinds of programs. */
void common_tests(int argc, char **argv);

#endif
