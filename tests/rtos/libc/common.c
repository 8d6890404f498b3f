/* The C library's functions, with FP registers and without. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libc/expect.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static _Thread_local volatile int begun = 42;
static _Thread_local volatile char zeros[32];
static int constructed;

__attribute__((constructor)) static void construct(void)
{
	constructed++;
}

static void test_start(int argc, char **argv)
{
	expect(argc == 3);
	expect(strncmp(argv[0], "libc-", 5) == 0);
	expect(strcmp(argv[1], "-v") == 0);
	expect(strcmp(argv[2], "two words") == 0);
	expect(argv[3] == NULL);
	argv[1][1] = 'w';
	expect(strcmp(argv[1], "-w") == 0);
	expect(constructed == 1);
	expect(begun == 42);
	for (size_t i = 0; i < sizeof(zeros); i++)
		expect(zeros[i] == 0);
	expect(getenv("HOME") == NULL);
	expect(setenv("HOME", "/", 1) == 0 && strcmp(getenv("HOME"), "/") == 0);
}

static void test_printf(void)
{
	const char *volatile long_text = "too long";
	char text[128];
	char *made = NULL;

	expect(snprintf(text, sizeof(text), "%d|%5u|%-5s|%05x|%c", -7, 8u, "abc", 0xbeefu, 'z') ==
	       22);
	expect(strcmp(text, "-7|    8|abc  |0beef|z") == 0);
	expect(snprintf(text, sizeof(text), "%" PRId64 " %" PRIx64 " %zu", INT64_MIN, UINT64_MAX,
	                (size_t)17) == 40);
	expect(strcmp(text, "-9223372036854775808 ffffffffffffffff 17") == 0);
	expect(snprintf(text, sizeof(text), "%lld", -5000000000LL) == 11);
	expect(strcmp(text, "-5000000000") == 0);
	expect(snprintf(text, 5, "%s", long_text) == 8 && strcmp(text, "too ") == 0);
	expect(asprintf(&made, "%d-%d", 12, 34) == 5 && strcmp(made, "12-34") == 0);
	free(made);
	expect(sprintf(text, "%p", (void *)0x1234) > 0 && strstr(text, "1234") != NULL);
}

static int compare(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

static void test_library(void)
{
	int numbers[] = {5, 3, 9, 1, 7};
	char text[] = "a,b,,c", *rest = text;

	qsort(numbers, 5, sizeof(int), compare);
	expect(numbers[0] == 1 && numbers[1] == 3 && numbers[4] == 9);
	expect(strtol("-0x1f", NULL, 16) == -31);
	expect(strcmp(strtok_r(rest, ",", &rest), "a") == 0);
	expect(strcmp(strtok_r(rest, ",", &rest), "b") == 0);
	expect(strcmp(strtok_r(rest, ",", &rest), "c") == 0);
	errno = 0;
	expect(strtol("99999999999999999999", NULL, 10) == INT64_MAX && errno == ERANGE);
}

/* All that the quota holds, and all of it again: nothing is lost by being freed. */
static unsigned take_all(void **list)
{
	unsigned count = 0;
	void **made;

	while ((made = malloc(1000)) != NULL) {
		memset(made, 0x5a, 1000);
		*made = *list;
		*list = made;
		count++;
	}
	return count;
}

static void give_all(void **list)
{
	while (*list != NULL) {
		void **next = **(void ***)list;

		free(*list);
		*list = next;
	}
}

static bool is_too_much(size_t size)
{
	void *made = malloc(size);
	const bool refused = made == NULL && errno == ENOMEM;

	free(made);
	return refused;
}

static void test_realloc(void)
{
	char *text = calloc(3, 5), *more;

	expect(text != NULL);
	if (text == NULL)
		return;
	expect(text[14] == 0);
	memcpy(text, "kept", 5);
	more = realloc(text, 5000);
	expect(more != NULL);
	if (more == NULL) {
		free(text);
		return;
	}
	expect(strcmp(more, "kept") == 0);
	free(more);
}

static void test_malloc(void)
{
	void *list = NULL, *large;
	unsigned first, second;

	expect(is_too_much((size_t)1 << 30));
	first = take_all(&list);
	expect(errno == ENOMEM);
	/* The rest of the quota beside the program and its stack. */
	expect(first >= 128);
	give_all(&list);
	second = take_all(&list);
	expect(second == first);
	give_all(&list);
	large = malloc(100000);
	expect(large != NULL);
	free(large);
}

static void test_descriptors(void)
{
	struct stat status;
	struct pollfd entry = {.fd = 1, .events = POLLOUT};
	char byte;

	expect(isatty(0) == 1 && isatty(1) == 1);
	expect(fstat(1, &status) == 0 && S_ISCHR(status.st_mode));
	expect(lseek(0, 0, SEEK_SET) == -1 && errno == ESPIPE);
	expect(read(1, &byte, 1) == -1 && errno == EBADF);
	expect(write(0, "x", 1) == -1 && errno == EBADF);
	expect(write(17, "x", 1) == -1 && errno == EBADF);
	expect(close(31) == -1 && errno == EBADF);
	expect(close(-1) == -1 && errno == EBADF);
	expect(isatty(9) == 0 && errno == EBADF);
	expect(poll(&entry, 1, -1) == 1 && entry.revents == POLLOUT);
	entry = (struct pollfd){.fd = 30, .events = POLLIN};
	expect(poll(&entry, 1, 0) == 1 && entry.revents == POLLNVAL);
}

static int64_t nanoseconds(void)
{
	struct timespec now;

	expect(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void test_time(void)
{
	const int64_t begin = nanoseconds();
	struct timespec time = {.tv_nsec = 3000000};
	struct pollfd nothing = {.fd = -1};

	expect(nanosleep(&time, NULL) == 0);
	expect(nanoseconds() - begin >= 3000000);
	expect(usleep(1000) == 0);
	expect(nanoseconds() - begin >= 4000000);
	expect(poll(&nothing, 1, 2) == 0);
	expect(nanoseconds() - begin >= 6000000);
	/* A time that has passed doesn't wait. */
	expect(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == 0);
	time.tv_nsec = 1000000000;
	expect(nanosleep(&time, NULL) == -1 && errno == EINVAL);
	expect(clock_gettime(CLOCK_REALTIME, &time) == -1 && errno == EINVAL);
	expect(clock_getres(CLOCK_MONOTONIC, &time) == 0 && time.tv_sec == 0 && time.tv_nsec > 0);
}

static int caught;

static void on_signal(int number)
{
	caught = number;
}

static void test_signals(void)
{
	expect(signal(SIGUSR1, on_signal) == SIG_DFL);
	expect(raise(SIGUSR1) == 0 && caught == SIGUSR1);
	caught = 0;
	expect(signal(SIGUSR1, on_signal) == SIG_DFL);
	expect(kill(getpid(), SIGUSR1) == 0 && caught == SIGUSR1);
	expect(signal(SIGUSR2, SIG_IGN) == SIG_DFL && kill(getpid(), SIGUSR2) == 0);
	expect(kill(getpid() + 1, SIGTERM) == -1 && errno == EPERM);
	expect(kill(getpid(), 0) == 0);
	expect(kill(getpid(), -1) == -1 && errno == EINVAL);
	expect(kill(getpid(), 1000) == -1 && errno == EINVAL);
}

void common_tests(int argc, char **argv)
{
	test_start(argc, argv);
	test_printf();
	test_library();
	test_realloc();
	test_malloc();
	test_descriptors();
	test_time();
	test_signals();
}
