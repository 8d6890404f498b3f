/*
 * The disk file system's calls, and its server's ends: at each call of its disk, and between an
 * answer and the next call. The successor has all that was answered, and a repeated call isn't made
 * twice. Also a full disk, a disk that fails, one that lies, quotas, and large directories and
 * files.
 * Shows: rtos.diskfs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diskfs_load.h"
#include <lib/crc32c.h>
#include <servers/diskfs/mount.h>
#include <servers/diskfs/space.h>
#include <unit.h>

#define KEPT_SIZE (256 * 1024)

static struct load load;
static struct memory_disk disk;
static uint8_t kept[KEPT_SIZE] __attribute__((aligned(4096)));

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

static uint64_t *call_with(uint64_t operation, uint64_t id, uint64_t word1, const char *name)
{
	static struct diskfs_call call;

	call = (struct diskfs_call){.word = {FS_CALL(operation, id), word1},
	                            .identity = load.identity++,
	                            .buffer = load.buffer,
	                            .buffer_size = LOAD_BUFFER};
	if (name)
		memcpy(&call.word[2], name, strlen(name) + 1);
	operate(&load.fs, &call);
	return call.word;
}

static uint64_t make(uint64_t directory, const char *name, enum fs_type type)
{
	const uint64_t *word = call_with(FS_CREATE, directory, type, name);

	assert_int_equal(word[0], FS_OK);
	return word[1];
}

static enum fs_status move_bytes(uint64_t operation, uint64_t id, uint64_t offset, uint32_t count,
                                 uint64_t *done)
{
	struct diskfs_call call = {.word = {FS_CALL(operation, id), offset, FS_PIECE(count, 0)},
	                           .identity = load.identity++,
	                           .buffer = load.buffer,
	                           .buffer_size = LOAD_BUFFER};

	operate(&load.fs, &call);
	*done = call.word[1];
	return (enum fs_status)call.word[0];
}

static void write_all(uint64_t id, uint64_t offset, uint8_t value, uint32_t count)
{
	uint64_t done;

	memset(load.buffer, value, count);
	assert_int_equal(move_bytes(FS_WRITE, id, offset, count, &done), FS_OK);
	assert_int_equal(done, count);
}

static void read_all(uint64_t id, uint64_t offset, uint8_t value, uint32_t count)
{
	uint64_t done;

	memset(load.buffer, ~value, count);
	assert_int_equal(move_bytes(FS_READ, id, offset, count, &done), FS_OK);
	assert_int_equal(done, count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(load.buffer[i], value);
}

static uint64_t free_pages(void)
{
	return call_with(FS_USAGE, FS_ROOT, 0, NULL)[2];
}

static void finish(void)
{
	while (operate_is_unfinished(&load.fs))
		operate_finish(&load.fs);
	assert_true(operate_sync(&load.fs));
	load_check(&load.fs);
}

/* ---- ends of the server ---- */

/* Gives the call in hand to the successor. */
static void come_again(void)
{
	load_again(&load);
	load.call.deliveries++;
	load_call(&load);
	load_compare(&load.fs, &load, load.fs.root.sequence);
}

TEST(test_dies_at_the_disk)
{
	for (uint64_t seed = 1; seed <= 4; seed++) {
		volatile uint32_t deaths = 0;

		begin(seed, 400);
		for (uint32_t i = 0; i < 1500; i++) {
			load_choose(&load);
			if (disk.dies_at == 0)
				disk.dies_at = disk.calls + 1 + (uint32_t)(i % 13);
			if (setjmp(disk.death) == 0) {
				load_call(&load);
			} else {
				deaths++;
				disk.dies_at = 0;
				come_again();
			}
		}
		disk.dies_at = 0;
		assert_true(deaths > 20);
		finish();
		end();
	}
}

/* The call was made, but its answer hasn't gone out: the call comes again. */
TEST(test_dies_before_the_answer)
{
	struct diskfs_call asked, first;

	begin(7, 400);
	for (uint32_t i = 0; i < 500; i++) {
		load_choose(&load);
		asked = load.call;
		load_call(&load);
		if (i % 7 == 0)
			assert_true(operate_sync(&load.fs));
		if (i % 2 != 0)
			continue;
		first = load.call;
		load_again(&load);
		asked.deliveries = 1;
		operate(&load.fs, &asked);
		if (first.word[0] == FS_OK && FS_CALL_OPERATION(asked.word[0]) >= FS_APPEND)
			assert_memory_equal(asked.word, first.word, 3 * sizeof(asked.word[0]));
		load_compare(&load.fs, &load, load.fs.root.sequence);
	}
	finish();
	end();
}

