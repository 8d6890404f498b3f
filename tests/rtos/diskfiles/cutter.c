/*
 * Writes files of a disk in rounds until the power goes, which the host does
 * (tests/system/test_rtos_diskfs.py). Round n: each file's contents become those of n, then a new
 * file with n takes the name "state"; then all is synced, and said. So at any moment the files have
 * n up to one of them, and n - 1 from there on.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <libc/expect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES 8
#define LINES 700
#define LINE  9

static char text[LINES * LINE + 1];

static void fill(uint32_t round)
{
	for (uint32_t i = 0; i < LINES; i++)
		(void)snprintf(text + (size_t)i * LINE, LINE + 1, "%08" PRIu32 "\n", round);
}

/* In one call, so the file has either all of it or nothing. */
static void put(const char *path, size_t size)
{
	const int file = open(path, O_WRONLY | O_CREAT, 0666);

	expect(write(file, text, size) == (ssize_t)size && close(file) == 0);
}

/* The round that the disk has. */
static uint32_t begin(void)
{
	char state[LINE + 1] = "0";
	const int file = open("/disk/state", O_RDONLY);

	if (file >= 0) {
		expect(read(file, state, LINE) == LINE);
		(void)close(file);
	}
	return (uint32_t)strtoul(state, NULL, 10);
}

int main(void)
{
	char path[24];
	uint32_t round = begin();

	printf("BEGAN %" PRIu32 "\n", round);
	for (;;) {
		round++;
		fill(round);
		for (uint32_t i = 0; i < FILES; i++) {
			(void)snprintf(path, sizeof(path), "/disk/file%" PRIu32, i);
			put(path, sizeof(text) - 1);
			printf("WROTE %" PRIu32 ".%" PRIu32 "\n", round, i);
		}
		put("/disk/new", LINE);
		expect(rename("/disk/new", "/disk/state") == 0);
		sync();
		printf("SYNCED %" PRIu32 "\n", round);
	}
}
