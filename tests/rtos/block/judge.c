/*
 * Judges the disk's driver from a client's side: threads read and write at the same time, each in
 * its own part of the disk, and check every byte, while the driver is restarted at any moment. The
 * host also knows the disk's content before and at the end (tests/system/test_rtos_block.py).
 */
#include <inttypes.h>
#include <libc/expect.h>
#include <pthread.h>
#include <rtos/block.h>
#include <rtos/sys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <templates/busy.h>
#include <templates/programs.h>

#define STARTS  1000 /* of the driver, before it has seen enough; unless an argument says so */
#define THREADS 18   /* more than the driver takes at a time */
#define PART    256  /* sectors that each of them writes */
#define PIECE   8192 /* bytes of the buffer for each */
#define WORDS   (BLOCK_SECTOR / 8)

static struct block disk;
static uint64_t driver; /* a program */
static uint64_t starts = STARTS;

/* Each with its thread alone; counted together at the end. */
struct part {
	pthread_t thread;
	uint32_t number, random;
	uint32_t version[PART]; /* of each sector's content */
	uint64_t failed, done;
};
static struct part parts[THREADS];

/* ---- contents that tell which sector they are, and as of when ---- */

static uint64_t word_of(uint64_t sector, uint64_t version, uint64_t index)
{
	return sector * 0x9e3779b97f4a7c15 + version * 0xbf58476d1ce4e5b9 +
	       index * 0x94d049bb133111eb;
}

static uint64_t *buffer_at(uint32_t at)
{
	return (uint64_t *)(void *)(disk.buffer + at);
}

static void fill(uint32_t at, uint64_t sector, uint64_t version)
{
	for (uint64_t i = 0; i < WORDS; i++)
		buffer_at(at)[i] = word_of(sector, version, i);
}

static bool filled(uint32_t at, uint64_t sector, uint64_t version)
{
	for (uint64_t i = 0; i < WORDS; i++)
		if (buffer_at(at)[i] != word_of(sector, version, i))
			return false;
	return true;
}

/* ---- a thread's work ---- */

static uint32_t random_below(struct part *part, uint32_t limit)
{
	part->random = part->random * 1664525 + 1013904223;
	return (part->random >> 8) % limit;
}

static void count(struct part *part, bool good)
{
	part->done++;
	part->failed += !good;
}

static void write_some(struct part *part, uint32_t first, uint32_t sectors, uint32_t version)
{
	const uint32_t at = part->number * PIECE;

	for (uint32_t i = 0; i < sectors; i++) {
		part->version[first + i] = version;
		fill(at + i * BLOCK_SECTOR, part->number * PART + first + i, version);
	}
	count(part, block_write(&disk, part->number * PART + first, sectors, at) == BLOCK_OK);
}

static void read_some(struct part *part, uint32_t first, uint32_t sectors)
{
	const uint32_t at = part->number * PIECE;

	memset(buffer_at(at), 0, PIECE);
	count(part, block_read(&disk, part->number * PART + first, sectors, at) == BLOCK_OK);
	for (uint32_t i = 0; i < sectors; i++)
		count(part, filled(at + i * BLOCK_SECTOR, part->number * PART + first + i,
		                   part->version[first + i]));
}

static void *work(void *argument)
{
	struct part *part = argument;

	for (uint32_t version = 2; programs_starts(driver) < starts; version++) {
		const uint32_t sectors = 1 + random_below(part, disk.most);
		const uint32_t first = random_below(part, PART - disk.most);

		write_some(part, first, sectors, version);
		read_some(part, random_below(part, PART - disk.most), sectors);
		if (version % 8 == 0)
			count(part, block_flush(&disk) == BLOCK_OK);
	}
	return NULL;
}

/* The content that the host finds afterwards. */
static void write_last(struct part *part)
{
	for (uint32_t first = 0; first < PART; first += 8)
		write_some(part, first, 8, 1);
}