TEST(test_kept_is_damaged)
{
	const char *wrong;

	begin(8, 400);
	(void)make(FS_ROOT, "a", FS_FILE);
	kept[sizeof(struct kept_head) + 40] ^= 4;
	assert_int_equal(
	    mount_open(&load.fs, &disk.disk, &load.kept, load.memory, LOAD_MEMORY, &wrong),
	    MOUNT_DAMAGED);
	end();
}

/* ---- space ---- */

TEST(test_full)
{
	uint64_t id, done, at = 0;

	begin(3, 256);
	id = make(FS_ROOT, "large", FS_FILE);
	memset(load.buffer, 1, LOAD_BUFFER);
	while (move_bytes(FS_APPEND, id, 0, LOAD_BUFFER, &done) == FS_OK)
		at += done;
	assert_true(at > 180 * DISKFS_BLOCK);
	while (move_bytes(FS_APPEND, id, 0, 4096, &done) == FS_OK)
		at += done;
	assert_int_equal(call_with(FS_CREATE, FS_ROOT, FS_FILE, "a")[0], FS_OK);
	assert_int_equal(move_bytes(FS_APPEND, id, 0, 4096, &done), FS_NO_SPACE);
	load_again(&load);
	read_all(id, at - 100, 1, 100);
	assert_int_equal(call_with(FS_REMOVE, FS_ROOT, 0, "large")[0], FS_OK);
	(void)make(FS_ROOT, "b", FS_FILE);
	id = make(FS_ROOT, "again", FS_FILE);
	for (uint32_t i = 0; i < 180; i++)
		write_all(id, (uint64_t)i * 4096, 2, 4096);
	finish();
	end();
}

/* Files are removed one by one from a full disk. */
TEST(test_full_of_files)
{
	uint32_t made = 0;
	char name[16];
	uint64_t done;

	begin(4, 300);
	for (;; made++) {
		const uint64_t *word;

		(void)snprintf(name, sizeof(name), "%u", made);
		word = call_with(FS_CREATE, FS_ROOT, FS_FILE, name);
		if (word[0] != FS_OK || move_bytes(FS_WRITE, word[1], 0, 100, &done) != FS_OK)
			break;
	}
	assert_true(made > 150);
	while (made-- > 0) {
		(void)snprintf(name, sizeof(name), "%u", made);
		assert_int_equal(call_with(FS_REMOVE, FS_ROOT, 0, name)[0], FS_OK);
	}
	finish();
	assert_true(free_pages() > 200);
	end();
}

TEST(test_quota)
{
	uint64_t name[FS_NAME_WORDS] = {'q'}, id, directory, done;
	uint32_t count = 0;

	begin(5, 400);
	assert_int_equal(operate_quota(&load.fs, name, 10), FS_OK);
	directory = call_with(FS_LOOKUP, FS_ROOT, 0, "q")[4];
	id = make(directory, "f", FS_FILE);
	memset(load.buffer, 3, LOAD_BUFFER);
	while (move_bytes(FS_APPEND, id, 0, 4096, &done) == FS_OK)
		count++;
	assert_int_equal(count, 10); /* the block of its own names counts for its parent */
	write_all(id, 4096, 4, 4096);
	assert_int_equal(call_with(FS_RENAME, id, FS_ROOT, "f")[0], FS_BAD);
	assert_int_equal(call_with(FS_REMOVE, FS_ROOT, 0, "q")[0], FS_BAD);
	assert_int_equal(call_with(FS_RESIZE, id, 4096, NULL)[0], FS_OK);
	write_all(id, 4096, 4, 4096);
	/* The file's room is there at once. */
	assert_int_equal(call_with(FS_REMOVE, directory, 0, "f")[0], FS_OK);
	id = make(directory, "g", FS_FILE);
	for (uint32_t i = 0; i < 10; i++)
		write_all(id, (uint64_t)i * 4096, 4, 4096);
	assert_int_equal(call_with(FS_REMOVE, directory, 0, "g")[0], FS_OK);
	finish();
	load_again(&load);
	id = make(directory, "f", FS_FILE);
	for (uint32_t i = 0; i < 10; i++)
		write_all(id, (uint64_t)i * 4096, 4, 4096);
	finish();
	end();
}

/*
 * A sync of 4 KiB that were written over is four calls: a run of blocks, a flush, a root, a flush.
 */
