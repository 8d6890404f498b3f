/*
 * A client of the RAM file system, without an end: blocks of a file of its own, written, and read
 * again later. Each has a sum in it: it tells damaged contents, which no other program could check,
 * from a whole block that isn't the last written one. The outcome is written to the client's
 * window.
 */
#include <campaign/proto.h>
#include <lib/string.h>
#include <rtos/fs.h>
#include <rtos/sys.h>

#define FILER_BLOCKS 16
#define FILER_WORDS  64 /* of a block; the last one is the sum of the others */
#define FILER_SIZE   (FILER_WORDS * sizeof(uint64_t))

static struct fs filer_fs;
static uint64_t filer_random = 88172645463325252ULL;
static uint64_t filer_number;             /* of its writes */
static uint64_t filer_last[FILER_BLOCKS]; /* the number that was written last; 0: not known */
static volatile struct work_progress *filer_progress;
static uint64_t filer_id;
static char filer_path[] = "/0";

static uint64_t filer_next(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

/* The data of that write. */
static void filer_block(uint64_t words[FILER_WORDS], uint64_t number, uint64_t block)
{
	uint64_t random = number * FILER_BLOCKS + block + 1;

	words[0] = number;
	for (uint32_t i = 1; i < FILER_WORDS - 1; i++)
		words[i] = filer_next(&random);
	words[FILER_WORDS - 1] = crc32c(0, words, FILER_SIZE - sizeof(words[0]));
}

/* Another status than FS_OK. The file may be gone, or be another one's: a new one is made. */
static void filer_failed(void)
{
	filer_progress->errors++;
	memset(filer_last, 0, sizeof(filer_last));
	(void)fs_remove(&filer_fs, filer_path);
	(void)fs_create(&filer_fs, filer_path, FS_FILE, &filer_id);
}

static void filer_write(uint64_t block)
{
	uint64_t words[FILER_WORDS];
	uint32_t done = 0;

	filer_block(words, ++filer_number, block);
	memcpy(filer_fs.buffer, words, sizeof(words));
	if (fs_write(&filer_fs, filer_id, block * FILER_SIZE, FILER_SIZE, &done) != FS_OK ||
	    done != FILER_SIZE)
		filer_failed();
	else
		filer_last[block] = filer_number;
}

/* A wrong block is written anew before it is read again, so that it counts once. */
static void filer_read(uint64_t block)
{
	uint64_t words[FILER_WORDS], right[FILER_WORDS];
	uint32_t done = 0;

	memset(filer_fs.buffer, 0, FILER_SIZE);
	if (fs_read(&filer_fs, filer_id, block * FILER_SIZE, FILER_SIZE, &done) != FS_OK ||
	    done != FILER_SIZE) {
		filer_failed();
		return;
	}
	memcpy(words, filer_fs.buffer, sizeof(words));
	filer_block(right, filer_last[block], block);
	if (memcmp(words, right, sizeof(words)) == 0)
		return;
	filer_last[block] = 0;
	if (words[FILER_WORDS - 1] == crc32c(0, words, FILER_SIZE - sizeof(words[0])))
		filer_progress->wrong++;
	else
		filer_progress->errors++;
}

static void filer_begin(void)
{
	filer_random += sys_program->number;
	filer_path[1] = (char)('0' + sys_program->number);
	(void)fs_open(&filer_fs, "fs");
	for (uint32_t i = 0; i < 2; i++) {
		const struct rtos_given *window = sys_given(RTOS_GIVEN_WINDOW, NULL, i);

		if (window->address != (uint64_t)filer_fs.buffer)
			filer_progress = (volatile struct work_progress *)window->address;
	}
	filer_progress->round = 2ULL * FILER_BLOCKS;
	(void)fs_create(&filer_fs, filer_path, FS_FILE, &filer_id);
}

static void filer_work(bool writes, uint64_t block)
{
	if (writes || filer_last[block] == 0)
		filer_write(block);
	else
		filer_read(block);
	filer_progress->answers++;
}

/* A block at random, then the next one in turn. */
int main(void)
{
	uint64_t random;

	filer_begin();
	for (uint64_t turn = 0;; turn++) {
		random = filer_next(&filer_random);
		filer_work(random % 2 == 0, random / 2 % FILER_BLOCKS);
		filer_work(false, turn % FILER_BLOCKS);
	}
}
