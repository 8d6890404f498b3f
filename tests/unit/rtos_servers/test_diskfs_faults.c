/*
 * Promises of the disk file system's server to its clients when something fails: its own end
 * between a write and the flush behind it, calls that come again after others, and a disk that
 * fails for a moment or can't be written.
 * Shows: rtos.diskfs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diskfs_load.h"
#include <lib/crc32c.h>
#include <servers/diskfs/directory.h>
#include <servers/diskfs/mount.h>
#include <unit.h>

#define KEPT_SIZE (512 * 1024)
#define LARGEST   (64u * 1024)

static struct load load;
static struct memory_disk disk;
static uint8_t kept[KEPT_SIZE] __attribute__((aligned(4096)));
static uint8_t bytes[LARGEST];

static void begin(uint64_t seed, uint32_t blocks)
{
	memset(kept, 0, sizeof(kept));
	memory_disk_begin(&disk, blocks);
	load_begin(&load, &disk, seed, kept, sizeof(kept));
}

static void end(void)
{
	load_end(&load);
	memory_disk_end(&disk);
}

static struct diskfs_call call_of(uint64_t operation, uint64_t id, uint64_t word1, const char *name)
{
	struct diskfs_call call = {.word = {FS_CALL(operation, id), word1},
	                           .identity = load.identity++,
	                           .buffer = bytes,
	                           .buffer_size = sizeof(bytes)};

	if (name)
		memcpy(&call.word[2], name, strlen(name) + 1);
	return call;
}

static struct diskfs_call make_call(uint64_t operation, uint64_t id, uint64_t word1,
                                    const char *name)
{
	struct diskfs_call call = call_of(operation, id, word1, name);

	operate(&load.fs, &call);
	return call;
}

static enum fs_status status_of(uint64_t operation, uint64_t id, uint64_t word1, const char *name)
{
	return (enum fs_status)make_call(operation, id, word1, name).word[0];
}

static uint64_t make(const char *name)
{
	const struct diskfs_call call = make_call(FS_CREATE, FS_ROOT, FS_FILE, name);

	assert_int_equal(call.word[0], FS_OK);
	return call.word[1];
}

static struct diskfs_call bytes_call(uint64_t operation, uint64_t id, uint64_t offset,
                                     uint32_t count)
{
	struct diskfs_call call = call_of(operation, id, offset, NULL);

	call.word[2] = FS_PIECE(count, 0);
	call.word[3] = FS_SUM(crc32c(0, bytes, count));
	return call;
}

static enum fs_status write_block(uint64_t id, uint32_t block)
{
	struct diskfs_call call =
	    bytes_call(FS_WRITE, id, (uint64_t)block * DISKFS_BLOCK, DISKFS_BLOCK);

	operate(&load.fs, &call);
	return (enum fs_status)call.word[0];
}

static void sync_now(void)
{
	assert_int_equal(status_of(FS_SYNC, FS_ROOT, 0, NULL), FS_OK);
}

/* ---- flushes ---- */

/*
 * Checks the calls for a sync that was answered with FS_OK: the last write has a flush behind it.
 * The notes since `trouble` begin with a flush. Until then the found root may be in the disk's
 * cache only, and the other root's blocks mustn't be written.
 */
static void assert_flushed(uint32_t trouble)
{
	sync_now();
	assert_true(disk.note_count > trouble);
	assert_int_equal(disk.notes[trouble].kind, NOTE_FLUSH);
	assert_int_equal(disk.notes[disk.note_count - 1].kind, NOTE_FLUSH);
}

/* The server ends at each of a commit's calls. */
TEST(test_ends_in_a_commit)
{
	volatile uint32_t deaths = 0;
	uint64_t id;

	begin(21, 400);
	id = make("a");
	sync_now();
	memory_disk_note(&disk);
	for (volatile uint32_t at = 1; at <= deaths + 1; at++) {
		assert_int_equal(write_block(id, 0), FS_OK);
		disk.dies_at = disk.calls + at;
		if (setjmp(disk.death) == 0) {
			sync_now();
			continue;
		}
		deaths++;
		load_again(&load);
		assert_flushed(disk.note_count);
		load_check(&load.fs);
	}
	assert_int_equal(deaths, 4);
	end();
}

