/* Counts what holds, and tells what doesn't. */
#ifndef TESTS_RTOS_LIBC_EXPECT_H
#define TESTS_RTOS_LIBC_EXPECT_H

#include <stdbool.h>

void expect_that(bool good, const char *what, const char *file, int line);
#define expect(condition) expect_that(condition, #condition, __FILE__, __LINE__)

/* Tells the counts; returns the exit value. */
int expect_end(void);

/* What both kinds of programs can do. */
void common_tests(int argc, char **argv);

#endif
