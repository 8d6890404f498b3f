/*
 * Judges that the disk's device moves pages of kept memory itself: which pages a client can name,
 * that each page has what it should, and that a page more costs less than any copy would. Then it
 * reads and writes a file that is larger than the server's cache, while the driver is restarted
 * again and again. The disk is slow, so the device is in the middle of a page each time. The disk
 * has 64 KiB behind the file system, for the first part.
 */
#include <inttypes.h>
#include <libc/expect.h>
#include <rtos/block.h>
#include <rtos/fs.h>
#include <rtos/sys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <templates/busy.h>
#include <templates/programs.h>

#define PAGES  32  /* that the judge keeps */
#define BLOCKS 700 /* of the file */
#define BEHIND (BLOCK_PAGES * BLOCK_IN_PAGE)
#define TIMES  64
#define WORDS  (BLOCK_PAGE / sizeof(uint64_t))
#define FACTOR 0x9e3779b97f4a7c15

static struct fs fs;
static struct block disk;
static uint8_t *kept;
static uint64_t server, driver, file;
static uint32_t version[BLOCKS];

/* ---- pages ---- */

static uint8_t *page_of(uint32_t number)
{
	return kept + (size_t)number * BLOCK_PAGE;
}

static void fill(void *page, uint64_t seed)
{
	uint64_t *words = page;

	for (uint32_t i = 0; i < WORDS; i++)
		words[i] = seed * FACTOR + i;
}

static bool is_filled(const void *page, uint64_t seed)
{
	const uint64_t *words = page;
	uint32_t same = 0;

	for (uint32_t i = 0; i < WORDS; i++)
		same += words[i] == seed * FACTOR + i;
	return same == WORDS;
}

/* Pages from all over the memory, no two of them neighbours. */
static void choose(uint8_t *page[BLOCK_PAGES], uint32_t step)
{
	for (uint32_t i = 0; i < BLOCK_PAGES; i++)
		page[i] = page_of((i * step + 3) % PAGES);
}

static uint64_t refused(uint64_t operation, uint64_t sector, uint64_t count, uint64_t pages)
{
	uint64_t word[RTOS_WORDS] = {operation, sector, count, pages};

	expect(sys_call(disk.port, word, 0) == RTOS_OK);
	return word[0];
}

/* Nothing but a page that the client keeps itself. */
static void test_wrong_pages(void)
{
	const uint64_t sector = disk.sectors - BEHIND;
	uint8_t *beyond = page_of(PAGES), *before = kept - BLOCK_PAGE;

	fill(kept, 1);
	expect(block_fetch(&disk, sector, &beyond, 1) == BLOCK_BAD);
	expect(block_store(&disk, sector, &beyond, 1) == BLOCK_BAD);
	expect(block_fetch(&disk, sector, &before, 1) == BLOCK_BAD);
	expect(refused(BLOCK_FETCH, sector, 1, PAGES) == BLOCK_BAD);
	expect(refused(BLOCK_FETCH, sector, 2, (uint64_t)0xffff << 16) == BLOCK_BAD);
	expect(refused(BLOCK_FETCH, sector, 0, 0) == BLOCK_BAD);
	expect(refused(BLOCK_FETCH, sector, BLOCK_PAGES + 1, 0) == BLOCK_BAD);
	expect(refused(BLOCK_STORE, sector, UINT64_MAX, 0) == BLOCK_BAD);
	expect(refused(BLOCK_FETCH, sector + 1, 1, 0) == BLOCK_BAD);
	expect(refused(BLOCK_FETCH, disk.sectors, 1, 0) == BLOCK_BAD);
	expect(refused(BLOCK_FETCH, UINT64_MAX - 7, 1, 0) == BLOCK_BAD);
	expect(is_filled(kept, 1));
}

