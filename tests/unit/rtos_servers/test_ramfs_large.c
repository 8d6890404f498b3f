/*
 * Large files of the RAM file system are removed, emptied or cut. No call works for long. Their
 * remains go a piece at a time, also where the server ends behind each piece.
 *
 * Shows: rtos.files.
 */
#include <servers/ramfs/check.h>
#include <servers/ramfs/operate.h>
#include <servers/ramfs/pages.h>
#include <servers/ramfs/store.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

/* ---- counted stores ---- */

static uint32_t store_count;

void store_word(uint32_t *to, uint32_t value)
{
	store_count++;
	*to = value;
}

void store_bytes(void *to, const void *from, size_t size)
{
	store_count++;
	memcpy(to, from, size);
}

void store_zeros(void *to, size_t size)
{
	store_count++;
	memset(to, 0, size);
}

/* ---- a file system that one file fills ---- */

#define LARGE        2600 /* pages of the file system */
#define LARGE_STORES 160  /* the most of one call, without the copy of its contents */

struct large {
	struct ramfs fs;
	void *memory;
	uint64_t identity;
	uint64_t file, small; /* ids */
	uint32_t most;        /* stores of a call */
	uint8_t buffer[RAMFS_PAGE];
};

static uint64_t large_call(struct large *large, uint32_t operation, uint64_t id, uint64_t word1,
                           uint64_t word2)
{
	struct ramfs_call call = {.message.word = {FS_CALL(operation, id), word1, word2},
	                          .message.identity = ++large->identity,
	                          .buffer = large->buffer,
	                          .buffer_size = RAMFS_PAGE};

	store_count = 0;
	operate(&large->fs, &call);
	large->most = store_count > large->most ? store_count : large->most;
	return call.message.word[0] == FS_OK ? call.message.word[1]
	                                     : UINT64_MAX - call.message.word[0];
}

static void large_open(struct large *large, enum ramfs_found expected)
{
	const char *wrong;

	assert_int_equal(
	    ramfs_open(&large->fs, large->memory, (uint64_t)LARGE * RAMFS_PAGE, 1, &wrong),
	    expected);
}

/* Makes a small file, and one with all the other pages. Returns the number of these. */
static uint32_t large_begin(struct large *large)
{
	uint32_t pages = 0;

	memset(large, 0, sizeof(*large));
	large->memory = aligned_alloc(RAMFS_PAGE, (size_t)LARGE * RAMFS_PAGE);
	assert_non_null(large->memory);
	memset(large->memory, 0, (size_t)LARGE * RAMFS_PAGE);
	large_open(large, RAMFS_NEW);
	large->small = large_call(large, FS_CREATE, FS_ROOT, FS_FILE, 's');
	large->file = large_call(large, FS_CREATE, FS_ROOT, FS_FILE, 'f');
	memset(large->buffer, 0xab, RAMFS_PAGE);
	assert_int_equal(large_call(large, FS_WRITE, large->small, 0, 100), 100);
	while (large_call(large, FS_WRITE, large->file, (uint64_t)pages * RAMFS_PAGE, RAMFS_PAGE) ==
	       RAMFS_PAGE)
		pages++;
	assert_true(pages > 2100);
	large->most = 0;
	return pages;
}

/*
 * Reads do the rest of the work. The server ends behind each of them. Returns the number of reads.
 */
static uint32_t large_reads(struct large *large, uint32_t until)
{
	uint32_t reads = 0;

	for (; pages_free(&large->fs) < until; reads++) {
		assert_int_equal(large_call(large, FS_READ, large->small, 0, 100), 100);
		large_open(large, RAMFS_FOUND);
		assert_true(reads < LARGE);
	}
	return reads;
}

TEST(test_large_file_goes_in_pieces)
{
	struct large large;
	const uint32_t pages = large_begin(&large);

	assert_int_equal(pages_free(&large.fs), 0);
	assert_int_equal(large_call(&large, FS_REMOVE, FS_ROOT, 0, 'f'), 0);
	assert_true(pages_free(&large.fs) < pages / 50);
	assert_int_equal(large_call(&large, FS_STATE, large.file, 0, 0), UINT64_MAX - FS_GONE);
	assert_true(large_reads(&large, pages) > pages / 20);
	assert_true(large.most < LARGE_STORES);
	free(large.memory);
}

/*
 * The file is empty at once, and can be written anew at once. There is room for as much as before.
 */
TEST(test_large_file_is_emptied_in_pieces)
{
	struct large large;
	const uint32_t pages = large_begin(&large);

	assert_int_equal(large_call(&large, FS_RESIZE, large.file, 0, 0), 0);
	assert_true(pages_free(&large.fs) < pages / 50);
	for (uint32_t i = 0; i < pages; i++)
		assert_int_equal(large_call(&large, FS_APPEND, large.file, 0, RAMFS_PAGE),
		                 RAMFS_PAGE);
	assert_int_equal(large_call(&large, FS_APPEND, large.file, 0, 1), UINT64_MAX - FS_NO_SPACE);
	assert_true(large.most < 2 * LARGE_STORES);
	assert_null(fs_check(&large.fs));
	free(large.memory);
}

/* A file that is made longer before all of its former end is gone doesn't show the former bytes. */
TEST(test_large_file_is_cut_in_pieces)
{
	struct large large;
	const uint32_t pages = large_begin(&large);

	assert_int_equal(large_call(&large, FS_RESIZE, large.file, 5 * RAMFS_PAGE + 1, 0), 0);
	assert_true(pages_free(&large.fs) < pages / 50);
	(void)large_reads(&large, pages / 2);
	assert_true(large.most < LARGE_STORES);
	assert_int_equal(large_call(&large, FS_STATE, large.file, 0, 0), FS_FILE);
	assert_int_equal(large_call(&large, FS_WRITE, large.file, 9 * RAMFS_PAGE, 1), 1);
	for (uint32_t at = 5 * RAMFS_PAGE + 1; at < 9 * RAMFS_PAGE; at += RAMFS_PAGE) {
		large.buffer[0] = 0xff;
		assert_int_equal(large_call(&large, FS_READ, large.file, at, 1), 1);
		assert_int_equal(large.buffer[0], 0);
	}
	assert_null(fs_check(&large.fs));
	free(large.memory);
}
