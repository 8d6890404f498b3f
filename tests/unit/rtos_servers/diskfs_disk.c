/* See diskfs_disk.h. */
#include "diskfs_disk.h"
#include <stdlib.h>
#include <string.h>

static struct memory_disk *disk_of(struct disk *disk)
{
	return (struct memory_disk *)disk;
}

uint64_t memory_disk_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * 0x2545f4914f6cdd1dULL >> 16;
}

/* False: the call fails. */
static bool disk_call(struct memory_disk *disk)
{
	disk->calls++;
	if (disk->dies_at != 0 && disk->calls == disk->dies_at)
		longjmp(disk->death, 1);
	return disk->calls != disk->call_fails;
}

static void disk_note(struct memory_disk *disk, struct note note)
{
	if (!disk->notes)
		return;
	if (disk->note_count == disk->note_room) {
		disk->note_room *= 2;
		disk->notes = realloc(disk->notes, disk->note_room * sizeof(note));
	}
	note.made = disk->made;
	disk->notes[disk->note_count++] = note;
}

static bool disk_read(struct disk *at, uint32_t block, uint8_t *page)
{
	struct memory_disk *disk = disk_of(at);

	if (!disk_call(disk) || (disk->doubts && at->doubt))
		return false;
	at->doubt = NULL;
	if (disk->fails_at == block && block != 0) {
		at->doubt = disk->doubts ? page : NULL;
		return false;
	}
	memcpy(page, disk->bytes + (size_t)block * DISKFS_BLOCK, DISKFS_BLOCK);
	return true;
}

static bool disk_write(struct disk *at, uint32_t block, uint8_t *const page[], uint32_t count)
{
	struct memory_disk *disk = disk_of(at);
	const size_t size = (size_t)count * DISKFS_BLOCK;
	uint8_t *to = disk->bytes + (size_t)block * DISKFS_BLOCK;
	struct note note = {.kind = NOTE_WRITE, .block = block, .count = count};

	if (!disk_call(disk) || disk->write_fails)
		return false;
	if (disk->notes)
		note.bytes = malloc(size);
	for (uint32_t i = 0; i < count; i++)
		memcpy(to + (size_t)i * DISKFS_BLOCK, page[i], DISKFS_BLOCK);
	if (disk->notes)
		memcpy(note.bytes, to, size);
	disk_note(disk, note);
	return true;
}

static bool disk_flush(struct disk *at)
{
	struct memory_disk *disk = disk_of(at);

	if (!disk_call(disk) || disk->flush_fails)
		return false;
	disk_note(disk, (struct note){.kind = NOTE_FLUSH});
	return true;
}

static void disk_tell(struct disk *at, const char *what, uint64_t where)
{
	disk_of(at)->told++;
	disk_of(at)->said = what;
	disk_of(at)->where = where;
}

void memory_disk_begin(struct memory_disk *disk, uint32_t blocks)
{
	memset(disk, 0, sizeof(*disk));
	disk->bytes = calloc(blocks, DISKFS_BLOCK);
	disk->disk = (struct disk){.pages = DISK_PAGES,
	                           .blocks = blocks,
	                           .read = disk_read,
	                           .write = disk_write,
	                           .flush = disk_flush,
	                           .tell = disk_tell};
}

void memory_disk_end(struct memory_disk *disk)
{
	for (uint32_t i = 0; i < disk->note_count; i++)
		free(disk->notes[i].bytes);
	free(disk->notes);
	free(disk->bytes);
}

void memory_disk_note(struct memory_disk *disk)
{
	disk->note_room = 256;
	disk->notes = calloc(disk->note_room, sizeof(*disk->notes));
}

void memory_disk_synced(struct memory_disk *disk, uint64_t number)
{
	disk_note(disk, (struct note){.kind = NOTE_SYNCED, .synced = number});
}

void memory_disk_load(struct memory_disk *disk, const uint8_t *image)
{
	memcpy(disk->bytes, image, (size_t)disk->disk.blocks * DISKFS_BLOCK);
}
