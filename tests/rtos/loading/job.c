/* A program from a file. Its first argument says what it does. */
#include <kumiki/rtos/manifest.h>
#include <rtos/sys.h>

/* A count in shared memory: each process adds one to it. */
static uint64_t job_tally(void)
{
	const struct rtos_given *window = sys_given(RTOS_GIVEN_WINDOW, "tally", 0);
	volatile uint64_t *count = (volatile uint64_t *)window->address;

	*count = *count + 1;
	return *count % 100;
}

/* Read-only for it: the kernel ends a program that writes there. */
static void job_fault(void)
{
	*(volatile char *)RTOS_START_PAGE = 1;
}

/* Variables that are set, and some that aren't, in pages of their own. */
static uint64_t job_data = 40, job_zeros[1024];

static uint64_t job_check(void)
{
	for (size_t i = 0; i < sizeof(job_zeros) / sizeof(job_zeros[0]); i += 64)
		job_data += job_zeros[i];
	return job_data++;
}

/* The number of arguments, and the last one's first character. */
static uint64_t job_arguments(const char *text, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		while (*text++ != '\0')
			;
	return count * 16 + (uint64_t)(*text - '0');
}

int main(void)
{
	uint32_t count;
	const char *what = sys_arguments(&count);

	switch (count == 0 ? '\0' : *what) {
	case 't':
		return (int)job_tally();
	case 'f':
		job_fault();
		return 1;
	case 's':
		for (;;)
			sys_sleep(1000);
	case 'a':
		return (int)job_arguments(what, count);
	default:
		return (int)job_check();
	}
}
