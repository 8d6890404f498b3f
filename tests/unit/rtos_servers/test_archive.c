/*
 * The boot file system: right archives are answered from as a model says, each way to spoil one is
 * found, and no archive makes it read outside.
 */
#include <proto/fs.h>
#include <servers/bootfs/answer.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define BLOCKS     40
#define ROUNDS     20000
#define NAME_PLACE 0
#define SIZE_PLACE 124
#define SUM_PLACE  148
#define TYPE_PLACE 156
#define LIST_MAX   16

static uint8_t tar[BLOCKS * ARCHIVE_BLOCK];
static uint32_t tar_end;

static void sum(uint8_t *header)
{
	unsigned total = 0;

	memset(header + SUM_PLACE, ' ', 8);
	for (size_t i = 0; i < ARCHIVE_BLOCK; i++)
		total += header[i];
	(void)snprintf((char *)header + SUM_PLACE, 8, "%06o", total);
}

/* As GNU tar writes it. NULL contents: a directory. */
static uint8_t *add(const char *path, const char *contents, uint32_t size)
{
	static const char magic[8] = {'u', 's', 't', 'a', 'r', '\0', '0', '0'};
	uint8_t *header = tar + (size_t)tar_end * ARCHIVE_BLOCK;

	memset(header, 0, ARCHIVE_BLOCK);
	(void)snprintf((char *)header, 100, "%s", path);
	memcpy(header + 257, magic, sizeof(magic));
	(void)snprintf((char *)header + SIZE_PLACE, 12, "%011o", size);
	header[TYPE_PLACE] = contents ? '0' : '5';
	sum(header);
	if (contents)
		memcpy(header + ARCHIVE_BLOCK, contents, size);
	tar_end += 1 + (size + ARCHIVE_BLOCK - 1) / ARCHIVE_BLOCK;
	return header;
}

static void make(void)
{
	static char large[1500];

	memset(tar, 0, sizeof(tar));
	tar_end = 0;
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)('a' + i % 26);
	(void)add("./", NULL, 0);
	(void)add("./motd", "hello\n", 6);
	(void)add("./bin/", NULL, 0);
	(void)add("./bin/large", large, sizeof(large));
	(void)add("./bin/deep/", NULL, 0);
	(void)add("./empty", "", 0);
	(void)add("./bin/deep/er", "x", 1);
}

static const char *check(size_t size)
{
	struct archive archive;
	uint32_t block;
	void *copy = malloc(size + 1);
	const char *wrong;

	assert_non_null(copy);
	memcpy(copy, tar, size);
	wrong = archive_open(&archive, copy, size, &block);
	free(copy);
	return wrong;
}

/* ---- a right archive ---- */

static struct archive opened;

static void open_it(void)
{
	uint32_t block;

	make();
	assert_null(archive_open(&opened, tar, sizeof(tar), &block));
}

static enum fs_status ask(uint32_t operation, uint64_t id, uint64_t word[8], uint8_t *buffer,
                          uint64_t size)
{
	word[0] = FS_CALL(operation, id);
	answer(&opened, word, buffer, size);
	return (enum fs_status)word[0];
}

static uint64_t look(uint64_t directory, const char *name, enum fs_status expected)
{
	uint64_t word[8] = {0};

	(void)snprintf((char *)&word[2], FS_NAME, "%s", name);
	assert_int_equal(ask(FS_LOOKUP, directory, word, NULL, 0), expected);
	return word[4];
}

