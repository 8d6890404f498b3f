/*
 * Pages that the disk file system shows programs, during a random load on a small cache. A shown
 * page has the content of its file, and never changes. Windows come and go, and the server begins
 * anew. The kernel is played by a few lines here.
 * Shows: rtos.mapped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diskfs_load.h"
#include <kumiki/rtos/call.h>
#include <lib/crc32c.h>
#include <servers/diskfs/change.h>
#include <servers/diskfs/mapped.h>
#include <servers/diskfs/mount.h>
#include <unit.h>

#define WINDOWS   40 /* more windows than the server has parts */
#define PLACES    64
#define PAGE      3u /* the cache's first page in its memory */
#define NOTHING   UINT32_MAX
#define KEPT_SIZE (256 * 1024)
#define ROUNDS    3000

struct window {
	uint64_t id; /* the file's; 0: the window shows nothing */
	uint32_t first;
	uint32_t page[PLACES];
	uint8_t copy[PLACES][DISKFS_BLOCK]; /* the page's bytes as it was shown */
};

static struct load load;
static struct memory_disk disk;
static uint8_t kept[KEPT_SIZE] __attribute__((aligned(4096)));
static struct window windows[WINDOWS], *offered;
static uint32_t hidden, shown, committed;

/* ---- the kernel ---- */

static void bytes_of(uint32_t page, uint8_t *to)
{
	memset(to, 0, DISKFS_BLOCK);
	if (page != RTOS_SHOW_ZEROS)
		memcpy(to, mount_cache(&load.fs) + (size_t)(page - PAGE) * DISKFS_BLOCK,
		       DISKFS_BLOCK);
}

static bool show(const struct diskfs_call *call, uint32_t at, uint32_t count,
                 const uint64_t pages[8])
{
	(void)call;
	assert_in_range(count, 1, RTOS_SHOW_PAGES);
	if (at + count > PLACES)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t page = (uint32_t)(pages[i / 4] >> (i % 4 * 16) & 0xffff);

		assert_true(page == RTOS_SHOW_ZEROS ||
		            (page >= PAGE && page - PAGE < load.fs.cache.count));
		offered->page[at + i] = page;
		bytes_of(page, offered->copy[at + i]);
		shown++;
	}
	return true;
}

static uint32_t hide(uint32_t page, uint32_t at)
{
	const uint32_t before = hidden;

	for (uint32_t i = 0; i < WINDOWS && at < PLACES; i++)
		if (windows[i].page[at] == page) {
			windows[i].page[at] = NOTHING;
			hidden++;
		}
	return hidden - before;
}

static void hide_all(void)
{
	for (uint32_t i = 0; i < WINDOWS; i++)
		for (uint32_t at = 0; at < PLACES; at++)
			windows[i].page[at] = NOTHING;
}

static struct mapped mapped = {.page = PAGE, .show = show, .hide = hide, .hide_all = hide_all};

/* ---- programs ---- */

static enum fs_status map(struct window *window, uint32_t at, uint32_t count, uint64_t *pages)
{
	struct diskfs_call call = {
	    .word = {FS_CALL(FS_MAP, window->id), window->first, FS_PIECE(count, at)}};

	offered = window;
	operate(&load.fs, &call);
	*pages = call.word[1];
	return (enum fs_status)call.word[0];
}

static uint32_t dice(uint32_t below)
{
	return (uint32_t)(memory_disk_random(&load.seed) % below);
}

/* A window goes, of which the server doesn't hear. Another one comes in its place. */
static void open_window(struct window *window)
{
	const struct load_file *file = &load.file[1 + dice(LOAD_FILES - 1)];

	for (uint32_t i = 0; i < 20 && (file->id == 0 || file->size == 0); i++)
		file = &load.file[1 + dice(LOAD_FILES - 1)];

	for (uint32_t at = 0; at < PLACES; at++)
		window->page[at] = NOTHING;
	window->id = file->type == FS_FILE ? file->id : 0;
	window->first = dice(6) == 0 ? dice(LOAD_SIZE / DISKFS_BLOCK) : dice(3) / 2;
}

