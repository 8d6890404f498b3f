/*
 * Programs from Debian's source packages that want files: started from the boot image, they read
 * and write in the RAM file system, whose server is restarted at any moment. The packages' own
 * samples are the measure (bzip2), or the file after unpacking is the same.
 */
#include <fcntl.h>
#include <libc/expect.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <templates/programs.h>
#include <unistd.h>

/* ---- files ---- */

static bool copy(const char *from, const char *to)
{
	const int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	static char bytes[4096];
	ssize_t count;

	while ((count = read(in, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, (size_t)count) != count)
			break;
	return close(in) == 0 && close(out) == 0 && count == 0;
}

static bool same(const char *one, const char *other)
{
	const int a = open(one, O_RDONLY), b = open(other, O_RDONLY);
	static char bytes[4096], others[4096];
	ssize_t count, other_count;

	do {
		count = read(a, bytes, sizeof(bytes));
		other_count = read(b, others, sizeof(others));
	} while (count > 0 && count == other_count && memcmp(bytes, others, (size_t)count) == 0);
	return close(a) == 0 && close(b) == 0 && count == 0 && other_count == 0;
}

static off_t size_of(const char *path)
{
	struct stat told;

	return stat(path, &told) == 0 ? told.st_size : -1;
}

/* ---- programs ---- */

/* Its exit status; -1: it didn't exit. */
static int run(char *const argv[])
{
	char path[48];
	int status = -1;
	pid_t pid = 0;

	(void)snprintf(path, sizeof(path), "/boot/bin/%s", argv[0]);
	expect(posix_spawn(&pid, path, NULL, NULL, argv, NULL) == 0);
	expect(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define RUN(...) run((char *[]){__VA_ARGS__, NULL})

/* As its own `make check` has it: the same bytes, either way. */
static void test_bzip2(void)
{
	expect(copy("/boot/sample1.ref", "/text"));
	expect(RUN("bzip2", "-1", "-k", "/text") == 0);
	expect(same("/text.bz2", "/boot/sample1.bz2"));
	expect(unlink("/text") == 0);
	expect(RUN("bzip2", "-d", "/text.bz2") == 0);
	expect(same("/text", "/boot/sample1.ref") && size_of("/text.bz2") == -1);
	expect(unlink("/text") == 0);
}

/* Not one bit is lost, and one that is wrong is told. */
static void test_damaged(void)
{
	char byte = 0;
	int file;

	expect(copy("/boot/sample1.bz2", "/text.bz2"));
	file = open("/text.bz2", O_RDWR);
	expect(lseek(file, 20000, SEEK_SET) == 20000 && read(file, &byte, 1) == 1);
	byte ^= 4;
	expect(lseek(file, 20000, SEEK_SET) == 20000 && write(file, &byte, 1) == 1);
	expect(close(file) == 0);
	expect(RUN("bzip2", "-q", "-d", "/text.bz2") == 2);
	expect(size_of("/text.bz2") > 0 && size_of("/text") == -1);
	expect(unlink("/text.bz2") == 0);
}

static void test_minigzip(void)
{
	expect(copy("/boot/sample1.ref", "/text"));
	expect(RUN("minigzip", "-9", "/text") == 0);
	expect(size_of("/text") == -1 && size_of("/text.gz") > 0);
	expect(size_of("/text.gz") < size_of("/boot/sample1.ref") / 2);
	expect(RUN("minigzip", "-d", "/text.gz") == 0);
	expect(same("/text", "/boot/sample1.ref") && size_of("/text.gz") == -1);
	expect(unlink("/text") == 0);
}

/* Shown on the console. The host compares it with the same program's output there. */
static void test_figlet(void)
{
	expect(RUN("figlet", "-w", "76", "Kumiki", "runs") == 0);
	expect(RUN("figlet", "-f", "nothing", "text") == 1);
}

int main(void)
{
	const uint64_t server = programs_find("ramfs"), before = programs_starts(server);

	test_bzip2();
	test_damaged();
	test_minigzip();
	test_figlet();
	printf("the file system was restarted %u times\n",
	       (unsigned)(programs_starts(server) - before));
	expect(programs_starts(server) - before > 10);
	return expect_end();
}
