/*
 * Judges files on a disk from a client's side: their costs; and that each byte is right while the
 * file system's server and the disk's driver are restarted at any moment. The disk has 64 KiB
 * behind the file system, for the costs of the driver alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libc/expect.h>
#include <rtos/block.h>
#include <rtos/fs.h>
#include <rtos/sys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <templates/busy.h>
#include <templates/programs.h>
#include <unistd.h>

#define TIMES  64
#define FILES  6
#define PIECES 40   /* of a file */
#define PIECE  1500 /* bytes */
#define BEHIND 128  /* sectors behind the file system */

static struct fs fs;
static struct block disk;
static uint64_t server, driver; /* programs */

/* ---- costs ---- */

static void say(const char *name, uint64_t value)
{
	printf("FIGURE %s %" PRIu64 "\n", name, value);
}

static uint64_t new_file(const char *path)
{
	uint64_t id = 0;

	expect(fs_create(&fs, path, FS_FILE, &id) == FS_OK);
	return id;
}

/* As a commit uses the disk: a run of blocks, a flush, a root, a flush. */
static uint64_t time_device(void)
{
	const uint64_t sector = disk.sectors - BEHIND, before = busy_time();
	uint8_t *const keep = (uint8_t *)sys_given(RTOS_GIVEN_KEEP, NULL, 0)->address;
	uint8_t *const page[] = {keep, keep + 4096, keep + 2 * 4096, keep + 3 * 4096};
	bool good = true;

	for (uint32_t i = 0; i < TIMES; i++)
		good &= block_store(&disk, sector, page, 4) == BLOCK_OK &&
		        block_flush(&disk) == BLOCK_OK &&
		        block_store(&disk, sector + 32, page, 1) == BLOCK_OK &&
		        block_flush(&disk) == BLOCK_OK;
	expect(good);
	return (busy_time() - before) / TIMES;
}

static void time_sync(uint64_t id)
{
	const uint64_t device = time_device(), before = busy_time();
	uint32_t done = 0, all = 0;
	bool good = true;
	uint64_t whole;

	for (uint32_t i = 0; i < TIMES; i++) {
		good &=
		    fs_write(&fs, id, i % 4 * 4096, 4096, &done) == FS_OK && fs_sync(&fs) == FS_OK;
		all += done;
	}
	whole = (busy_time() - before) / TIMES;
	expect(good && all == TIMES * 4096);
	say("disk.write.sync.whole", whole);
	say("disk.write.sync", whole - device);
}

static void time_contents(uint64_t id, const char *name, bool write)
{
	const uint64_t before = busy_time();
	uint32_t done = 0, all = 0;

	for (uint32_t i = 0; i < TIMES; i++) {
		(void)(write ? fs_write(&fs, id, i % 4 * 4096, 4096, &done)
		             : fs_read(&fs, id, i % 4 * 4096, 4096, &done));
		all += done;
	}
	say(name, (busy_time() - before) / TIMES);
	expect(all == TIMES * 4096);
}

/* From the manager's word to the first answer of the new server, which has nothing but the disk:
 * all is on it. */
static void time_mount(void)
{
	struct fs_file file;
	uint64_t before;

	expect(fs_sync(&fs) == FS_OK);
	before = busy_time();
	expect(programs_restart(server) == SUPERVISOR_OK);
	expect(fs_find(&fs, "/t", &file) == FS_OK);
	say("fs.mount", busy_time() - before);
}

static void costs(void)
{
	const uint64_t id = new_file("/t");

	time_contents(id, fs.sums ? "disk.write.4k" : "disk.write.4k.no-sums", true);
	expect(fs_sync(&fs) == FS_OK);
	time_contents(id, fs.sums ? "disk.read.4k" : "disk.read.4k.no-sums", false);
	time_sync(id);
	time_mount();
	expect(fs_remove(&fs, "/t") == FS_OK);
}

/* ---- the C library ---- */

static void test_library(void)
{
	struct stat status;
	int file = open("/disk/one", O_RDWR | O_CREAT | O_EXCL, 0666);
	char text[16] = "";

	expect(write(file, "hello, world", 12) == 12 && fsync(file) == 0 && fdatasync(file) == 0);
	expect(lseek(file, 12ll << 30, SEEK_SET) == 12ll << 30 && write(file, "far", 3) == 3);
	expect(fstat(file, &status) == 0 && status.st_size == (12ll << 30) + 3);
	expect(lseek(file, 12ll << 30, SEEK_SET) == 12ll << 30 && read(file, text, 16) == 3);
	expect(strcmp(text, "far") == 0 && close(file) == 0);
	expect(fsync(file) == -1 && errno == EBADF);
	expect(fsync(STDOUT_FILENO) == -1 && errno == EINVAL);
	expect(rename("/disk/one", "/disk/two") == 0 && unlink("/disk/two") == 0);
	sync();
}

