/* Files by the C library, on the RAM file system, whose server is restarted at any moment. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libc/expect.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <templates/programs.h>
#include <unistd.h>

#define STARTS 50 /* of the server, while its files are written and read */

static void test_open(void)
{
	struct stat status;
	char text[16] = "";
	int file = open("/one", O_RDWR | O_CREAT | O_EXCL, 0666);

	expect(file == 3);
	expect(open("/one", O_RDWR | O_CREAT | O_EXCL, 0666) == -1 && errno == EEXIST);
	expect(open("/nothing", O_RDONLY) == -1 && errno == ENOENT);
	expect(write(file, "hello, world", 12) == 12);
	expect(lseek(file, 7, SEEK_SET) == 7 && read(file, text, 16) == 5);
	expect(strcmp(text, "world") == 0 && read(file, text, 16) == 0);
	expect(lseek(file, -5, SEEK_CUR) == 7 && write(file, "W", 1) == 1);
	expect(lseek(file, 0, SEEK_END) == 12 && lseek(file, -13, SEEK_END) == -1);
	expect(fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 12);
	expect(ftruncate(file, 5) == 0 && stat("/one", &status) == 0 && status.st_size == 5);
	expect(isatty(file) == 0 && errno == ENOTTY);
	expect(close(file) == 0 && close(file) == -1 && errno == EBADF);
	file = open("one", O_WRONLY | O_APPEND);
	expect(read(file, text, 1) == -1 && errno == EBADF);
	expect(lseek(file, 0, SEEK_SET) == 0 && write(file, "!", 1) == 1);
	expect(stat("/one", &status) == 0 && status.st_size == 6);
	expect(close(file) == 0 && close(open("/one", O_WRONLY | O_TRUNC)) == 0);
	expect(stat("/one", &status) == 0 && status.st_size == 0);
	expect(unlink("/one") == 0 && unlink("/one") == -1 && errno == ENOENT);
}

/* A file is always ready, also beside a console where nobody types. */
static void test_poll(void)
{
	const int file = open("/one", O_RDWR | O_CREAT, 0666);
	struct pollfd both[] = {{.fd = STDIN_FILENO, .events = POLLIN},
	                        {.fd = file, .events = POLLIN | POLLOUT}};

	expect(poll(both, 2, -1) == 1);
	expect(both[0].revents == 0 && both[1].revents == (POLLIN | POLLOUT));
	expect(close(file) == 0 && unlink("/one") == 0);
	expect(poll(&both[1], 1, -1) == 1 && both[1].revents == POLLNVAL);
}

static void test_directories(void)
{
	struct dirent *entry;
	unsigned seen = 0;
	DIR *directory;
	FILE *file;

	expect(mkdir("/d", 0777) == 0 && mkdir("/d", 0777) == -1 && errno == EEXIST);
	for (char name[] = "/d/a"; name[3] <= 'c'; name[3]++) {
		file = fopen(name, "w");
		expect(file != NULL && fclose(file) == 0);
	}
	expect(rename("/d/a", "/d/b") == 0);
	directory = opendir("/d");
	expect(directory != NULL);
	while (directory != NULL && (entry = readdir(directory)) != NULL)
		seen += entry->d_name[1] == '\0' ? 1U << (entry->d_name[0] - 'a') : 1000;
	expect(seen == 6);
	expect(directory != NULL && closedir(directory) == 0);
	expect(opendir("/d/b") == NULL && errno == ENOTDIR);
	expect(rmdir("/d") == -1 && errno == ENOTEMPTY);
	expect(rmdir("/d/b") == -1 && errno == ENOTDIR);
	expect(unlink("/d") == -1 && errno == EISDIR);
	expect(open("/d", O_RDWR) == -1 && errno == EISDIR);
	expect(remove("/d/b") == 0 && unlink("/d/c") == 0 && rmdir("/d") == 0);
}

