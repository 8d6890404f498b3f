/* See expect.h. */
#include <libc/expect.h>
#include <stdio.h>

/* Threads on several CPUs count. */
static _Atomic unsigned passed, failed;

void expect_that(bool good, const char *what, const char *file, int line)
{
	if (good) {
		passed++;
		return;
	}
	failed++;
	printf("%s:%d: FAILED: %s\n", file, line, what);
}

int expect_end(void)
{
	printf("tests: %u passed, %u failed\n", passed, failed);
	return failed != 0;
}