/* ---- while server and driver are restarted ---- */

struct kept_file {
	uint64_t id;
	uint32_t version[PIECES], appended;
};
static struct kept_file files[FILES];

static uint8_t byte_of(uint32_t file, uint32_t piece, uint32_t version, uint32_t index)
{
	return (uint8_t)(file * 31 + piece * 7 + version * 13 + index * 3 + (index >> 8));
}

static void put(uint32_t number, uint32_t piece, uint32_t version)
{
	uint32_t done = 0;

	for (uint32_t i = 0; i < PIECE; i++)
		fs.buffer[i] = byte_of(number, piece, version, i);
	expect(fs_write(&fs, files[number].id, piece * PIECE, PIECE, &done) == FS_OK &&
	       done == PIECE);
	files[number].version[piece] = version;
}

static bool is(uint32_t number, uint32_t piece)
{
	uint32_t done = 0, same = 0;

	if (fs_read(&fs, files[number].id, piece * PIECE, PIECE, &done) != FS_OK || done != PIECE)
		return false;
	for (uint32_t i = 0; i < PIECE; i++)
		same += fs.buffer[i] == byte_of(number, piece, files[number].version[piece], i);
	return same == PIECE;
}

/* A call that came twice would have been made twice. */
static void append(uint64_t log, uint32_t round)
{
	uint64_t where = 0;
	uint32_t done = 0;

	memcpy(fs.buffer, &round, sizeof(round));
	expect(fs_append(&fs, log, sizeof(round), &done, &where) == FS_OK &&
	       where == round * sizeof(round));
}

static void names(uint32_t round)
{
	char path[24], other[24];
	uint64_t id;

	(void)snprintf(path, sizeof(path), "/d/%" PRIu32, round % 50);
	(void)snprintf(other, sizeof(other), "/e%" PRIu32, round);
	expect(fs_create(&fs, path, FS_FILE, &id) == FS_OK);
	expect(fs_rename(&fs, path, other) == FS_OK);
	expect(fs_remove(&fs, other) == FS_OK);
}

static void begin_files(void)
{
	char path[24];
	uint64_t id;

	expect(fs_create(&fs, "/d", FS_DIRECTORY, &id) == FS_OK);
	for (uint32_t i = 0; i < FILES; i++) {
		(void)snprintf(path, sizeof(path), "/f%" PRIu32, i);
		files[i].id = new_file(path);
		for (uint32_t piece = 0; piece < PIECES; piece++)
			put(i, piece, 0);
	}
}

static void test_restarts(uint64_t starts)
{
	const uint64_t breaker = programs_find("breaker"), log = new_file("/log");
	const struct programs_memory before = programs_memory();
	uint32_t wrong = 0;

	begin_files();
	expect(programs_start(breaker) == SUPERVISOR_OK);
	for (uint32_t round = 0;
	     programs_starts(server) < starts || programs_starts(driver) < starts; round++) {
		put(round % FILES, round * 17 % PIECES, round);
		wrong += !is(round * 5 % FILES, round * 11 % PIECES);
		append(log, round);
		names(round);
		if (round % 8 == 0)
			expect(fs_sync(&fs) == FS_OK);
	}
	expect(programs_stop(breaker) == SUPERVISOR_OK);
	for (uint32_t i = 0; i < FILES; i++)
		for (uint32_t piece = 0; piece < PIECES; piece++)
			wrong += !is(i, piece);
	expect(wrong == 0);
	expect(programs_memory().pages == before.pages &&
	       programs_memory().handles == before.handles);
	expect(fs_sync(&fs) == FS_OK);
}

int main(int argc, char **argv)
{
	server = programs_find("diskfs");
	driver = programs_find("block");
	expect(fs_open(&fs, "disk") && fs.buffer != NULL);
	expect(block_open(&disk, "block") == BLOCK_OK && busy_begin());
	costs();
	test_library();
	if (argc > 1)
		test_restarts(strtoul(argv[1], NULL, 10));
	return expect_end();
}
