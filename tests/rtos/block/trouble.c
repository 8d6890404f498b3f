/*
 * Judges a client's view of a disk that can't be written, or fails requests for some sectors (the
 * host says which, tests/system/rtos_disk.py): an error to that request alone, and no driver that
 * is restarted. Without a known disk, the client is told that nobody is there.
 */
#include <libc/expect.h>
#include <rtos/block.h>
#include <string.h>
#include <templates/programs.h>

#define BAD_READ  4100 /* sectors */
#define BAD_WRITE 4200

static struct block disk;

static enum block_status read_at(uint64_t sector, uint32_t sectors)
{
	return block_read(&disk, sector, sectors, 0);
}

static enum block_status write_at(uint64_t sector, uint32_t sectors)
{
	return block_write(&disk, sector, sectors, 0);
}

/* A failed read leaves the buffer as it was. */
static void test_failed_read(void)
{
	memset(disk.buffer, 0x5a, 8192);
	expect(read_at(BAD_READ, 1) == BLOCK_FAILED);
	expect(read_at(BAD_READ - 3, 8) == BLOCK_FAILED);
	for (uint32_t i = 0; i < 8192; i++)
		if (disk.buffer[i] != 0x5a)
			expect(disk.buffer[i] == 0x5a);
	expect(read_at(BAD_READ - 8, 8) == BLOCK_OK);
	expect(read_at(BAD_READ + 1, 8) == BLOCK_OK);
}

static void test_failed_write(void)
{
	static uint8_t before[BLOCK_SECTOR];

	expect(read_at(BAD_WRITE, 1) == BLOCK_OK);
	memcpy(before, disk.buffer, BLOCK_SECTOR);
	memset(disk.buffer, 0xa5, BLOCK_SECTOR);
	expect(write_at(BAD_WRITE, 1) == BLOCK_FAILED);
	expect(read_at(BAD_WRITE, 1) == BLOCK_OK);
	expect(memcmp(before, disk.buffer, BLOCK_SECTOR) == 0);
	expect(write_at(BAD_WRITE + 1, 1) == BLOCK_OK);
	expect(read_at(BAD_READ, 1) == BLOCK_FAILED);
	expect(block_flush(&disk) == BLOCK_FAILED); /* the first one */
	expect(block_flush(&disk) == BLOCK_OK);
}

static void test_read_only(void)
{
	expect(write_at(8, 8) == BLOCK_READ_ONLY);
	expect(write_at(disk.sectors, 1) == BLOCK_BAD);
	expect(read_at(0, 8) == BLOCK_OK);
	expect(read_at(BAD_READ, 1) == BLOCK_OK);
	expect(block_flush(&disk) == BLOCK_OK);
}

int main(void)
{
	const uint64_t driver = programs_find("block");
	const enum block_status status = block_open(&disk, "block");

	if (status != BLOCK_OK) {
		expect(status == BLOCK_NO_SERVER);
		expect(programs_starts(driver) == 3); /* and two restarts */
		return expect_end();
	}
	if (disk.read_only) {
		test_read_only();
	} else {
		test_failed_read();
		test_failed_write();
	}
	expect(programs_starts(driver) == 1);
	return expect_end();
}