TEST(test_sync_calls)
{
	uint32_t writes = 0, flushes = 0, most = 0;
	uint64_t id;

	begin(15, 2048);
	id = make(FS_ROOT, "a", FS_FILE);
	write_all(id, 0, 1, 8192);
	assert_true(operate_sync(&load.fs));
	memory_disk_note(&disk);
	for (uint32_t i = 0; i < 400; i++) {
		const uint32_t before = disk.note_count;

		write_all(id, 4096, (uint8_t)i, 4096);
		assert_true(operate_sync(&load.fs));
		for (uint32_t note = before; note < disk.note_count; note++)
			flushes += disk.notes[note].kind == NOTE_FLUSH;
		writes = disk.note_count - before - 2;
		most = writes > most ? writes : most;
	}
	assert_int_equal(flushes, 400 * 2);
	assert_true(most <= 3);
	end();
}

/* ---- disks that fail ---- */

TEST(test_read_error)
{
	uint64_t good, bad, done;
	uint32_t block;
	struct slot *slot;

	begin(6, 400);
	good = make(FS_ROOT, "good", FS_FILE);
	bad = make(FS_ROOT, "bad", FS_FILE);
	write_all(good, 0, 1, 4096);
	write_all(bad, 0, 2, 8192);
	assert_true(operate_sync(&load.fs));
	slot = cache_find(&load.fs.cache, CACHE_KEY(FS_ID_NUMBER(bad), 0, 1));
	block = slot->block;
	load_again(&load);
	disk.fails_at = block;
	assert_int_equal(move_bytes(FS_READ, bad, 4096, 4096, &done), FS_FAILED);
	assert_int_equal(disk.told, 1);
	read_all(bad, 0, 2, 4096);
	read_all(good, 0, 1, 4096);
	write_all(good, 0, 3, 4096);
	disk.fails_at = 0;
	disk.bytes[(size_t)block * DISKFS_BLOCK + 77] ^= 1;
	assert_int_equal(move_bytes(FS_READ, bad, 4096, 4096, &done), FS_FAILED);
	assert_string_equal(disk.said, "block is damaged: its sum is wrong:");
	assert_int_equal(call_with(FS_REMOVE, FS_ROOT, 0, "bad")[0], FS_OK);
	finish();
	end();
}

static void expect_nobody_has_the_doubt(void)
{
	const struct cache *cache = &load.fs.cache;

	for (uint32_t i = 0; i < cache->count; i++)
		assert_true(!cache->slots[i].used || cache->slots[i].page != disk.disk.doubt);
}

/*
 * A read ended without an answer, and the disk may still write its page. No block gets that page
 * until the disk has another driver.
 */
TEST(test_late_read)
{
	const struct cache *cache = &load.fs.cache;
	uint64_t good, bad, done;

	begin(10, 2000);
	good = make(FS_ROOT, "good", FS_FILE);
	bad = make(FS_ROOT, "bad", FS_FILE);
	write_all(bad, 0, 2, 8192);
	assert_true(operate_sync(&load.fs));
	disk.fails_at = cache_find(&load.fs.cache, CACHE_KEY(FS_ID_NUMBER(bad), 0, 1))->block;
	load_again(&load);
	write_all(good, 0, 1, 8192);
	read_all(bad, 0, 2, 4096);
	disk.doubts = true;
	assert_int_equal(move_bytes(FS_READ, bad, 4096, 4096, &done), FS_FAILED);
	assert_non_null(disk.disk.doubt);
	for (uint32_t i = 2; i < 2 * cache->count; i++) {
		write_all(good, i * 4096, (uint8_t)i, 4096);
		expect_nobody_has_the_doubt();
	}
	disk.doubts = false;
	disk.fails_at = 0;
	read_all(bad, 4096, 2, 4096);
	assert_null(disk.disk.doubt);
	finish();
	end();
}