/* The window, which is copied, has the same bytes. */
static void test_moves(void)
{
	const uint64_t sector = disk.sectors - BEHIND;
	uint8_t *page[BLOCK_PAGES];
	uint32_t same = 0;

	choose(page, 7);
	for (uint32_t i = 0; i < BLOCK_PAGES; i++)
		fill(page[i], 100 + i);
	expect(block_store(&disk, sector, page, BLOCK_PAGES) == BLOCK_OK);
	memset(kept, 0, (size_t)PAGES * BLOCK_PAGE);
	choose(page, 13);
	expect(block_fetch(&disk, sector, page, BLOCK_PAGES) == BLOCK_OK);
	for (uint32_t i = 0; i < BLOCK_PAGES; i++) {
		same += is_filled(page[i], 100 + i);
		same +=
		    block_read(&disk, sector + i * BLOCK_IN_PAGE, BLOCK_IN_PAGE, 0) == BLOCK_OK &&
		    is_filled(disk.buffer, 100 + i);
	}
	expect(same == 2 * BLOCK_PAGES);
}

/* ---- costs ---- */

static uint64_t time_pages(bool write, uint32_t count)
{
	const uint64_t sector = disk.sectors - BEHIND, before = busy_time();
	uint8_t *page[BLOCK_PAGES];
	bool good = true;

	choose(page, 7);
	for (uint32_t i = 0; i < TIMES; i++)
		good &= (write ? block_store(&disk, sector, page, count)
		               : block_fetch(&disk, sector, page, count)) == BLOCK_OK;
	expect(good);
	return (busy_time() - before) / TIMES;
}

static void costs(bool write, const char *name)
{
	const uint64_t one = time_pages(write, 1), all = time_pages(write, BLOCK_PAGES);

	printf("FIGURE %s %" PRIu64 "\n", name, one);
	printf("FIGURE %s.page %" PRIu64 "\n", name,
	       all < one ? 0 : (all - one) / (BLOCK_PAGES - 1));
}

/* ---- while the driver is restarted ---- */

static void put(uint32_t block, uint32_t of_version)
{
	uint32_t done = 0;

	fill(fs.buffer, (uint64_t)of_version << 32 | block);
	expect(fs_write(&fs, file, (uint64_t)block * BLOCK_PAGE, BLOCK_PAGE, &done) == FS_OK &&
	       done == BLOCK_PAGE);
	version[block] = of_version;
}

static bool is(uint32_t block)
{
	uint32_t done = 0;

	return fs_read(&fs, file, (uint64_t)block * BLOCK_PAGE, BLOCK_PAGE, &done) == FS_OK &&
	       done == BLOCK_PAGE && is_filled(fs.buffer, (uint64_t)version[block] << 32 | block);
}

static void test_restarts(uint64_t starts)
{
	const uint64_t breaker = programs_find("breaker");
	uint32_t wrong = 0, step = 1;

	expect(fs_create(&fs, "/moved", FS_FILE, &file) == FS_OK);
	for (uint32_t block = 0; block < BLOCKS; block++)
		put(block, 0);
	expect(fs_sync(&fs) == FS_OK && programs_start(breaker) == SUPERVISOR_OK);
	for (uint32_t round = 1; programs_starts(driver) < starts; round++) {
		step = step * 1664525 + 1013904223;
		wrong += !is((step >> 8) % BLOCKS);
		if (round % 4 == 0)
			put((step >> 16) % BLOCKS, round);
		if (round % 64 == 0)
			expect(fs_sync(&fs) == FS_OK);
	}
	expect(programs_stop(breaker) == SUPERVISOR_OK);
	for (uint32_t block = 0; block < BLOCKS; block++)
		wrong += !is(block);
	expect(wrong == 0 && fs_sync(&fs) == FS_OK);
}

int main(int argc, char **argv)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);

	server = programs_find("diskfs");
	driver = programs_find("block");
	expect(keep && keep->size == PAGES * BLOCK_PAGE && argc > 1);
	kept = (uint8_t *)keep->address;
	expect(fs_open(&fs, "disk") && fs.buffer != NULL);
	expect(block_open(&disk, "block") == BLOCK_OK && busy_begin());
	expect(disk.pages == BLOCK_PAGES);
	test_wrong_pages();
	test_moves();
	costs(false, "block.fetch");
	costs(true, "block.store");
	test_restarts(strtoul(argv[1], NULL, 10));
	return expect_end();
}
