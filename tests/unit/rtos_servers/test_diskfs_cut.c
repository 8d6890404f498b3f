/*
 * The power goes at any moment. A long random load writes to a disk that notes all writes. Each
 * beginning of these writes makes a disk, whose last write may be half done, and from which any
 * unflushed writes may be missing. A file system is found on it, with all that was synced, as it
 * was after one of the changes.
 * Shows: rtos.diskfs-cut.
 */
#include <stdlib.h>
#include <string.h>

#include "diskfs_load.h"
#include <servers/diskfs/mount.h>
#include <unit.h>

#define CUT_BLOCKS 320
#define CUT_SECTOR 512

struct cut {
	struct load load;
	struct memory_disk disk, other;
	uint8_t *flushed; /* the disk as it was at the last flush */
	uint8_t *memory;
	uint64_t seed;
	uint32_t tried, changed;
};

/* Goes on with a found file system: it takes changes, and then all its parts fit together. */
static void cut_goes_on(struct diskfs *fs)
{
	struct diskfs_call call = {.word = {FS_CALL(FS_CREATE, FS_ROOT), FS_FILE, 'n'}};

	operate(fs, &call);
	assert_true(call.word[0] == FS_OK || call.word[0] == FS_EXISTS ||
	            call.word[0] == FS_NO_SPACE);
	while (operate_is_unfinished(fs))
		operate_finish(fs);
	assert_true(operate_sync(fs));
	load_check(fs);
}

static void cut_try(struct cut *cut, uint64_t synced, uint64_t made)
{
	struct diskfs fs;
	const char *wrong;

	assert_int_equal(mount_open(&fs, &cut->other.disk, NULL, cut->memory, LOAD_MEMORY, &wrong),
	                 MOUNT_GOOD);
	assert_false(fs.lied);
	assert_true(fs.root.sequence >= synced);
	assert_true(fs.root.sequence <= made);
	load_compare(&fs, &cut->load, fs.root.sequence);
	cut->tried++;
	cut->changed += fs.root.sequence != synced;
	if (cut->tried % 8 == 0)
		cut_goes_on(&fs);
}

static void cut_apply(uint8_t *image, const struct note *note)
{
	memcpy(image + (size_t)note->block * DISKFS_BLOCK, note->bytes,
	       (size_t)note->count * DISKFS_BLOCK);
}

/* Makes any of the write's sectors old ones. */
static void cut_tear(struct cut *cut, const struct note *note)
{
	uint8_t *to = cut->other.bytes + (size_t)note->block * DISKFS_BLOCK;
	const uint32_t sectors = note->count * DISKFS_BLOCK / CUT_SECTOR;
	const uint32_t until = (uint32_t)(memory_disk_random(&cut->seed) % sectors);
	const bool any = memory_disk_random(&cut->seed) % 2 != 0;

	for (uint32_t i = 0; i < sectors; i++)
		if (any ? memory_disk_random(&cut->seed) % 2 != 0 : i < until)
			memcpy(to + (size_t)i * CUT_SECTOR, note->bytes + (size_t)i * CUT_SECTOR,
			       CUT_SECTOR);
}

/* Makes unflushed writes from `first` on: each may be there, wholly or partly, or not. */
static void cut_some(struct cut *cut, uint32_t first, uint32_t last)
{
	memory_disk_load(&cut->other, cut->flushed);
	for (uint32_t i = first; i <= last; i++) {
		const struct note *note = &cut->disk.notes[i];

		if (note->kind != NOTE_WRITE)
			continue;
		switch (memory_disk_random(&cut->seed) % 3) {
		case 0:
			cut_apply(cut->other.bytes, note);
			break;
		case 1:
			cut_tear(cut, note);
			break;
		default:
			break;
		}
	}
}

static void cut_at(struct cut *cut, uint32_t first, uint32_t last, uint64_t synced)
{
	const struct note *notes = cut->disk.notes;

	memory_disk_load(&cut->other, cut->flushed);
	for (uint32_t i = first; i < last; i++)
		if (notes[i].kind == NOTE_WRITE)
			cut_apply(cut->other.bytes, &notes[i]);
	cut_tear(cut, &notes[last]);
	cut_try(cut, synced, notes[last].made);
	memory_disk_load(&cut->other, cut->flushed);
	for (uint32_t i = first; i <= last; i++)
		if (notes[i].kind == NOTE_WRITE)
			cut_apply(cut->other.bytes, &notes[i]);
	cut_try(cut, synced, notes[last].made);
	for (uint32_t i = 0; i < 3; i++) {
		cut_some(cut, first, last);
		cut_try(cut, synced, notes[last].made);
	}
}

static void cut_everywhere(struct cut *cut)
{
	uint32_t first = 0;
	uint64_t synced = 0;

	for (uint32_t i = 0; i < cut->disk.note_count; i++) {
		const struct note *note = &cut->disk.notes[i];

		if (note->kind == NOTE_SYNCED)
			synced = note->synced;
		if (note->kind == NOTE_WRITE)
			cut_at(cut, first, i, synced);
		if (note->kind != NOTE_FLUSH)
			continue;
		for (; first < i; first++)
			if (cut->disk.notes[first].kind == NOTE_WRITE)
				cut_apply(cut->flushed, &cut->disk.notes[first]);
		memory_disk_load(&cut->other, cut->flushed);
		cut_try(cut, synced, note->made);
	}
}

static void cut_play(uint64_t seed, uint32_t calls, uint32_t blocks)
{
	struct cut *cut = calloc(1, sizeof(*cut));

	cut->seed = seed + 99;
	memory_disk_begin(&cut->disk, blocks);
	memory_disk_begin(&cut->other, blocks);
	cut->memory = aligned_alloc(DISKFS_BLOCK, (LOAD_MEMORY + 4095) / 4096 * 4096);
	cut->flushed = malloc((size_t)blocks * DISKFS_BLOCK);
	load_begin(&cut->load, &cut->disk, seed, NULL, 0);
	memcpy(cut->flushed, cut->disk.bytes, (size_t)blocks * DISKFS_BLOCK);
	memory_disk_note(&cut->disk);
	for (uint32_t i = 0; i < calls; i++) {
		load_choose(&cut->load);
		load_call(&cut->load);
		if (i % 5 == 0 && operate_is_unfinished(&cut->load.fs))
			operate_finish(&cut->load.fs);
	}
	assert_true(operate_sync(&cut->load.fs));
	load_check(&cut->load.fs);
	cut_everywhere(cut);
	assert_true(cut->tried > calls / 4);
	assert_true(cut->changed > 0);
	print_message("%u cuts, %u calls without space\n", cut->tried, cut->load.refused);
	load_end(&cut->load);
	memory_disk_end(&cut->disk);
	memory_disk_end(&cut->other);
	free(cut->memory);
	free(cut->flushed);
	free(cut);
}

TEST(test_small_disk)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		cut_play(seed, 500, 256);
}

TEST(test_larger_disk)
{
	for (uint64_t seed = 11; seed <= 13; seed++)
		cut_play(seed, 500, 1024);
}