/* The files of the boot image are below /boot, and nobody changes them. */
static void test_boot(void)
{
	const int file = open("/boot/text", O_RDONLY);
	char text[8] = "", more;
	struct stat status = {.st_size = 0};
	DIR *directory = opendir("/boot");
	const struct dirent *entry;
	bool seen = false;

	expect(file >= 0 && fstat(file, &status) == 0 && status.st_size > 4);
	expect(read(file, text, 4) == 4 && memcmp(text, "\177ELF", 4) != 0);
	expect(lseek(file, 0, SEEK_END) == status.st_size && read(file, &more, 1) == 0);
	expect(close(file) == 0);
	expect(stat("/boot/bin", &status) == 0 && S_ISDIR(status.st_mode));
	expect(open("/boot/nothing", O_RDONLY) == -1 && errno == ENOENT);
	expect(open("/boot/new", O_WRONLY | O_CREAT, 0666) == -1 && errno == EROFS);
	expect(open("/boot/text", O_WRONLY | O_TRUNC) == -1 && errno == EROFS);
	expect(unlink("/boot/text") == -1 && errno == EROFS);
	expect(rename("/boot/text", "/text") == -1 && errno == EXDEV);
	expect(rename("/boot/text", "/boot/other") == -1 && errno == EROFS);
	expect(open("/bootless", O_RDONLY) == -1 && errno == ENOENT);
	expect(directory != NULL);
	while (directory != NULL && (entry = readdir(directory)) != NULL)
		seen |= strcmp(entry->d_name, "text") == 0;
	expect(seen && directory != NULL && closedir(directory) == 0);
}

/* From one file system to the other, both open at the same time. */
static void test_copy(void)
{
	const int from = open("/boot/bin/job", O_RDONLY);
	const int to = open("/job", O_RDWR | O_CREAT | O_TRUNC, 0666);
	char bytes[1000], again[1000];
	ssize_t count;

	expect(from >= 0 && to >= 0);
	while ((count = read(from, bytes, sizeof(bytes))) > 0)
		expect(write(to, bytes, (size_t)count) == count);
	expect(count == 0 && lseek(from, 0, SEEK_CUR) == lseek(to, 0, SEEK_END));
	expect(lseek(from, 0, SEEK_SET) == 0 && lseek(to, 0, SEEK_SET) == 0);
	while ((count = read(from, bytes, sizeof(bytes))) > 0)
		expect(read(to, again, sizeof(again)) == count &&
		       memcmp(bytes, again, (size_t)count) == 0);
	expect(close(from) == 0 && close(to) == 0 && unlink("/job") == 0);
}

/* A stream: lines, more than its buffer and the file system's. */
static void test_stream(unsigned round)
{
	char line[64];
	FILE *file = fopen("/text", "w+");
	unsigned number = 0;

	expect(file != NULL);
	if (file == NULL)
		return;
	for (unsigned i = 0; i < 500; i++)
		expect(fprintf(file, "line %u of round %u\n", i, round) > 0);
	expect(fseek(file, 0, SEEK_SET) == 0);
	while (fgets(line, sizeof(line), file) != NULL) {
		char wanted[64];

		(void)snprintf(wanted, sizeof(wanted), "line %u of round %u\n", number++, round);
		expect(strcmp(line, wanted) == 0);
	}
	expect(number == 500 && feof(file) && !ferror(file));
	expect(fclose(file) == 0);
}

/* In one piece of many pages. */
static void test_large(void)
{
	enum { SIZE = 100000 };
	char *bytes = malloc(SIZE), *again = calloc(1, SIZE);
	const int file = open("/large", O_RDWR | O_CREAT, 0666);

	expect(bytes != NULL && again != NULL && file >= 0);
	if (bytes != NULL && again != NULL) {
		for (unsigned i = 0; i < SIZE; i++)
			bytes[i] = (char)(i * 7919 >> 5);
		expect(write(file, bytes, SIZE) == SIZE);
		expect(lseek(file, 0, SEEK_SET) == 0 && read(file, again, SIZE) == SIZE);
		expect(memcmp(bytes, again, SIZE) == 0);
	}
	free(bytes);
	free(again);
	expect(close(file) == 0 && unlink("/large") == 0);
}

int main(void)
{
	const uint64_t server = programs_find("ramfs");
	unsigned round = 0;

	while (programs_starts(server) < STARTS) {
		test_open();
		test_poll();
		test_directories();
		test_stream(round++);
		test_large();
		test_boot();
		test_copy();
	}
	printf("%u rounds, %u starts of the server\n", round, (unsigned)programs_starts(server));
	return expect_end();
}