TEST(test_names)
{
	uint64_t word[8] = {0}, bin, deep;

	open_it();
	bin = look(FS_ROOT, "bin", FS_OK);
	deep = look(bin, "deep", FS_OK);
	(void)look(FS_ROOT, "deep", FS_NOT_FOUND);
	(void)look(FS_ROOT, "bi", FS_NOT_FOUND);
	(void)look(bin, "largest", FS_NOT_FOUND);
	(void)look(FS_ROOT, "", FS_BAD);
	(void)look(FS_ROOT, "bin/deep", FS_BAD);
	(void)look(look(FS_ROOT, "motd", FS_OK), "x", FS_NOT_DIRECTORY);
	assert_int_equal(ask(FS_STATE, deep, word, NULL, 0), FS_OK);
	assert_int_equal(word[1], FS_DIRECTORY);
	assert_int_equal(word[3], bin);
	assert_int_equal(ask(FS_STATE, bin, word, NULL, 0), FS_OK);
	assert_int_equal(word[3], FS_ROOT);
	assert_int_equal(ask(FS_STATE, FS_ROOT, word, NULL, 0), FS_OK);
	assert_int_equal(word[3], FS_ROOT);
}

static uint32_t list(uint64_t directory, char names[LIST_MAX][FS_NAME])
{
	uint64_t word[8] = {0};
	uint32_t count = 0;

	while (ask(FS_LIST, directory, word, NULL, 0) == FS_OK && word[1] != FS_NONE) {
		assert_true(count < LIST_MAX);
		memcpy(names[count++], &word[2], FS_NAME);
	}
	assert_int_equal(word[1], FS_NONE);
	return count;
}

TEST(test_lists)
{
	char names[LIST_MAX][FS_NAME];

	open_it();
	assert_int_equal(list(FS_ROOT, names), 3);
	assert_string_equal(names[0], "motd");
	assert_string_equal(names[1], "bin");
	assert_string_equal(names[2], "empty");
	assert_int_equal(list(look(FS_ROOT, "bin", FS_OK), names), 2);
	assert_string_equal(names[0], "large");
	assert_string_equal(names[1], "deep");
}

static uint64_t read_at(uint64_t id, uint64_t offset, uint32_t count, uint32_t at, uint8_t *buffer,
                        enum fs_status expected)
{
	uint64_t word[8] = {0, offset, FS_PIECE(count, at)};

	assert_int_equal(ask(FS_READ, id, word, buffer, 1024), expected);
	return word[1];
}

TEST(test_reads)
{
	uint8_t *buffer = malloc(1024);
	uint64_t large;

	open_it();
	assert_non_null(buffer);
	large = look(look(FS_ROOT, "bin", FS_OK), "large", FS_OK);
	assert_int_equal(read_at(large, 0, 1024, 0, buffer, FS_OK), 1024);
	assert_int_equal(buffer[1023], 'a' + 1023 % 26);
	assert_int_equal(read_at(large, 1024, 1000, 24, buffer, FS_OK), 476);
	assert_int_equal(buffer[24], 'a' + 1024 % 26);
	assert_int_equal(read_at(large, 1500, 10, 0, buffer, FS_OK), 0);
	assert_int_equal(read_at(large, UINT64_MAX, 10, 0, buffer, FS_OK), 0);
	assert_int_equal(read_at(look(FS_ROOT, "empty", FS_OK), 0, 10, 0, buffer, FS_OK), 0);
	(void)read_at(large, 0, 1024, 1, buffer, FS_BAD);
	(void)read_at(large, 0, 1, UINT32_MAX, buffer, FS_BAD);
	(void)read_at(large, 0, 1, 0, NULL, FS_BAD);
	(void)read_at(FS_ROOT, 0, 1, 0, buffer, FS_IS_DIRECTORY);
	free(buffer);
}

/* Writing operations are refused, and ids that aren't a header's place. */
TEST(test_missing_operations_and_ids)
{
	uint64_t word[8] = {0}, known = 0;

	open_it();
	for (uint32_t i = FS_APPEND; i <= FS_RENAME; i++)
		assert_int_equal(ask(i, FS_ROOT, word, NULL, 0), FS_READ_ONLY);
	assert_int_equal(ask(FS_WRITE, FS_ROOT, word, NULL, 0), FS_READ_ONLY);
	assert_int_equal(ask(FS_RESIZE, FS_ROOT, word, NULL, 0), FS_READ_ONLY);
	assert_int_equal(ask(0, FS_ROOT, word, NULL, 0), FS_BAD);
	assert_int_equal(ask(99, FS_ROOT, word, NULL, 0), FS_BAD);
	for (uint64_t id = 0; id < 2 * BLOCKS; id++)
		known += ask(FS_STATE, id, word, NULL, 0) == FS_OK;
	assert_int_equal(known, 7);
	assert_int_equal(ask(FS_STATE, FS_ID(1, 1), word, NULL, 0), FS_GONE);
	assert_int_equal(ask(FS_USAGE, FS_ROOT, word, NULL, 0), FS_OK);
	assert_int_equal(word[3], 7);
}

