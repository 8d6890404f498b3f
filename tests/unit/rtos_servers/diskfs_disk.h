/* A disk in memory for the disk file system's tests. It can note all writes, let the server die at
 * one of its calls, and report errors. */
#ifndef TESTS_DISKFS_DISK_H
#define TESTS_DISKFS_DISK_H

#include <servers/diskfs/diskfs.h>
#include <setjmp.h>

enum note_kind {
	NOTE_WRITE,
	NOTE_FLUSH,
	NOTE_SYNCED, /* a note by the test: changes up to a number are on the disk for certain */
};

struct note {
	enum note_kind kind;
	uint32_t block, count;
	uint8_t *bytes;
	uint64_t synced, made; /* changes: the number of NOTE_SYNCED; and of the last one made */
};

struct memory_disk {
	struct disk disk;
	uint8_t *bytes;
	struct note *notes; /* NULL: nothing is noted */
	uint32_t note_count, note_room;
	uint64_t made;       /* the present change's number, for the notes */
	uint32_t calls;      /* how many came so far */
	uint32_t dies_at;    /* the call at which the server dies; 0: never */
	jmp_buf death;       /* where the test goes on then */
	uint32_t call_fails; /* the call that fails; 0: none */
	uint32_t fails_at;   /* reads of this block fail; 0: none */
	bool doubts; /* it has no driver after a read that fails: so the read may still come */
	bool write_fails, flush_fails;
	uint32_t told; /* how many messages for people there were */
	const char *said;
	uint64_t where;
};

void memory_disk_begin(struct memory_disk *disk, uint32_t blocks);
void memory_disk_end(struct memory_disk *disk);
void memory_disk_note(struct memory_disk *disk);
void memory_disk_synced(struct memory_disk *disk, uint64_t number);
/* Gives the disk the contents of an image of the same size. */
void memory_disk_load(struct memory_disk *disk, const uint8_t *image);
/* A random number; a seed gives the same numbers each time. */
uint64_t memory_disk_random(uint64_t *seed);

#endif