/* Each of a commit's calls fails once. */
TEST(test_fails_in_a_commit)
{
	uint32_t failures = 0;
	uint64_t id;

	begin(22, 400);
	id = make("a");
	sync_now();
	memory_disk_note(&disk);
	for (uint32_t at = 1; at <= failures + 1; at++) {
		assert_int_equal(write_block(id, 0), FS_OK);
		disk.call_fails = disk.calls + at;
		if (status_of(FS_SYNC, FS_ROOT, 0, NULL) == FS_OK)
			continue;
		failures++;
		assert_flushed(disk.note_count);
		load_check(&load.fs);
	}
	assert_int_equal(failures, 4);
	end();
}

/* Without a call for it, the server syncs by itself, a second after its start. */
TEST(test_is_unsaved_at_first)
{
	begin(23, 400);
	assert_true(operate_is_unsaved(&load.fs));
	assert_true(operate_sync(&load.fs));
	assert_false(operate_is_unsaved(&load.fs));
	disk.disk.read_only = true;
	load_again(&load);
	assert_false(operate_is_unsaved(&load.fs));
	end();
}

/* ---- once only ---- */

static uint64_t size_of(uint64_t id)
{
	return make_call(FS_STATE, id, 0, NULL).word[2];
}

/* The repeated call has its first answer. */
static void assert_made_once(const struct diskfs_call *asked, const struct diskfs_call *answer)
{
	struct diskfs_call again = *asked;

	again.deliveries = 1;
	operate(&load.fs, &again);
	assert_int_equal(answer->word[0], FS_OK);
	assert_memory_equal(again.word, answer->word, 3 * sizeof(again.word[0]));
}

/* A more urgent client comes between the server's end and the call that comes again. */
TEST(test_urgent_call_between)
{
	struct diskfs_call append, create, answer;
	uint64_t id;

	begin(24, 400);
	id = make("a");
	append = answer = bytes_call(FS_APPEND, id, 0, 100);
	operate(&load.fs, &answer);
	load_again(&load);
	(void)make("b");
	sync_now();
	assert_made_once(&append, &answer);
	assert_int_equal(size_of(id), 100);

	create = answer = call_of(FS_CREATE, FS_ROOT, FS_FILE, "c");
	operate(&load.fs, &answer);
	for (uint32_t i = 0; i < KEPT_ANSWERS - 4; i++) {
		char name[8];

		load_again(&load);
		(void)snprintf(name, sizeof(name), "u%u", i);
		(void)make(name);
		sync_now();
	}
	assert_made_once(&create, &answer);
	end();
}

/* No call is forgotten by a disk that fails, for any number of mounts. */
TEST(test_failing_disk_between)
{
	struct diskfs_call append, answer;
	uint64_t id;

	begin(25, 400);
	id = make("a");
	append = answer = bytes_call(FS_APPEND, id, 0, 100);
	operate(&load.fs, &answer);
	load_again(&load);
	(void)make("b");
	disk.flush_fails = true;
	for (uint32_t i = 0; i < 2 * KEPT_ANSWERS; i++)
		assert_int_equal(status_of(FS_SYNC, FS_ROOT, 0, NULL), FS_FAILED);
	disk.flush_fails = false;
	sync_now();
	assert_made_once(&append, &answer);
	end();
}

/* The server's own changes have no call. */
TEST(test_own_change_between)
{
	const uint64_t name[FS_NAME_WORDS] = {'q'};
	struct diskfs_call append, answer;
	uint64_t id;

	begin(26, 400);
	id = make("a");
	append = answer = bytes_call(FS_APPEND, id, 0, 100);
	operate(&load.fs, &answer);
	for (uint32_t i = 0; i < 3; i++) {
		load_again(&load);
		assert_int_equal(operate_quota(&load.fs, name, 10), FS_OK);
	}
	sync_now();
	assert_made_once(&append, &answer);
	end();
}

