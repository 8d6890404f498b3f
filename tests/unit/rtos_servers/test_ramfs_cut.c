/*
 * A file of the RAM file system is cut at any place among its indexes, and made longer at once.
 * Bytes behind the end aren't seen again, and bytes before it stay, also where the server dies at
 * any of its stores.
 *
 * Shows: rtos.files.
 */
#include "dying_stores.h"
#include <servers/ramfs/check.h>
#include <servers/ramfs/inode.h>
#include <servers/ramfs/operate.h>
#include <servers/ramfs/pages.h>
#include <servers/ramfs/store.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

/* ---- a file with pages at few places ---- */

#define PAGES 64
#define FAR   3200 /* a place behind all others */

/* The first and the last places of each index, and some between. */
static const uint32_t places[] = {0,    2,    7,    8,    9,    300,  301,  1031,
                                  1032, 1033, 1500, 2055, 2056, 2057, 2500, 3100};
#define PLACES (sizeof(places) / sizeof(places[0]))

struct cut {
	struct ramfs fs;
	uint8_t *memory, *before; /* before: the memory before the tried call */
	uint64_t identity, file;
	uint32_t free; /* pages, without the file's */
	uint8_t buffer[8];
};

static void cut_open(struct cut *cut, enum ramfs_found expected)
{
	const char *wrong;

	assert_int_equal(ramfs_open(&cut->fs, cut->memory, (uint64_t)PAGES * RAMFS_PAGE, 1, &wrong),
	                 expected);
	cut->fs.piece = 1; /* the file is small */
}

static uint64_t cut_call(struct cut *cut, uint32_t operation, uint64_t id, uint64_t word1,
                         uint64_t word2, uint32_t deliveries)
{
	struct ramfs_call call = {.message.word = {FS_CALL(operation, id), word1, word2},
	                          .message.identity = cut->identity,
	                          .message.deliveries = deliveries,
	                          .buffer = cut->buffer,
	                          .buffer_size = sizeof(cut->buffer)};

	operate(&cut->fs, &call);
	assert_int_equal(call.message.word[0], FS_OK);
	return call.message.word[1];
}

static uint64_t cut_new_call(struct cut *cut, uint32_t operation, uint64_t id, uint64_t word1,
                             uint64_t word2)
{
	cut->identity++;
	return cut_call(cut, operation, id, word1, word2, 0);
}

static void cut_begin(struct cut *cut)
{
	const size_t size = (size_t)PAGES * RAMFS_PAGE;

	memset(cut, 0, sizeof(*cut));
	cut->memory = aligned_alloc(RAMFS_PAGE, size);
	cut->before = malloc(size);
	assert_true(cut->memory && cut->before);
	memset(cut->memory, 0, size);
	cut_open(cut, RAMFS_NEW);
	cut->file = cut_new_call(cut, FS_CREATE, FS_ROOT, FS_FILE, 'f');
	cut->free = pages_free(&cut->fs);
	for (uint32_t i = 0; i < PLACES; i++) {
		memset(cut->buffer, (int)i + 1, sizeof(cut->buffer));
		cut_new_call(cut, FS_WRITE, cut->file, (uint64_t)places[i] * RAMFS_PAGE, 8);
	}
}

static void cut_end(struct cut *cut)
{
	free(cut->memory);
	free(cut->before);
}

/* Reads the whole file: written bytes before the end of `keep` pages, and zeros behind it. */
static void cut_look(struct cut *cut, uint32_t keep)
{
	for (uint32_t i = 0; i < PLACES; i++) {
		const uint8_t expected = places[i] < keep ? (uint8_t)(i + 1) : 0;

		cut->buffer[0] = 0xff;
		assert_int_equal(
		    cut_new_call(cut, FS_READ, cut->file, (uint64_t)places[i] * RAMFS_PAGE, 1), 1);
		assert_int_equal(cut->buffer[0], expected);
	}
	assert_null(fs_check(&cut->fs));
}

/* Removes the file. Checks that no page is lost, also of those that another inode took. */
static void cut_give_back(struct cut *cut)
{
	cut_new_call(cut, FS_REMOVE, FS_ROOT, 0, 'f');
	do
		inode_finish_some(&cut->fs);
	while (cut->fs.unfinished);
	assert_int_equal(pages_free(&cut->fs), cut->free);
	assert_null(fs_check(&cut->fs));
}

/* ---- made longer ---- */

static void longer(struct cut *cut, uint32_t operation, uint32_t deliveries)
{
	const uint64_t word1 = operation == FS_RESIZE ? (uint64_t)FAR * RAMFS_PAGE
	                                              : (uint64_t)(FAR - 1) * RAMFS_PAGE + 1;

	memset(cut->buffer, 0, sizeof(cut->buffer));
	cut_call(cut, operation, cut->file, word1, 8, deliveries);
	if (operation == FS_APPEND)
		cut_new_call(cut, FS_RESIZE, cut->file, (uint64_t)FAR * RAMFS_PAGE, 0);
}

/* True: the server died at that store, and its successor got the call. */
static bool dies_at(struct cut *cut, uint32_t operation, uint32_t store)
{
	memcpy(cut->memory, cut->before, (size_t)PAGES * RAMFS_PAGE);
	cut_open(cut, RAMFS_FOUND);
	cut->identity++;
	store_left = store;
	if (setjmp(store_end) == 0) {
		longer(cut, operation, 0);
		store_left = 0;
		return false;
	}
	store_left = 0;
	cut_open(cut, RAMFS_FOUND);
	longer(cut, operation, 1);
	return true;
}

static void cut_and_longer(uint32_t keep, uint32_t operation)
{
	struct cut cut;

	cut_begin(&cut);
	cut_new_call(&cut, FS_RESIZE, cut.file, (uint64_t)keep * RAMFS_PAGE, 0);
	memcpy(cut.before, cut.memory, (size_t)PAGES * RAMFS_PAGE);
	for (uint32_t store = 1; dies_at(&cut, operation, store); store++)
		cut_look(&cut, keep);
	cut_look(&cut, keep);
	cut_give_back(&cut);
	cut_end(&cut);
}

static void everywhere(uint32_t operation)
{
	for (uint32_t i = 0; i < PLACES; i++) {
		cut_and_longer(places[i], operation);
		cut_and_longer(places[i] + 1, operation);
	}
}

TEST(test_written)
{
	everywhere(FS_WRITE);
}

TEST(test_resized)
{
	everywhere(FS_RESIZE);
}

TEST(test_appended)
{
	everywhere(FS_APPEND);
}

/* No inode can take the pages behind the end: all of them go at once. */
TEST(test_no_inode)
{
	struct cut cut;

	cut_begin(&cut);
	for (uint64_t i = 1; inode_free(&cut.fs) != 0; i++)
		cut_new_call(&cut, FS_CREATE, FS_ROOT, FS_FILE, 'g' + i);
	cut_new_call(&cut, FS_RESIZE, cut.file, 300ULL * RAMFS_PAGE, 0);
	cut.identity++;
	longer(&cut, FS_RESIZE, 0);
	assert_int_equal(inode_at(&cut.fs, FS_ID_NUMBER(cut.file))->state, RAMFS_FILE);
	cut_look(&cut, 300);
	cut_end(&cut);
}
