/*
 * A verifying load of a disk (/bin/blocks of the Linux guests): `blocks NAME DISK PART SEED` has
 * the 128 blocks of 4 KiB from block 128 * PART on for itself. Past Linux's cache it writes to one
 * after the other by chance, and reads some back. A block carries its number, its generation and a
 * sum of all that. Behind so many requests, by chance too, a line says so. When there is a file
 * /tmp/enough, the program prints the generation of each block whose write was answered last. The
 * exit status is an error's number, or 0; 201 is a block that isn't as it was written, 202
 * one that isn't there.
 */
#include <linux/user.h>

enum {
	SYS_FACCESSAT = 48,
	SYS_OPENAT = 56,
	SYS_PREAD64 = 67,
	SYS_PWRITE64 = 68,
	SYS_FDATASYNC = 83
};
enum { AT_FDCWD = -100, O_RDWR = 2, O_DIRECT = 0200000 };
enum { BLOCKS_SIZE = 4096, BLOCKS_COUNT = 128, BLOCKS_WORDS = BLOCKS_SIZE / 8 };
enum { BLOCKS_READS = 4, BLOCKS_FLUSHES = 16 }; /* one request of so many */
enum { BLOCKS_LEAST = 16, BLOCKS_MOST = 64 };   /* requests before a line */
enum { BLOCKS_USAGE = 200, BLOCKS_WRONG = 201, BLOCKS_SHORT = 202 };

/* The first word is the number, the second one the generation, the last one the sum. */
struct blocks_block {
	_Alignas(BLOCKS_SIZE) uint64_t word[BLOCKS_WORDS];
};

struct blocks {
	const char *name;
	long disk;
	uint64_t first; /* block */
	uint64_t seed;
	uint64_t answered[BLOCKS_COUNT]; /* generations; 0: not written yet */
};

static uint64_t chance(struct blocks *blocks, uint64_t limit)
{
	blocks->seed ^= blocks->seed << 13;
	blocks->seed ^= blocks->seed >> 7;
	blocks->seed ^= blocks->seed << 17;
	return (blocks->seed >> 20) % limit;
}

static void fill(struct blocks_block *block, uint64_t number, uint64_t generation)
{
	uint64_t sum = 0xcbf29ce484222325u;

	block->word[0] = number;
	block->word[1] = generation;
	for (uint64_t i = 2; i < BLOCKS_WORDS - 1; i++)
		block->word[i] = (number << 40 ^ generation << 16 ^ i) * 0x9e3779b97f4a7c15u;
	for (uint64_t i = 0; i < BLOCKS_WORDS - 1; i++)
		sum = (sum ^ block->word[i]) * 0x100000001b3u;
	block->word[BLOCKS_WORDS - 1] = sum;
}

/* A disk that its driver has left has no bytes. */
static void request(const struct blocks *blocks, long call, struct blocks_block *block,
                    uint64_t index)
{
	if (user_must(call, blocks->disk, (long)block, BLOCKS_SIZE,
	              (long)((blocks->first + index) * BLOCKS_SIZE)) != BLOCKS_SIZE)
		user_exit(BLOCKS_SHORT);
}

/* Ends the program if the block isn't as it was written. */
static void check(const struct blocks *blocks, uint64_t index)
{
	static struct blocks_block read, wanted;

	request(blocks, SYS_PREAD64, &read, index);
	fill(&wanted, blocks->first + index, blocks->answered[index]);
	for (uint64_t i = 0; i < BLOCKS_WORDS; i++)
		if (read.word[i] != wanted.word[i]) {
			user_print(blocks->name, "has a WRONG block", blocks->first + index);
			user_exit(BLOCKS_WRONG);
		}
}

static void work(struct blocks *blocks)
{
	static struct blocks_block written;
	const uint64_t index = chance(blocks, BLOCKS_COUNT);

	if (blocks->answered[index] != 0 && chance(blocks, BLOCKS_READS) == 0) {
		check(blocks, index);
		return;
	}
	fill(&written, blocks->first + index, blocks->answered[index] + 1);
	request(blocks, SYS_PWRITE64, &written, index);
	blocks->answered[index]++;
	if (chance(blocks, BLOCKS_FLUSHES) == 0)
		user_must(SYS_FDATASYNC, blocks->disk, 0, 0, 0);
}

void user_main(const uint64_t *stack)
{
	static struct blocks blocks;
	uint64_t left = BLOCKS_LEAST;

	if (stack[0] != 5)
		user_exit(BLOCKS_USAGE);
	blocks.name = (const char *)stack[2];
	blocks.disk = user_must(SYS_OPENAT, AT_FDCWD, (long)stack[3], O_RDWR | O_DIRECT, 0);
	blocks.first = (uint64_t)user_number((const char *)stack[4]) * BLOCKS_COUNT;
	blocks.seed = ((uint64_t)user_number((const char *)stack[5]) * 2 + 1 + 2 * blocks.first) *
	              0x9e3779b97f4a7c15u;
	for (uint64_t done = 0;
	     user_call(SYS_FACCESSAT, AT_FDCWD, (long)"/tmp/enough", 0, 0) != 0;) {
		work(&blocks);
		done++;
		if (--left != 0)
			continue;
		user_print(blocks.name, "is at", done);
		left = BLOCKS_LEAST + chance(&blocks, BLOCKS_MOST - BLOCKS_LEAST);
	}
	for (uint64_t i = 0; i < BLOCKS_COUNT; i++)
		user_print(blocks.name, "has", blocks.answered[i]);
	user_exit(0);
}
