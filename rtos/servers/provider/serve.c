/* See serve.h. */
#include "serve.h"
#include <inttypes.h>
#include <lib/crc32c.h>
#include <rtos/sys.h>
#include <stdio.h>
#include <string.h>

#define SERVE_PAUSE 100 /* milliseconds between two calls to a driver that isn't there */

/* ---- the disk ---- */

/* How many sectors one call to the driver moves. */
static uint32_t serve_piece(const struct block *block)
{
	const uint32_t room = block->buffer_size / BLOCK_SECTOR;

	return block->most < room ? block->most : room;
}

/* Moves sectors through the buffer that is shared with the driver. A write without `data` writes
 * zeroes. */
static enum block_status serve_move(const struct block *block, bool write, uint64_t sector,
                                    uint32_t sectors, uint8_t *data)
{
	const size_t bytes = (size_t)sectors * BLOCK_SECTOR;
	enum block_status status;

	if (write) {
		if (data)
			memcpy(block->buffer, data, bytes);
		else
			memset(block->buffer, 0, bytes);
		return block_write(block, sector, sectors, 0);
	}
	status = block_read(block, sector, sectors, 0);
	if (status == BLOCK_OK)
		memcpy(data, block->buffer, bytes);
	return status;
}

/* Waits if the driver isn't there. That is a delay for the disk's users, never an error. True: call
 * again. */
static bool serve_wait_for_driver(enum block_status status)
{
	if (status != BLOCK_NO_SERVER)
		return false;
	sys_beat();
	sys_sleep(SERVE_PAUSE);
	return true;
}

/* Carries out a read or a write of any size. Without `data`, zeroes are written. */
static bool serve_transfer(const struct serve *serve, const struct disk_record *record,
                           uint8_t *data)
{
	const uint32_t sectors = record->size / DISK_SECTOR, most = serve_piece(&serve->block);
	const bool write = record->operation != DISK_READ;

	for (uint32_t done = 0, piece; done < sectors; done += piece) {
		enum block_status status;

		piece = sectors - done < most ? sectors - done : most;
		do
			status = serve_move(&serve->block, write,
			                    serve->part.first + record->sector + done, piece,
			                    data ? data + (size_t)done * DISK_SECTOR : NULL);
		while (serve_wait_for_driver(status));
		if (status != BLOCK_OK)
			return false;
	}
	return true;
}

/* What a driver does with a range at once. BLOCK_BAD: it can't. */
static enum block_status serve_range(const struct serve *serve, const struct disk_record *record)
{
	const uint64_t first = serve->part.first + record->sector;
	const uint32_t sectors = record->size / DISK_SECTOR;
	enum block_status status;

	do
		status = record->operation == DISK_ZEROES
		             ? block_zero(&serve->block, first, sectors)
		             : block_discard(&serve->block, first, sectors);
	while (serve_wait_for_driver(status));
	return status;
}

/* Where the driver or the device can't, zeroes are written: a device may refuse to write so many
 * zeroes at once, and says only that it failed. */
static bool serve_zeroes(const struct serve *serve, const struct disk_record *record)
{
	const enum block_status status = serve_range(serve, record);

	return status == BLOCK_BAD || status == BLOCK_FAILED ? serve_transfer(serve, record, NULL)
	                                                     : status == BLOCK_OK;
}

/* Where the driver can't, the sectors stay. */
static bool serve_discard(const struct serve *serve, const struct disk_record *record)
{
	const enum block_status status = serve_range(serve, record);

	return status == BLOCK_OK || status == BLOCK_BAD;
}

static bool serve_fits(const struct serve *serve, const struct disk_record *record, uint32_t most)
{
	const uint64_t sectors = record->size / DISK_SECTOR;

	return record->size % DISK_SECTOR == 0 && record->size <= most &&
	       sectors <= serve->part.count && record->sector <= serve->part.count - sectors;
}

static bool serve_flush(const struct serve *serve)
{
	enum block_status status;

	do
		status = block_flush(&serve->block);
	while (serve_wait_for_driver(status));
	return status == BLOCK_OK;
}

static bool serve_carry_out(const struct serve *serve, const struct disk_record *record,
                            uint8_t *data)
{
	switch (record->operation) {
	case DISK_READ:
		return serve_fits(serve, record, DISK_DATA_MOST) &&
		       serve_transfer(serve, record, data);
	case DISK_WRITE:
		return !serve->read_only && serve_fits(serve, record, DISK_DATA_MOST) &&
		       serve_transfer(serve, record, data);
	case DISK_ZEROES:
		return !serve->read_only && serve_fits(serve, record, DISK_RANGE_MOST) &&
		       serve_zeroes(serve, record);
	case DISK_DISCARD:
		return !serve->read_only && serve_fits(serve, record, DISK_RANGE_MOST) &&
		       serve_discard(serve, record);
	case DISK_FLUSH:
		return serve_flush(serve);
	default:
		return false;
	}
}

/* ---- the state ---- */

static uint32_t serve_sum(const struct serve *serve)
{
	return crc32c(0, (const void *)serve, offsetof(struct serve, sum));
}

void serve_settle(struct serve *serve)
{
	serve->sum = serve_sum(serve);
}

bool serve_is_sound(const struct serve *serve)
{
	return serve->sum == serve_sum(serve);
}

bool serve_is_right(const struct serve *serve)
{
	const struct disk_record behind = {
	    .operation = DISK_READ, .size = DISK_SECTOR, .sector = serve->part.count};

	return !serve_carry_out(serve, &behind, NULL);
}

/* ---- records ---- */

static size_t serve_hear(struct serve *serve, const struct disk_record *record)
{
	serve->session = record->status == DISK_OK ? record->session : 0;
	serve_settle(serve);
	if (serve->session == 0)
		fprintf(stderr,
		        "%s: its disk is refused: it has had %" PRIu64 " sectors before, or the "
		        "partitions that use it want to write to it\n",
		        serve->name, record->sector);
	return 0;
}

static size_t serve_request(const struct serve *serve, struct disk_record record,
                            struct packet *packet)
{
	const bool good = serve_carry_out(serve, &record, packet->data);

	if (!good)
		fprintf(stderr,
		        "%s: operation %u of %" PRIu32 " bytes at sector %" PRIu64 " failed\n",
		        serve->name, record.operation, record.size, record.sector);
	record.status = good ? DISK_OK : DISK_FAILED;
	if (!good || record.operation != DISK_READ)
		record.size = 0;
	packet->record = record;
	return sizeof(record) + record.size;
}

size_t serve_greet(const struct serve *serve, struct packet *packet)
{
	packet->record = (struct disk_record){.magic = DISK_MAGIC,
	                                      .tag = DISK_REVISION,
	                                      .operation = DISK_HELLO,
	                                      .size = serve->read_only ? DISK_READ_ONLY : 0,
	                                      .sector = serve->part.count};
	return sizeof(packet->record);
}

/* A write that came without all of its data is no request. */
size_t serve_answer(struct serve *serve, struct packet *packet, size_t size)
{
	struct disk_record record;

	if (size < sizeof(record))
		return 0;
	memcpy(&record, &packet->record, sizeof(record));
	__asm__ volatile("" ::: "memory"); /* nothing of the packet's record is read again */
	if (record.magic != DISK_MAGIC ||
	    (record.operation == DISK_WRITE && size - sizeof(record) != record.size))
		return 0;
	if (record.operation == DISK_HELLO)
		return serve_hear(serve, &record);
	if (serve->session == 0 || record.session != serve->session)
		return 0;
	return serve_request(serve, record, packet);
}