/* An append that was made isn't undone, even if it is a part of the asked one. */
TEST(test_part_of_an_append)
{
	const uint32_t most = DISKFS_PIECE * DISKFS_BLOCK - (DISKFS_BLOCK - 1);
	struct diskfs_call call;
	uint64_t id;

	begin(27, 400);
	id = make("a");
	call = bytes_call(FS_APPEND, id, 0, LARGEST);
	operate(&load.fs, &call);
	assert_int_equal(call.word[0], FS_OK);
	assert_int_equal(call.word[1], most);
	assert_false(operate_is_doubtful(&call));
	/* The call's sum is that of all bytes. */
	call = bytes_call(FS_APPEND, id, 0, LARGEST);
	bytes[LARGEST - 1] ^= 1;
	operate(&load.fs, &call);
	assert_int_equal(call.word[0], FS_WRONG_SUM);
	assert_true(operate_is_doubtful(&call));
	assert_int_equal(size_of(id), most);
	end();
}

/* ---- removed files ---- */

static uint64_t free_blocks(void)
{
	return make_call(FS_USAGE, FS_ROOT, 0, NULL).word[2];
}

static void finish(void)
{
	while (operate_is_unfinished(&load.fs))
		operate_finish(&load.fs);
	sync_now();
	load_check(&load.fs);
}

/* Removes a file of 150 blocks from a disk that fails to read its index. */
static void remove_in_trouble(void)
{
	const uint64_t id = make("large");

	for (uint32_t i = 0; i < 150; i++)
		assert_int_equal(write_block(id, i), FS_OK);
	sync_now();
	disk.fails_at = cache_find(&load.fs.cache, CACHE_KEY(FS_ID_NUMBER(id), 1, 0))->block;
	load_again(&load);
	assert_int_equal(status_of(FS_REMOVE, FS_ROOT, 0, "large"), FS_OK);
	while (operate_is_unfinished(&load.fs))
		operate_finish(&load.fs);
	assert_int_not_equal(load.fs.root.orphan, 0);
}

TEST(test_space_after_trouble)
{
	uint64_t id, free;

	begin(28, 400);
	id = make("a");
	sync_now();
	free = free_blocks();
	remove_in_trouble();
	disk.fails_at = 0;
	for (uint32_t i = 0; i < free - 8; i++)
		assert_int_equal(write_block(id, i), FS_OK);
	finish();
	end();
}

TEST(test_other_file_after_trouble)
{
	uint64_t free;

	begin(29, 400);
	(void)make("a");
	sync_now();
	free = free_blocks();
	remove_in_trouble();
	disk.fails_at = 0;
	assert_int_equal(status_of(FS_REMOVE, FS_ROOT, 0, "a"), FS_OK);
	finish();
	assert_true(free_blocks() >= free);
	end();
}

/* A block that stays unreadable isn't tried for ever, and the rest goes on. */
TEST(test_trouble_that_stays)
{
	uint32_t pieces = 0, block = 0;
	enum fs_status status;
	uint64_t id;

	begin(30, 400);
	id = make("a");
	(void)make("b");
	remove_in_trouble();
	assert_int_equal(status_of(FS_REMOVE, FS_ROOT, 0, "b"), FS_OK);
	for (; operate_is_unfinished(&load.fs) && pieces < 10; pieces++)
		operate_finish(&load.fs);
	assert_int_equal(pieces, 2);
	do
		status = write_block(id, block++);
	while (status == FS_OK);
	assert_true(block > 100);
	assert_true(status == FS_NO_SPACE || status == FS_FAILED);
	assert_false(operate_is_unfinished(&load.fs));
	assert_int_equal(status_of(FS_REMOVE, FS_ROOT, 0, "a"), FS_OK);
	for (pieces = 0; operate_is_unfinished(&load.fs) && pieces < 10; pieces++)
		operate_finish(&load.fs);
	assert_true(pieces < 10);
	sync_now();
	end();
}

