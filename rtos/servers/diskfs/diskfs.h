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
	uint32_t place;          /* the place of the newest root on the disk */
	struct diskfs_group groups[DISKFS_GROUPS_MAX];
	struct diskfs_delta *deltas;
	uint32_t delta_count, delta_settled; /* further ones count from the next commit on */
	uint32_t free;                       /* blocks that may be taken */

	uint32_t run, run_count; /* blocks in the disk's buffer that have to be written */
	enum fs_status trouble;  /* why the last function failed */
	bool touched;            /* the present operation has changed something */
	bool unsaved;            /* there is something to commit */
	bool unflushed;          /* perhaps only the disk's cache has the root that was found */
	bool failing;            /* the disk's last answer was an error */
	bool lied;               /* the disk has lost what it had confirmed */
	bool alone;              /* only one root was whole when the file system was found */
	bool dead;               /* the state in memory is of no use */
	bool stuck;              /* no block of a removed file can become free at present */
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
/* Reads one block into memory that nobody else writes to. */
bool diskfs_read(struct diskfs *fs, uint32_t block, void *to);

#endif