/* The driver's lives have left all that they took. */
static void test_traffic(void)
{
	const uint64_t breaker = programs_find("breaker");
	const struct programs_memory before = programs_memory();
	struct programs_memory after;
	uint64_t done = 0, failed = 0;

	expect(programs_start(breaker) == SUPERVISOR_OK);
	for (uint32_t i = 0; i < THREADS; i++) {
		parts[i] = (struct part){.number = i, .random = i};
		expect(pthread_create(&parts[i].thread, NULL, work, &parts[i]) == 0);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		expect(pthread_join(parts[i].thread, NULL) == 0);
		write_last(&parts[i]);
		done += parts[i].done;
		failed += parts[i].failed;
	}
	expect(failed == 0);
	expect(block_flush(&disk) == BLOCK_OK);
	expect(programs_stop(breaker) == SUPERVISOR_OK);
	after = programs_memory();
	expect(after.pages == before.pages && after.handles == before.handles);
	printf("%" PRIu64 " requests and sectors were right, %" PRIu64
	       " weren't; the driver was started %" PRIu64 " times\n",
	       done - failed, failed, programs_starts(driver));
}

/* ---- more of them at once than the driver takes ---- */

static void *read_at_once(void *argument)
{
	struct part *part = argument;

	for (uint32_t i = 0; i < 10; i++)
		read_some(part, i, 1);
	return NULL;
}

/* A driver that waits for the device isn't restarted: the supervisor waits for it. */
static void test_crowd(void)
{
	for (uint32_t i = 0; i < THREADS; i++) {
		parts[i] = (struct part){.number = i};
		expect(pthread_create(&parts[i].thread, NULL, read_at_once, &parts[i]) == 0);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		expect(pthread_join(parts[i].thread, NULL) == 0);
		expect(parts[i].failed == 0);
	}
}

/* ---- refused calls ---- */

static void test_refused(void)
{
	uint64_t word[RTOS_WORDS] = {99};

	expect(block_read(&disk, disk.sectors, 1, 0) == BLOCK_BAD);
	expect(block_read(&disk, disk.sectors - 1, 2, 0) == BLOCK_BAD);
	expect(block_read(&disk, UINT64_MAX, 1, 0) == BLOCK_BAD);
	expect(block_read(&disk, 0, 0, 0) == BLOCK_BAD);
	expect(block_read(&disk, 0, disk.most + 1, 0) == BLOCK_BAD);
	expect(block_read(&disk, 0, UINT32_MAX, 0) == BLOCK_BAD);
	expect(block_write(&disk, 0, 1, disk.buffer_size) == BLOCK_BAD);
	expect(block_write(&disk, 0, 1, disk.buffer_size - BLOCK_SECTOR + 1) == BLOCK_BAD);
	expect(block_write(&disk, 0, 1, UINT32_MAX) == BLOCK_BAD);
	expect(sys_call(disk.port, word, 0) == RTOS_OK && word[0] == BLOCK_BAD);
}

/* The last sector of the disk, which nobody writes. */
static void test_end(void)
{
	expect(block_read(&disk, disk.sectors - 1, 1, 512) == BLOCK_OK);
	expect(filled(512, disk.sectors - 1, 0));
}

/* ---- costs ---- */

static uint64_t restart_cost(void)
{
	const uint64_t before = busy_time();

	expect(programs_restart(driver) == SUPERVISOR_OK);
	expect(block_read(&disk, 1, 1, 0) == BLOCK_OK);
	return busy_time() - before;
}

static void measure(void)
{
	uint64_t worst = 0, before;

	for (int i = 0; i < 5; i++) {
		const uint64_t cost = restart_cost();

		worst = cost > worst ? cost : worst;
	}
	printf("FIGURE block.restart %" PRIu64 "\n", worst);
	before = busy_time();
	for (int i = 0; i < 64; i++)
		expect(block_read(&disk, 8, 8, 0) == BLOCK_OK);
	printf("FIGURE block.read.4k %" PRIu64 "\n", (busy_time() - before) / 64);
	before = busy_time();
	for (int i = 0; i < 64; i++)
		expect(block_write(&disk, 8, 8, 0) == BLOCK_OK);
	printf("FIGURE block.write.4k %" PRIu64 "\n", (busy_time() - before) / 64);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		starts = strtoull(argv[1], NULL, 10);
	expect(busy_begin());
	expect(block_open(&disk, "block") == BLOCK_OK);
	expect(block_read(&disk, 0, 1, 0) == BLOCK_OK);
	expect(filled(0, 0, 0));
	driver = programs_find("block");
	test_refused();
	test_end();
	test_crowd();
	measure();
	test_traffic();
	return expect_end();
}
