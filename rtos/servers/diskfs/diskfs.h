/* The file system, as its server sees it. */
#ifndef DISKFS_DISKFS_H
#define DISKFS_DISKFS_H

#include "cache.h"
#include "disk.h"

#define DISKFS_RESERVE 16u /* blocks that only removing may use */
#define DISKFS_NEED    16u /* most blocks that an operation changes, besides change_blocks() */
#define DISKFS_PIECE   16u /* most blocks of contents that an operation changes */
#define DISKFS_CUT     64u /* most steps of cutting in one operation */

struct kept;

struct diskfs {
	struct disk *disk;
	struct cache cache;
	uint8_t *memory; /* all memory that it uses, to begin anew */
	size_t size;
	struct kept *kept;     /* NULL: only the disk outlives the server */
	struct mapped *mapped; /* NULL: programs can't map files */

	struct diskfs_root root; /* as the next commit will write it */
	uint8_t *root_memory;    /* DISKFS_ROOT_BLOCKS pages: a root that is written */
	uint32_t place;          /* the place of the newest root on the disk */
	struct diskfs_group groups[DISKFS_GROUPS_MAX];
	struct diskfs_delta *deltas;
	uint32_t delta_count, delta_settled; /* further ones count from the next commit on */
	uint32_t free;                       /* blocks that may be taken */

	/* Pages for the disk's blocks from `run` on. They have to be written. */
	uint8_t *run_page[DISK_PAGES];
	uint32_t run, run_count;
	enum fs_status trouble; /* why the last function failed */
	bool touched;           /* the present operation has changed something */
	bool unsaved;           /* there is something to commit */
	bool unflushed;         /* perhaps only the disk's cache has the root that was found */
	bool failing;           /* the disk's last answer was an error */
	bool lied;              /* the disk has lost what it had confirmed */
	bool alone;             /* only one root was whole when the file system was found */
	bool dead;              /* the state in memory is of no use */
	bool stuck;             /* no block of a removed file can become free at present */
	bool read_only;
	uint64_t commits; /* commits since the start */
};

/* Notes why something failed. Returns false. */
static inline bool diskfs_fail(struct diskfs *fs, enum fs_status why)
{
	fs->trouble = why;
	return false;
}

/* Notes that the disk failed. People are told only the first time in a row. */
bool diskfs_fail_at(struct diskfs *fs, const char *what, uint32_t block);
/* Copies a whole block. */
void diskfs_copy(void *to, const void *from);
/* Reads one block into a page of the file system's memory. */
bool diskfs_read(struct diskfs *fs, uint32_t block, void *page);
/* Writes pages of the file system's memory to blocks that lie behind each other. */
bool diskfs_write(struct diskfs *fs, uint32_t block, uint8_t *const page[], uint32_t count);

#endif
