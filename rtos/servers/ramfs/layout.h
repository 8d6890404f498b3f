/*
 * What lies where in the RAM file system's memory: page 0 has struct ramfs_head; then come pages of
 * inodes, a bitmap of all pages, and the pages that files, directories and indexes use. All of it
 * is kept over the server's end, so a change of anything here needs another RAMFS_VERSION.
 */
#ifndef RAMFS_LAYOUT_H
#define RAMFS_LAYOUT_H

#include <proto/fs.h>

#define RAMFS_MAGIC      0x31534652494d554bULL /* "KUMIRFS1" */
#define RAMFS_VERSION    1
#define RAMFS_PAGE       4096u
#define RAMFS_PAGES_MIN  4u
#define RAMFS_PAGES_MAX  65536u
#define RAMFS_INODES     32u /* in a page */
#define RAMFS_PER_INODES 64u /* pages for each page of inodes */
#define RAMFS_INODES_MAX (RAMFS_PAGES_MAX / RAMFS_PER_INODES * RAMFS_INODES)
#define RAMFS_DIRECT     8u
#define RAMFS_INDEXES    1024u /* in a page */
#define RAMFS_CHANGES    160u
#define RAMFS_ANSWERS    16u
#define RAMFS_SIZE_MAX   UINT32_MAX

/* Pages in one word of a set of pages. */
#define RAMFS_BITS 32u

/* Places are counted in pages from the memory's beginning. Page 0 is this page. */
struct ramfs_super {
	uint64_t magic; /* written last */
	uint32_t version;
	uint32_t pages;
	uint32_t inodes; /* the first page of inodes */
	uint32_t bitmap;
	uint32_t contents; /* from here on pages are given out */
	uint32_t inode_count;
	uint32_t reserved[8];
};

/* A once-only call's answer: FS_OK and these words, lower halves first. Identity 0: the place is
 * free. */
struct ramfs_answer {
	uint32_t identity[2];
	uint32_t word1[2], word2[2];
	uint32_t reserved[2];
};

struct ramfs_change {
	uint32_t at; /* a word of the memory */
	uint32_t value;
};

#define RAMFS_WHOLE 0x454c4f48u /* "HOLE" */

struct ramfs_record {
	uint32_t whole; /* RAMFS_WHOLE: the changes are to be made */
	uint32_t count;
	uint32_t crc; /* of count and changes */
	uint32_t reserved;
	struct ramfs_change change[RAMFS_CHANGES];
};

struct ramfs_head {
	struct ramfs_super super;
	struct ramfs_answer answer[RAMFS_ANSWERS];
	struct ramfs_record record;
};
_Static_assert(sizeof(struct ramfs_head) <= RAMFS_PAGE, "it is page 0");

enum ramfs_state {
	RAMFS_FREE = 0,
	RAMFS_FILE = FS_FILE,
	RAMFS_DIRECTORY = FS_DIRECTORY,
	RAMFS_REMOVED = 3, /* without a name; its pages go a piece at a time */
	RAMFS_SHRINKS = 4, /* a file with pages behind its end, which go likewise */
};

/* Inode number n is the n-th one, from 1 on: 0 is none. */
struct ramfs_inode {
	uint32_t state;
	uint32_t generation; /* counted up with each removal */
	uint32_t size;
	uint32_t directory;           /* inode; the root's is itself */
	uint32_t pages[RAMFS_DIRECT]; /* 0: nothing was written there */
	uint32_t index;
	uint32_t index_of_indexes;
	uint32_t reserved[18];
};
_Static_assert(sizeof(struct ramfs_inode) * RAMFS_INODES == RAMFS_PAGE, "they fill pages");

struct ramfs_entry {
	uint32_t inode; /* 0: free */
	uint32_t reserved[3];
	uint32_t name[FS_NAME / 4];
};
#define RAMFS_ENTRIES (RAMFS_PAGE / sizeof(struct ramfs_entry))
_Static_assert(RAMFS_ENTRIES == 64, "they fill pages");

#endif