/* The same holds for a bitmap: its group gives no block away meanwhile, and loses none. */
TEST(test_late_bitmap)
{
	const struct diskfs_group *group = &load.fs.groups[0];
	uint64_t id;
	uint32_t free;

	begin(11, 2000);
	id = make(FS_ROOT, "a", FS_FILE);
	for (uint32_t i = 0; group->place == DISKFS_UNWRITTEN; i++) {
		write_all(id, i % 100 * 8192, (uint8_t)i, 4096);
		assert_true(operate_sync(&load.fs));
	}
	load_again(&load);
	write_all(id, 0, 7, 4096);
	cache_drop_inode(&load.fs.cache, DISKFS_INODES_MAX); /* the bitmaps */
	free = group->free;
	disk.fails_at = diskfs_bitmap(0, group->place);
	disk.doubts = true;
	for (uint32_t i = 0; i < 3; i++) {
		assert_null(space_bitmap(&load.fs, 0));
		assert_non_null(disk.disk.doubt);
		expect_nobody_has_the_doubt();
		assert_int_equal(group->free, free);
	}
	disk.doubts = false;
	disk.fails_at = 0;
	assert_non_null(space_bitmap(&load.fs, 0));
	assert_true(operate_sync(&load.fs));
	read_all(id, 0, 7, 4096);
	finish();
	end();
}

/* Blocks that can't be written stay, and are written when the disk can again. */
TEST(test_write_error)
{
	uint64_t id;

	begin(9, 400);
	id = make(FS_ROOT, "a", FS_FILE);
	write_all(id, 0, 1, 4096);
	disk.write_fails = true;
	assert_int_equal(call_with(FS_SYNC, FS_ROOT, 0, NULL)[0], FS_FAILED);
	read_all(id, 0, 1, 4096);
	write_all(id, 4096, 2, 4096);
	disk.write_fails = false;
	disk.flush_fails = true;
	assert_int_equal(call_with(FS_SYNC, FS_ROOT, 0, NULL)[0], FS_FAILED);
	disk.flush_fails = false;
	assert_int_equal(call_with(FS_SYNC, FS_ROOT, 0, NULL)[0], FS_OK);
	memset(kept, 0, sizeof(kept));
	load_again(&load);
	read_all(id, 0, 1, 4096);
	read_all(id, 4096, 2, 4096);
	finish();
	end();
}

/* A flush was confirmed, but the root alone is there. */
TEST(test_lied)
{
	uint64_t id;
	uint32_t block;

	begin(10, 400);
	id = make(FS_ROOT, "a", FS_FILE);
	write_all(id, 0, 1, 4096);
	assert_true(operate_sync(&load.fs));
	write_all(id, 0, 2, 4096);
	assert_true(operate_sync(&load.fs));
	block = load.fs.root.inodes.top.block;
	memset(disk.bytes + (size_t)block * DISKFS_BLOCK, 0, DISKFS_BLOCK);
	load_again(&load);
	assert_true(load.fs.lied);
	assert_true(disk.told > 0);
	read_all(id, 0, 1, 4096);
	end();
}

/* A root that isn't whole is known, whichever it is; the next commit writes it anew. */
TEST(test_alone)
{
	uint64_t id;

	begin(10, 400);
	id = make(FS_ROOT, "a", FS_FILE);
	for (uint32_t place = 0; place < DISKFS_ROOTS; place++) {
		write_all(id, 0, 1, 4096);
		assert_true(operate_sync(&load.fs));
		assert_false(load.fs.alone);
		memset(disk.bytes + (size_t)place * DISKFS_ROOT_BLOCKS * DISKFS_BLOCK, 0,
		       DISKFS_BLOCK);
		load_again(&load);
		assert_true(load.fs.alone);
		assert_false(load.fs.lied);
		write_all(id, 0, 2, 4096);
		assert_true(operate_sync(&load.fs));
		load_again(&load);
		assert_false(load.fs.alone);
		read_all(id, 0, 2, 4096);
	}
	finish();
	end();
}

/* ---- large ones ---- */

TEST(test_many_names)
{
	static uint8_t seen[3000];
	uint64_t order = 0, directory;
	uint32_t count = 0;
	char name[FS_NAME];

	begin(12, 2048);
	directory = make(FS_ROOT, "many", FS_DIRECTORY);
	for (uint32_t i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "name %u", i);
		(void)make(directory, name, FS_FILE);
	}
	for (;;) {
		const uint64_t *word = call_with(FS_LIST, directory, order, NULL);

		assert_int_equal(word[0], FS_OK);
		if (word[1] == FS_NONE)
			break;
		order = word[1];
		memcpy(name, &word[2], FS_NAME);
		assert_int_equal(strncmp(name, "name ", 5), 0);
		if (atoi(name + 5) >= 3000)
			continue;
		assert_int_equal(seen[atoi(name + 5)]++, 0);
		count++;
		/* Other names come and go meanwhile. */
		(void)snprintf(name, sizeof(name), "name %u", 3000 + count);
		(void)make(directory, name, FS_FILE);
	}
	assert_int_equal(count, 3000);
	(void)snprintf(name, sizeof(name), "name %u", 1234u);
	assert_int_equal(call_with(FS_REMOVE, directory, 0, name)[0], FS_OK);
	assert_int_equal(call_with(FS_LOOKUP, directory, 0, name)[0], FS_NOT_FOUND);
	finish();
	end();
}

