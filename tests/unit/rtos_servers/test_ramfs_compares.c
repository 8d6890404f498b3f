/*
 * Errors of a damaged server of the RAM file system that it sees before it answers: bytes that
 * weren't copied, a wrong page, and words of calls that aren't the caller's.
 *
 * Shows: rtos.file-lies.
 */
#include "dying_stores.h"
#include <lib/crc32c.h>
#include <servers/ramfs/check.h>
#include <servers/ramfs/contents.h>
#include <servers/ramfs/inode.h>
#include <servers/ramfs/operate.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define PAGES  48
#define SIZE   5000u /* the file's size */
#define PIECE  600u  /* the size of a call */
#define CALLER 3

struct damaged {
	struct ramfs fs;
	uint8_t *memory;
	uint64_t id, identity;
	uint8_t buffer[2 * RAMFS_PAGE];
};

static struct ramfs_call damaged_call(struct damaged *it, uint32_t operation, uint64_t id,
                                      uint64_t word1, uint64_t word2)
{
	return (struct ramfs_call){.message.word = {FS_CALL(operation, id), word1, word2},
	                           .message.badge = CALLER + 1,
	                           .message.identity = ++it->identity,
	                           .buffer = it->buffer,
	                           .buffer_size = sizeof(it->buffer)};
}

static enum fs_status damaged_do(struct damaged *it, uint32_t operation, uint64_t id,
                                 uint64_t word1, uint64_t word2)
{
	struct ramfs_call call = damaged_call(it, operation, id, word1, word2);

	operate(&it->fs, &call);
	return (enum fs_status)call.message.word[0];
}

/* Begins a file system with a file of bytes 0x77. */
static void damaged_begin(struct damaged *it)
{
	const char *wrong;

	memset(it, 0, sizeof(*it));
	store_left = store_wrong = 0;
	it->memory = aligned_alloc(RAMFS_PAGE, (size_t)PAGES * RAMFS_PAGE);
	assert_non_null(it->memory);
	memset(it->memory, 0, (size_t)PAGES * RAMFS_PAGE);
	assert_int_equal(ramfs_open(&it->fs, it->memory, (uint64_t)PAGES * RAMFS_PAGE, 1, &wrong),
	                 RAMFS_NEW);
	it->fs.compares = true;
	assert_int_equal(damaged_do(it, FS_CREATE, FS_ROOT, FS_FILE, 'f'), FS_OK);
	it->id = inode_id(&it->fs, inode_at(&it->fs, 2));
	memset(it->buffer, 0x77, sizeof(it->buffer));
	assert_int_equal(damaged_do(it, FS_WRITE, it->id, 0, SIZE), FS_OK);
}

static const uint32_t damaged_operations[] = {FS_READ, FS_WRITE, FS_APPEND};

/* One byte isn't copied right. It is seen, and the same call is carried out once more. */
TEST(test_wrong_bytes_are_seen)
{
	struct damaged it;

	damaged_begin(&it);
	for (uint32_t i = 0; i < 2 * 3; i++) {
		it.fs.compares = i % 2 == 0;
		store_count = 0;
		store_wrong = 1;
		assert_int_equal(damaged_do(&it, damaged_operations[i / 2], it.id, 0, PIECE),
		                 it.fs.compares ? FS_FAILED : FS_OK);
		store_wrong = 0;
		assert_int_equal(damaged_do(&it, damaged_operations[i / 2], it.id, 0, PIECE),
		                 FS_OK);
	}
	/* Wrongly appended bytes don't become the file's. */
	assert_int_equal(inode_at(&it.fs, 2)->size, SIZE + 3 * PIECE);
	free(it.memory);
}

/* Two ways to one place lead to different pages: nothing is written over. */
TEST(test_wrong_page_stays)
{
	struct damaged it;
	struct ramfs_inode *inode;

	damaged_begin(&it);
	inode = inode_at(&it.fs, 2);
	memset(it.buffer, 0x33, sizeof(it.buffer));
	change_set(&it.fs, &inode->pages[0], inode->pages[1]);
	assert_int_equal(damaged_do(&it, FS_WRITE, it.id, 0, PIECE), FS_NO_SPACE);
	assert_int_equal(damaged_do(&it, FS_READ, it.id, 0, PIECE), FS_OK);
	assert_int_equal(it.buffer[0], 0x77);
	assert_int_equal(damaged_do(&it, FS_WRITE, it.id, 0, PIECE), FS_OK);
	free(it.memory);
}