/* ---- quotas ---- */

TEST(test_quota_of_a_read_only_disk)
{
	const uint64_t name[FS_NAME_WORDS] = {'q'}, none[FS_NAME_WORDS] = {0};
	uint64_t sequence;

	begin(31, 400);
	assert_int_equal(operate_quota(&load.fs, none, 10), FS_BAD);
	disk.disk.read_only = true;
	load_again(&load);
	sequence = load.fs.root.sequence;
	assert_int_equal(operate_quota(&load.fs, name, 10), FS_READ_ONLY);
	assert_int_equal(load.fs.root.sequence, sequence);
	/* The call doesn't wait for space that no commit can make, either. */
	load.fs.free = 0;
	load.fs.unsaved = true;
	assert_int_equal(operate_quota(&load.fs, name, 10), FS_READ_ONLY);
	end();
}

/* ---- another disk ---- */

TEST(test_changes_of_another_disk)
{
	struct memory_disk other;
	const char *wrong;
	uint64_t used;

	begin(32, 400);
	(void)make("a");
	used = load.kept.head->used;
	assert_int_not_equal(used, 0);
	memory_disk_begin(&other, 400);
	assert_int_equal(mount_make(&load.fs, &other.disk, 33, load.memory, LOAD_MEMORY, &wrong),
	                 MOUNT_GOOD);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(
		    mount_open(&load.fs, &other.disk, &load.kept, load.memory, LOAD_MEMORY, &wrong),
		    MOUNT_GOOD);
	assert_int_equal(other.told, 1);
	assert_string_equal(other.said, "changes of another disk were lost, of bytes:");
	assert_int_equal(other.where, used);
	memory_disk_end(&other);
	end();
}

/* ---- names whose orders begin alike ---- */

/* Finds the next name, made of a number, whose order begins with so many zero bits and a one. */
static void next_alike(uint64_t *number, uint32_t zeros, char name[FS_NAME])
{
	uint64_t words[FS_NAME_WORDS];

	do {
		memset(words, 0, sizeof(words));
		(void)snprintf((char *)words, sizeof(words), "%llu",
		               (unsigned long long)(*number)++);
	} while (directory_order(&load.fs, words) >> (63 - zeros) != 1);
	memcpy(name, words, FS_NAME);
}

static void assert_refused(uint32_t operation, uint64_t id, uint64_t word1, const char *name)
{
	const uint64_t sequence = load.fs.root.sequence;

	sync_now();
	assert_int_equal(status_of(operation, id, word1, name), FS_NO_SPACE);
	assert_false(load.fs.unsaved);
	assert_int_equal(load.fs.root.sequence, sequence);
}

/* A client that chooses names by their hashes can't make a directory split without end. */
TEST(test_names_alike)
{
	uint64_t number = 0, id;
	char name[FS_NAME];

	begin(34, 400);
	for (uint32_t i = 0; i < DISKFS_ENTRIES; i++) {
		next_alike(&number, 10, name);
		(void)make(name);
	}
	next_alike(&number, 10, name);
	assert_refused(FS_CREATE, FS_ROOT, FS_FILE, name);
	next_alike(&number, 0, name);
	id = make(name);
	next_alike(&number, 10, name);
	assert_refused(FS_RENAME, id, FS_ROOT, name);
	next_alike(&number, 2, name);
	assert_int_equal(status_of(FS_RENAME, id, FS_ROOT, name), FS_OK);
	next_alike(&number, 5, name);
	assert_refused(FS_CREATE, FS_ROOT, FS_FILE, name);
	next_alike(&number, 4, name);
	(void)make(name);
	next_alike(&number, 5, name);
	(void)make(name);
	sync_now();
	load_check(&load.fs);
	end();
}