/* ---- wrong archives ---- */

static void refused(uint8_t *header, const char *expected)
{
	const char *wrong;

	if (header)
		sum(header);
	wrong = check(sizeof(tar));
	assert_non_null(wrong);
	assert_non_null(strstr(wrong, expected));
}

static void refused_name(const char *path, const char *expected)
{
	make();
	refused(add(path, "x", 1), expected);
}

/* Shows: rtos.archive. */
TEST(test_names_that_cant_be)
{
	char path[101];

	refused_name("a//b", "a name is empty");
	refused_name("/a", "a name is empty");
	refused_name("bin/..", "a name is empty");
	refused_name("././x", "a name is empty");
	refused_name("bin/large/x", "its directory isn't");
	refused_name("nowhere/x", "its directory isn't");
	refused_name("./motd", "twice");
	refused_name("motd", "twice");
	memset(path, 'n', sizeof(path));
	path[48] = '\0';
	refused_name(path, "47 characters");
	memset(path, 'n', sizeof(path));
	make();
	memcpy(add("x", "x", 1), path, 100);
	refused(tar + (size_t)(tar_end - 2) * ARCHIVE_BLOCK, "99 characters");
}

/* Shows: rtos.archive. */
TEST(test_headers_that_cant_be)
{
	make();
	add("link", "", 0)[TYPE_PLACE] = '2';
	refused(tar + (size_t)(tar_end - 1) * ARCHIVE_BLOCK, "something else");
	make();
	memcpy(add("x", "", 0) + SIZE_PLACE, "77777777777", 12);
	refused(tar + (size_t)(tar_end - 1) * ARCHIVE_BLOCK, "behind the end");
	make();
	memcpy(add("x", "", 0) + SIZE_PLACE, "\x80", 1);
	refused(tar + (size_t)(tar_end - 1) * ARCHIVE_BLOCK, "behind the end");
	make();
	tar[NAME_PLACE + 50] ^= 1;
	refused(NULL, "no header");
	make();
	tar[257] = 'x';
	refused(tar, "no header");
}

/*
 * An archive is cut off anywhere. The rest is right, or refused.
 * Shows: rtos.archive.
 */
TEST(test_cut_short)
{
	make();
	for (size_t size = 0; size <= sizeof(tar); size += 100)
		(void)check(size);
}

static uint64_t random_state;

static uint32_t random_below(uint32_t most)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % most;
}

/*
 * Damaged headers get a right sum, so that the damage isn't found by the sum. Archives that pass
 * are walked.
 * Shows: rtos.archive.
 */
TEST(test_random_damage)
{
	uint32_t passed = 0;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct archive archive;
		uint32_t block;

		make();
		random_state = round;
		for (uint32_t i = 0; i <= random_below(4); i++) {
			uint8_t *header = tar + (size_t)random_below(tar_end) * ARCHIVE_BLOCK;

			header[random_below(4) ? SIZE_PLACE + random_below(12)
			                       : random_below(ARCHIVE_BLOCK)] =
			    (uint8_t)(random_below(2) ? '0' + random_below(8) : random_below(256));
			sum(header);
		}
		if (!archive_open(&archive, tar, sizeof(tar), &block)) {
			uint64_t word[8] = {0};

			opened = archive;
			while (ask(FS_LIST, FS_ROOT, word, NULL, 0) == FS_OK && word[1] != FS_NONE)
				;
			passed++;
		}
	}
	assert_true(passed > 0 && passed < ROUNDS);
}