static const struct load_file *file_of(const struct window *window, uint32_t *number)
{
	for (*number = 1; *number < LOAD_FILES; (*number)++)
		if (load.file[*number].id == window->id)
			return &load.file[*number];
	return NULL;
}

/* Accesses a page that isn't there. Then it is there, or behind the file's end. */
static void touch(struct window *window)
{
	const uint32_t at = dice(dice(4) == 0 ? PLACES : 8);
	uint64_t pages = 0;
	uint32_t number;
	const struct load_file *file = window->id != 0 ? file_of(window, &number) : NULL;
	const enum fs_status status =
	    map(window, at, 1 + dice(at + 16 < PLACES ? 16 : PLACES - at), &pages);
	const bool is_in = file && (uint64_t)(window->first + at) * DISKFS_BLOCK < file->size;

	if (!file)
		assert_int_equal(status, FS_GONE);
	else if (!is_in)
		assert_int_equal(status, FS_BAD);
	else
		assert_true(status == FS_OK && pages > 0 && window->page[at] != NOTHING);
}

static void check_page(const struct window *window, uint32_t at)
{
	const uint64_t offset = (uint64_t)(window->first + at) * DISKFS_BLOCK;
	uint8_t now[DISKFS_BLOCK], wanted[DISKFS_BLOCK] = {0};
	uint32_t number;
	const struct load_file *file = file_of(window, &number);

	bytes_of(window->page[at], now);
	assert_memory_equal(now, window->copy[at], DISKFS_BLOCK);
	if (!file || offset >= file->size)
		return; /* a page from before the file was cut or removed */
	memcpy(wanted, load.bytes[number] + offset,
	       file->size - offset < DISKFS_BLOCK ? file->size - offset : DISKFS_BLOCK);
	assert_memory_equal(now, wanted, DISKFS_BLOCK);
}

static void check(void)
{
	for (uint32_t i = 0; i < WINDOWS; i++)
		for (uint32_t at = 0; at < PLACES; at++)
			if (windows[i].page[at] != NOTHING)
				check_page(&windows[i], at);
}

/* Commits changed copies of some pages to the file. */
static void commit(const struct window *window)
{
	static uint8_t copies[2][DISKFS_BLOCK];
	struct diskfs_call call = {.word = {FS_CALL(FS_COMMIT, window->id), window->first, 2},
	                           .identity = load.identity++,
	                           .lent = copies[0],
	                           .lent_pages = 2};
	const uint32_t place = dice(8);
	uint32_t number;
	const struct load_file *file = window->id != 0 ? file_of(window, &number) : NULL;

	call.word[3] = place | (uint64_t)(place + 1) << 16;
	for (uint32_t i = 0; i < sizeof(copies); i++)
		copies[i / DISKFS_BLOCK][i % DISKFS_BLOCK] = (uint8_t)dice(256);
	call.word[7] = FS_SUM(crc32c(0, copies, sizeof(copies)));
	operate(&load.fs, &call);
	if (!file || (uint64_t)(window->first + place + 1) * DISKFS_BLOCK >= file->size) {
		assert_int_equal(call.word[0], file ? FS_BAD : FS_GONE);
		return;
	}
	assert_int_equal(call.word[0], FS_OK);
	committed++;
	for (uint32_t i = 0; i < 2; i++) {
		const uint64_t offset = (uint64_t)(window->first + place + i) * DISKFS_BLOCK;

		memcpy(load.bytes[number] + offset, copies[i],
		       file->size - offset < DISKFS_BLOCK ? file->size - offset : DISKFS_BLOCK);
	}
	load.file[number].crc = crc32c(0, load.bytes[number], file->size);
}

