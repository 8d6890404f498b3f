/*
 * A program without FP registers. It also reads typed lines from the console, with the terminal's
 * echo and erasing. It ends by a failed assertion, which the supervisor reports.
 */
#include <assert.h>
#include <libc/expect.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void test_input(void)
{
	struct pollfd entry = {.fd = 0, .events = POLLIN};
	char line[64] = "";

	expect(poll(&entry, 1, 20) == 0);
	printf("type a line: ");
	expect(fgets(line, sizeof(line), stdin) == line);
	expect(strcmp(line, "a line\n") == 0);
	expect(poll(&entry, 1, -1) == 1 && entry.revents == POLLIN);
	expect(getchar() == 'x' && getchar() == '\n');
	expect(fgets(line, sizeof(line), stdin) == NULL && feof(stdin));
}

int main(int argc, char **argv)
{
	common_tests(argc, argv);
	test_input();
	if (expect_end() != 0)
		return 1;
	assert(argc == 99);
	return 0;
}
