/* A program with FP registers. */
#include <libc/expect.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf back;

static void test_floating(void)
{
	char text[64];
	double number = 0;
	int whole = 0;

	snprintf(text, sizeof(text), "%.3f %e %g", 3.14159, 12345.678, 0.1);
	expect(strcmp(text, "3.142 1.234568e+04 0.1") == 0);
	expect(strtod("2.5e3x", NULL) == 2500);
	expect(sscanf("17 0.25", "%d %lf", &whole, &number) == 2 && whole == 17 && number == 0.25);
	expect(fabs(sqrt(2) * sqrt(2) - 2) < 1e-9);
	expect(fabs(sin(1) - 0.8414709848) < 1e-9);
}

static void test_jump(void)
{
	volatile int turns = 0;

	if (setjmp(back) < 3) {
		turns++;
		longjmp(back, turns);
	}
	expect(turns == 3);
}

static void at_exit(void)
{
	printf("flushed at the end");
}

int main(int argc, char **argv)
{
	common_tests(argc, argv);
	test_floating();
	test_jump();
	expect(atexit(at_exit) == 0);
	exit(expect_end());
}