static void use_window(struct window *window)
{
	uint32_t number;

	if (dice(30) == 0 || !file_of(window, &number) || (window->id == 0 && dice(3) == 0))
		open_window(window);
	touch(window);
	if (dice(8) == 0)
		commit(window);
}

/* ---- the test ---- */

static void attach(void)
{
	load.fs.mapped = load.fs.cache.mapped = &mapped;
}

/* Restarts the server. Until the next one begins, windows show the former server's pages. */
static void restart(void)
{
	check();
	hide_all();
	mapped.count = 0;
	load_again(&load);
	attach();
}

TEST(test_load)
{
	memset(kept, 0, sizeof(kept));
	memory_disk_begin(&disk, 3000);
	load_begin(&load, &disk, 5, kept, sizeof(kept));
	attach();
	hide_all();
	for (uint32_t round = 0; round < ROUNDS; round++) {
		load_choose(&load);
		load_call(&load);
		check();
		for (uint32_t i = 0; i < 4; i++)
			use_window(&windows[dice(WINDOWS)]);
		check();
		if (dice(300) == 0)
			restart();
	}
	assert_true(shown > ROUNDS && hidden > 100 && mapped.taken > 100 && committed > 20);
	assert_true(operate_sync(&load.fs));
	load_check(&load.fs);
	load_end(&load);
	memory_disk_end(&disk);
}

/* A window that can't take pages makes a bad call. A directory has no shown pages. */
TEST(test_refused)
{
	struct window *window = &windows[0];
	uint64_t pages;

	memory_disk_begin(&disk, 1000);
	load_begin(&load, &disk, 6, NULL, 0);
	window->id = FS_ROOT;
	assert_int_equal(map(window, 0, 1, &pages), FS_IS_DIRECTORY);
	window->id = FS_ID(7, 0);
	assert_int_equal(map(window, 0, 1, &pages), FS_GONE);
	load_end(&load);
	memory_disk_end(&disk);
}

/* ---- all or nothing ---- */

#define COPIES 12u

static uint8_t committed_copies[COPIES][DISKFS_BLOCK], far_copies[FS_MAP_COPIES][DISKFS_BLOCK];

/* Whether all pages have this byte: 0 as they were, or 1. */
static bool all_are(uint64_t id, uint8_t byte)
{
	static uint8_t bytes[DISKFS_BLOCK];
	uint32_t same = 0;

	for (uint32_t i = 0; i < COPIES; i++) {
		struct diskfs_call call = {.word = {FS_CALL(FS_READ, id), 5ULL * i * DISKFS_BLOCK,
		                                    FS_PIECE(DISKFS_BLOCK, 0)},
		                           .buffer = bytes,
		                           .buffer_size = sizeof(bytes)};

		operate(&load.fs, &call);
		assert_int_equal(call.word[0], FS_OK);
		same += bytes[0] == byte && bytes[DISKFS_BLOCK - 1] == byte;
	}
	assert_true(same == COPIES || same == 0);
	return same == COPIES;
}

static uint64_t commit_all(uint64_t id)
{
	struct diskfs_call call = {.word = {FS_CALL(FS_COMMIT, id), 0, COPIES},
	                           .identity = 77,
	                           .lent = committed_copies[0],
	                           .lent_pages = COPIES};

	for (uint32_t i = 0; i < COPIES; i++)
		call.word[3 + i / 4] |= (uint64_t)(5 * i) << (i % 4 * 16);
	operate(&load.fs, &call);
	return call.word[0];
}

static uint64_t new_file(void)
{
	struct diskfs_call call = {.word = {FS_CALL(FS_CREATE, FS_ROOT), FS_FILE, 'f'},
	                           .identity = load.identity++};
	uint64_t id;

	operate(&load.fs, &call);
	id = call.word[1];
	call = (struct diskfs_call){.word = {FS_CALL(FS_RESIZE, id), 64 * DISKFS_BLOCK}};
	operate(&load.fs, &call);
	assert_true(call.word[0] == FS_OK && operate_sync(&load.fs));
	return id;
}

