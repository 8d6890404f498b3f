/*
 * Copies the first half of a disk to the second half, reads the copy back, and tells the sums of
 * both. It does so when a manager starts it. At its first start, with all other programs, it just
 * ends. It offers no port. If the disk's driver restarts, its calls only take longer.
 */
#include <kumiki/rtos/note.h>
#include <lib/crc32c.h>
#include <rtos/block.h>
#include <rtos/console.h>
#include <rtos/sys.h>

RTOS_NOTE(RTOS_NOTE_PARTS, RTOS_PARTS_WHOLE);

#define MIRROR_STEPS 10 /* steps that are told */

struct mirror {
	struct block disk;
	uint64_t half;   /* sectors */
	uint32_t pieces; /* sectors at a time */
};

static _Noreturn void mirror_fail(const char *what)
{
	struct text text = {.length = 0};

	text_add(&text, "mirror: ");
	text_add(&text, what);
	text_add(&text, "\n");
	(void)console_print(&text);
	sys_exit(1);
}

static void mirror_step(const struct mirror *mirror, uint64_t done)
{
	struct text text = {.length = 0};

	text_add(&text, "mirror: ");
	text_number(&text, done * 100 / mirror->half);
	text_add(&text, " % of ");
	text_number(&text, mirror->half * BLOCK_SECTOR / 1024);
	text_add(&text, " KiB are copied\n");
	(void)console_print(&text);
}

static uint32_t mirror_piece(const struct mirror *mirror, uint64_t at)
{
	const uint64_t left = mirror->half - at;

	return left < mirror->pieces ? (uint32_t)left : mirror->pieces;
}

/* Copies the disk's first half. Returns the sum of the bytes that it read. */
static uint32_t mirror_copy(const struct mirror *mirror)
{
	const uint64_t step = (mirror->half + MIRROR_STEPS - 1) / MIRROR_STEPS;
	uint64_t told = step;
	uint32_t sum = 0;

	for (uint64_t at = 0; at < mirror->half; at += mirror_piece(mirror, at)) {
		const uint32_t sectors = mirror_piece(mirror, at);

		if (block_read(&mirror->disk, at, sectors, 0) != BLOCK_OK)
			mirror_fail("a read failed");
		sum = crc32c(sum, mirror->disk.buffer, sectors * BLOCK_SECTOR);
		if (block_write(&mirror->disk, mirror->half + at, sectors, 0) != BLOCK_OK)
			mirror_fail("a write failed");
		if (at + sectors < told)
			continue;
		mirror_step(mirror, at + sectors);
		told += step;
	}
	return sum;
}

static uint32_t mirror_sum(const struct mirror *mirror, uint64_t from)
{
	uint32_t sum = 0;

	for (uint64_t at = 0; at < mirror->half; at += mirror_piece(mirror, at)) {
		const uint32_t sectors = mirror_piece(mirror, at);

		if (block_read(&mirror->disk, from + at, sectors, 0) != BLOCK_OK)
			mirror_fail("reading the copy failed");
		sum = crc32c(sum, mirror->disk.buffer, sectors * BLOCK_SECTOR);
	}
	return sum;
}

static void mirror_begin(struct mirror *mirror)
{
	uint32_t room;

	if (block_open(&mirror->disk, "block") != BLOCK_OK || mirror->disk.sectors < 2)
		mirror_fail("there is no disk");
	room = mirror->disk.buffer_size / BLOCK_SECTOR;
	mirror->half = mirror->disk.sectors / 2;
	mirror->pieces = room < mirror->disk.most ? room : mirror->disk.most;
	if (mirror->pieces == 0)
		mirror_fail("its manifest gives it no window on the disk");
}

static int mirror_tell(uint32_t sum, uint32_t copy)
{
	struct text text = {.length = 0};

	text_add(&text, "mirror: CRC-32C ");
	text_hex(&text, sum);
	text_add(&text, ", and of the copy ");
	text_hex(&text, copy);
	text_add(&text, sum == copy ? ": the same\n" : ": ANOTHER ONE\n");
	(void)console_print(&text);
	return sum != copy;
}

int main(void)
{
	struct mirror mirror;
	uint32_t sum;

	if (sys_program->starts == 0)
		return 0;
	mirror_begin(&mirror);
	sum = mirror_copy(&mirror);
	if (block_flush(&mirror.disk) != BLOCK_OK)
		mirror_fail("the disk couldn't write all of it");
	return mirror_tell(sum, mirror_sum(&mirror, mirror.half));
}