TEST(test_large_file)
{
	const uint64_t far = DISKFS_SIZE_MAX - 4096;
	uint64_t id, before, done;

	begin(13, 2048);
	finish();
	before = free_pages();
	id = make(FS_ROOT, "large", FS_FILE);
	write_all(id, far, 5, 4096);
	write_all(id, 100, 6, 50);
	write_all(id, 3ULL << 30, 7, 9000);
	assert_int_equal(move_bytes(FS_WRITE, id, far + 1, 4096, &done), FS_TOO_LARGE);
	read_all(id, far, 5, 4096);
	read_all(id, far - 8192, 0, 8192);
	for (uint32_t i = 0; i < 700; i++)
		write_all(id, (1ULL << 30) + (uint64_t)i * 8192, 8, 4096);
	assert_int_equal(call_with(FS_RESIZE, id, (1ULL << 30) + 100 * 8192 + 10, NULL)[0], FS_OK);
	read_all(id, (1ULL << 30) + 100 * 8192, 8, 10);
	assert_int_equal(call_with(FS_RESIZE, id, far, NULL)[0], FS_OK);
	read_all(id, (1ULL << 30) + 100 * 8192 + 10, 0, 8192);
	read_all(id, 3ULL << 30, 0, 9000);
	finish();
	load_again(&load);
	read_all(id, (1ULL << 30) + 99 * 8192, 8, 4096);
	assert_int_equal(call_with(FS_REMOVE, FS_ROOT, 0, "large")[0], FS_OK);
	finish();
	assert_true(free_pages() + 4 >= before);
	end();
}

/* The received bytes aren't the sent ones. */
TEST(test_wrong_sum)
{
	struct diskfs_call call = {.buffer = load.buffer, .buffer_size = LOAD_BUFFER};
	uint64_t id;

	begin(14, 400);
	id = make(FS_ROOT, "a", FS_FILE);
	memset(load.buffer, 9, 4096);
	call.word[0] = FS_CALL(FS_WRITE, id);
	call.word[2] = FS_PIECE(4096, 0);
	call.word[3] = FS_SUM(crc32c(0, load.buffer, 4096) ^ 1);
	operate(&load.fs, &call);
	assert_int_equal(call.word[0], FS_WRONG_SUM);
	assert_int_equal(call_with(FS_STATE, id, 0, NULL)[2], 0);
	end();
}

/* A client complains of the bytes that it read. Only a server with damaged memory agrees. */
TEST(test_doubt)
{
	struct diskfs_call call = {.buffer = load.buffer, .buffer_size = LOAD_BUFFER};
	struct slot *slot;
	uint64_t id;

	begin(16, 400);
	id = make(FS_ROOT, "a", FS_FILE);
	write_all(id, 0, 9, 4096);
	assert_true(operate_sync(&load.fs));
	call.word[0] = FS_CALL(FS_READ, id);
	call.word[2] = FS_PIECE(4096, 0);
	call.word[3] = FS_SUM(1);
	operate(&load.fs, &call);
	assert_int_equal(call.word[0], FS_OK);
	assert_false(call.wrong);
	slot = cache_find(&load.fs.cache, CACHE_KEY(FS_ID_NUMBER(id), 0, 0));
	slot->page[100] ^= 1;
	call = (struct diskfs_call){.buffer = load.buffer, .buffer_size = LOAD_BUFFER};
	call.word[0] = FS_CALL(FS_READ, id);
	call.word[2] = FS_PIECE(4096, 0);
	operate(&load.fs, &call);
	assert_int_equal(call.word[2], FS_SUM(slot->crc));
	assert_int_not_equal(crc32c(0, load.buffer, 4096), slot->crc);
	call.word[0] = FS_CALL(FS_READ, id);
	call.word[1] = 0;
	call.word[2] = FS_PIECE(4096, 0);
	call.word[3] = FS_SUM(crc32c(0, load.buffer, 4096));
	operate(&load.fs, &call);
	assert_true(call.wrong);
	load_again(&load);
	read_all(id, 0, 9, 4096);
	end();
}