/* The server dies at a call of its disk. Returns whether it did. */
static bool dies_at(uint32_t number)
{
	uint64_t id;
	bool died = false;

	memset(kept, 0, sizeof(kept));
	memory_disk_begin(&disk, 1000);
	load_begin(&load, &disk, 7, kept, sizeof(kept));
	id = new_file();
	disk.dies_at = disk.calls + number;
	if (setjmp(disk.death) == 0)
		assert_int_equal(commit_all(id), FS_OK);
	else
		died = true;
	disk.dies_at = 0;
	if (died)
		load_again(&load);
	assert_true(all_are(id, 1) || (died && all_are(id, 0)));
	assert_int_equal(commit_all(id), FS_OK);
	assert_true(all_are(id, 1));
	load_end(&load);
	memory_disk_end(&disk);
	return died;
}

TEST(test_commit_dies)
{
	uint32_t number = 1;

	memset(committed_copies, 1, sizeof(committed_copies));
	while (dies_at(number))
		number++;
	assert_true(number > 4);
}

/* ---- the room that a commit needs ---- */

/* Commits copies far from each other, in a file without blocks. */
static struct diskfs_call commit_far(uint64_t id, uint32_t count)
{
	struct diskfs_call call = {.word = {FS_CALL(FS_COMMIT, id), 300, count},
	                           .identity = load.identity++,
	                           .lent = far_copies[0],
	                           .lent_pages = count};

	for (uint32_t i = 0; i < count; i++)
		call.word[3 + i / 4] |= (uint64_t)(FS_MAP_PAGES / FS_MAP_COPIES * i)
		                        << (i % 4 * 16);
	return call;
}

/*
 * Returns the blocks that a commit of so many copies changed, and puts the expected number into
 * *foreseen.
 */
static uint32_t blocks_changed(uint64_t id, uint32_t count, uint32_t *foreseen)
{
	const struct diskfs_call call = commit_far(id, count);
	struct change change = {.bytes = far_copies[0], .count = count * FS_PAGE};

	assert_true(operate_sync(&load.fs));
	memcpy(change.word, call.word, sizeof(change.word));
	*foreseen = change_blocks(&change);
	assert_int_equal(change_make(&load.fs, &change), FS_OK);
	return load.fs.cache.changed;
}

static void resize(uint64_t id, uint64_t size)
{
	struct diskfs_call call = {.word = {FS_CALL(FS_RESIZE, id), size}};

	operate(&load.fs, &call);
	assert_int_equal(call.word[0], FS_OK);
}

/* Each further copy takes no more blocks than are reserved for it. */
TEST(test_commit_far)
{
	uint32_t least, most, foreseen_least, foreseen_most;
	struct diskfs_call call;
	uint64_t id;

	memory_disk_begin(&disk, 1000);
	load_begin(&load, &disk, 8, NULL, 0);
	id = new_file();
	resize(id, 2ULL * FS_MAP_PAGES * FS_PAGE);
	least = blocks_changed(id, 1, &foreseen_least);
	resize(id, 0);
	resize(id, 2ULL * FS_MAP_PAGES * FS_PAGE);
	most = blocks_changed(id, FS_MAP_COPIES, &foreseen_most);
	assert_true(most - least > FS_MAP_COPIES);
	assert_true(most - least <= foreseen_most - foreseen_least);
	call = commit_far(id, FS_MAP_COPIES);
	operate(&load.fs, &call);
	assert_int_equal(call.word[0], FS_OK);
	call = commit_far(id, 1);
	call.word[3] = FS_MAP_PAGES;
	operate(&load.fs, &call);
	assert_int_equal(call.word[0], FS_BAD);
	load_end(&load);
	memory_disk_end(&disk);
}