/* A read ends only at the file's end. A hole reads as zeros. */
TEST(test_short_read_is_seen)
{
	struct damaged it;
	const struct ramfs *fs = &it.fs;

	damaged_begin(&it);
	assert_true(contents_are(fs, it.id, 100, it.buffer, 200, 200));
	assert_false(contents_are(fs, it.id, 100, it.buffer, 200, 201));
	assert_true(contents_are(fs, it.id, SIZE - 10, it.buffer, 10, 20));
	assert_false(contents_are(fs, it.id, SIZE - 10, it.buffer, 11, 11));
	assert_true(contents_are(fs, it.id, 1ULL << 40, it.buffer, 0, 20));
	assert_false(contents_are(fs, it.id, 100, it.buffer, 0, 20));
	assert_false(contents_are(fs, it.id + (1ULL << 24), 100, it.buffer, 200, 200));
	assert_int_equal(damaged_do(&it, FS_RESIZE, it.id, 20ULL * RAMFS_PAGE, 0), FS_OK);
	assert_false(contents_are(fs, it.id, 10ULL * RAMFS_PAGE, it.buffer, 200, 200));
	memset(it.buffer, 0, sizeof(it.buffer));
	assert_true(contents_are(fs, it.id, 10ULL * RAMFS_PAGE, it.buffer, 200, 200));
	free(it.memory);
}

static struct ramfs_call summed_call(struct damaged *it, uint32_t operation)
{
	struct ramfs_call call = damaged_call(it, operation, it->id, 0, PIECE);

	call.message.word[4] =
	    FS_SUM(crc32c(CALLER, call.message.word, FS_SUMMED * sizeof(call.message.word[0])));
	return call;
}

/*
 * Damage of each bit that the words' sum covers is seen, and another caller. Nothing is changed
 * then.
 */
TEST(test_damaged_words_are_seen)
{
	static uint8_t before[PAGES * RAMFS_PAGE];
	struct damaged it;

	damaged_begin(&it);
	memcpy(before, it.memory, sizeof(before));
	for (uint32_t i = 0; i < 3 * (FS_SUMMED * 64 + 1); i++) {
		struct ramfs_call call = summed_call(&it, damaged_operations[i % 3]);
		const uint32_t bit = i / 3;

		if (bit < FS_SUMMED * 64)
			call.message.word[bit / 64] ^= 1ULL << bit % 64;
		else
			call.message.badge++;
		if (FS_CALL_OPERATION(call.message.word[0]) != damaged_operations[i % 3])
			continue;
		operate(&it.fs, &call);
		assert_int_not_equal(call.message.word[0], FS_OK);
		assert_memory_equal(it.memory, before, sizeof(before));
	}
	free(it.memory);
}

/* The call has no sum of its words. */
TEST(test_another_operation_is_seen)
{
	struct damaged it;

	damaged_begin(&it);
	for (uint32_t i = 0; i < 3; i++) {
		struct ramfs_call call = damaged_call(&it, damaged_operations[i], it.id, 0, PIECE);

		store_damages = &call.message.word[0];
		operate(&it.fs, &call);
		assert_null(store_damages);
		assert_int_equal(call.message.word[0], FS_FAILED);
	}
	assert_int_equal(inode_at(&it.fs, 2)->size, SIZE); /* nothing was appended */
	free(it.memory);
}

/* The memory's begin and the inodes' begin are used only if they agree. */
TEST(test_damaged_pointers_are_seen)
{
	static uint8_t before[PAGES * RAMFS_PAGE];
	struct damaged it;
	struct ramfs made;

	damaged_begin(&it);
	made = it.fs;
	assert_true(ramfs_is_as_made(&it.fs, it.memory, sizeof(before)));
	memcpy(before, it.memory, sizeof(before));
	for (uint32_t i = 0; i < 3; i++) {
		it.fs.head = (struct ramfs_head *)(void *)(it.memory + 512);
		assert_int_not_equal(damaged_do(&it, damaged_operations[i], it.id, 0, PIECE),
		                     FS_OK);
		assert_false(ramfs_is_as_made(&it.fs, it.memory, sizeof(before)));
		assert_memory_equal(it.memory, before, sizeof(before));
		it.fs = made;
	}
	free(it.memory);
}

/* A caller that makes no sums gets none. */
TEST(test_answers_have_sums)
{
	struct damaged it;
	struct ramfs_call call;
	uint64_t sum;

	damaged_begin(&it);
	call = summed_call(&it, FS_READ);
	sum = call.message.word[4];
	operate(&it.fs, &call);
	assert_int_equal(call.message.word[0], FS_OK);
	assert_int_equal(call.message.word[4], sum + PIECE);
	call = damaged_call(&it, FS_READ, it.id, 0, PIECE);
	operate(&it.fs, &call);
	assert_int_equal(call.message.word[0], FS_OK);
	assert_int_equal(call.message.word[4], 0);
	free(it.memory);
}

/* The server checks itself before it answers a complaint. */
TEST(test_complaint_is_doubtful)
{
	struct damaged it;
	struct ramfs_call call;

	damaged_begin(&it);
	for (uint64_t complains = 0; complains <= FS_COMPLAINS; complains++) {
		call = summed_call(&it, FS_READ);
		call.message.word[5] = complains;
		operate(&it.fs, &call);
		assert_int_equal(call.message.word[0], FS_OK);
		assert_int_equal(operate_is_doubtful(&call), complains == FS_COMPLAINS);
	}
	free(it.memory);
}
