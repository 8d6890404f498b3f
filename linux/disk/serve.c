/*
 * The service itself: it serves one request after another. The file is open with O_DSYNC, and a
 * write is answered when the medium has it. So no answered write is lost when this program or its
 * Linux ends. With --write-back Linux may keep a write until the next flush. A request's data
 * follow its header in one buffer, and so do an answer's: one write() is one record.
 */
#include "disk.h"
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* O_DIRECT wants data that begin with a page. */
#define DISK_PAGE 4096u

struct packet {
	_Alignas(DISK_PAGE) uint8_t before[DISK_PAGE - sizeof(struct disk_record)];
	struct disk_record record;
	uint8_t data[DISK_DATA_MOST];
};
_Static_assert(offsetof(struct packet, data) == DISK_PAGE, "there is nothing between");

static enum disk_end complain(const struct disk *disk, enum disk_end end, const char *what,
                              const char *why)
{
	(void)fprintf(stderr, "kumiki-disk: %s: %s: %s\n", disk->channel, what, why);
	return end;
}

/* False: the channel has ended. */
static bool receive(const struct disk *disk, void *to, size_t size)
{
	uint8_t *at = to;

	while (size != 0) {
		ssize_t got = read(disk->port, at, size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		size -= (size_t)got;
	}
	return true;
}

static bool send(const struct disk *disk, const struct packet *packet, size_t data)
{
	size_t size = sizeof(packet->record) + data;
	ssize_t sent;

	do
		sent = write(disk->port, &packet->record, size);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)size;
}

/* ---- the medium ---- */

/* Reads all of it. False: an error, or the file is shorter than it was. */
static bool read_all(const struct disk *disk, uint8_t *to, size_t size, off_t at)
{
	while (size != 0) {
		ssize_t got = pread(disk->file, to, size, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		at += got;
		size -= (size_t)got;
	}
	return true;
}

static bool write_all(const struct disk *disk, const uint8_t *from, size_t size, off_t at)
{
	while (size != 0) {
		ssize_t got = pwrite(disk->file, from, size, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		from += got;
		at += got;
		size -= (size_t)got;
	}
	return true;
}

/* In a file, the range becomes a hole. In a block device, the device decides. A medium that can't
 * discard keeps the range. */
static bool discard(const struct disk *disk, off_t size, off_t at)
{
	return fallocate(disk->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, size) == 0 ||
	       errno == EOPNOTSUPP;
}

/* If the medium can't make a range of zeroes, this function writes them. */
static bool write_zeroes(const struct disk *disk, off_t size, off_t at)
{
	static const _Alignas(DISK_PAGE) uint8_t zeroes[DISK_DATA_MOST];

	if (fallocate(disk->file, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, at, size) == 0)
		return disk->write_back || fdatasync(disk->file) == 0;
	if (errno != EOPNOTSUPP)
		return false;
	errno = 0;
	for (off_t piece; size > 0; at += piece, size -= piece) {
		piece = size < (off_t)sizeof(zeroes) ? size : (off_t)sizeof(zeroes);
		if (!write_all(disk, zeroes, (size_t)piece, at))
			return false;
	}
	return true;
}

static bool carry_out(const struct disk *disk, struct packet *packet)
{
	const struct disk_record *record = &packet->record;
	const off_t at = (off_t)(record->sector * DISK_SECTOR);

	switch (record->operation) {
	case DISK_READ:
		return read_all(disk, packet->data, record->size, at);
	case DISK_WRITE:
		return !disk->read_only && write_all(disk, packet->data, record->size, at);
	case DISK_DISCARD:
		return !disk->read_only && discard(disk, (off_t)record->size, at);
	case DISK_ZEROES:
		return !disk->read_only && write_zeroes(disk, (off_t)record->size, at);
	case DISK_FLUSH:
		return fdatasync(disk->file) == 0;
	default:
		return false;
	}
}

/* ---- requests ---- */

/* If errno is 0, the file ended before the request's range did. */
static void tell_failure(const struct disk *disk, const struct disk_record *record)
{
	(void)fprintf(
	    stderr, "kumiki-disk: %s: operation %u of %u bytes at sector %llu of %s failed: %s\n",
	    disk->channel, record->operation, record->size, (unsigned long long)record->sector,
	    disk->path, errno != 0 ? strerror(errno) : "the file is shorter than it was");
}

static bool answer(const struct disk *disk, struct packet *packet)
{
	struct disk_record *record = &packet->record;

	errno = 0;
	if (carry_out(disk, packet)) {
		record->status = DISK_OK;
	} else {
		tell_failure(disk, record);
		record->status = DISK_FAILED;
	}
	if (record->operation != DISK_READ || record->status != DISK_OK)
		record->size = 0;
	return send(disk, packet, record->size);
}

/* Receives the next record as a whole. False: the channel has ended, or what came isn't a record.
 */
static bool next(const struct disk *disk, struct packet *packet)
{
	const struct disk_record *record = &packet->record;

	if (!receive(disk, &packet->record, sizeof(packet->record)) ||
	    record->magic != DISK_MAGIC || record->size > DISK_RANGE_MOST)
		return false;
	if (record->operation != DISK_READ && record->operation != DISK_WRITE)
		return true;
	if (record->size > DISK_DATA_MOST)
		return false;
	return record->operation == DISK_READ || receive(disk, packet->data, record->size);
}

static enum disk_end greet(struct disk *disk, struct packet *packet)
{
	const off_t size = lseek(disk->file, 0, SEEK_END);

	if (size < (off_t)DISK_SECTOR)
		return complain(disk, DISK_USELESS, disk->path, "there is no whole sector in it");
	packet->record = (struct disk_record){.magic = DISK_MAGIC,
	                                      .tag = DISK_REVISION,
	                                      .operation = DISK_HELLO,
	                                      .size = disk->read_only ? DISK_READ_ONLY : 0,
	                                      .sector = (uint64_t)size / DISK_SECTOR};
	if (!send(disk, packet, 0))
		return complain(disk, DISK_ENDED, "can't write to the channel", strerror(errno));
	return 0;
}

bool disk_fits(const struct disk *disk)
{
	static struct packet packet;

	return pread(disk->file, packet.data, DISK_SECTOR, 0) >= 0;
}

static enum disk_end refused(const struct disk *disk, const struct disk_record *record)
{
	(void)fprintf(
	    stderr,
	    "kumiki-disk: %s: %s is refused: the disk has had %llu sectors before, or the "
	    "partitions that use it want to write to it; provide as large a one, without "
	    "--read-only\n",
	    disk->channel, disk->path, (unsigned long long)record->sector);
	return DISK_USELESS;
}

enum disk_end disk_serve(struct disk *disk)
{
	static struct packet packet;
	enum disk_end end = greet(disk, &packet);

	if (end != 0)
		return end;
	while (next(disk, &packet)) {
		if (packet.record.operation == DISK_HELLO) {
			if (packet.record.status != DISK_OK)
				return refused(disk, &packet.record);
			disk->session = packet.record.session;
		} else if (packet.record.session == disk->session && disk->session != 0 &&
		           !answer(disk, &packet)) {
			return complain(disk, DISK_ENDED, "can't write to the channel",
			                strerror(errno));
		}
	}
	return complain(disk, DISK_ENDED, "the channel has ended", "start this program again");
}
