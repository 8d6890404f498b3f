/*
 * What lies where on a disk: block 0 and 1 have a root, 2 and 3 the other one; then come two places
 * for each group's bitmap, and the blocks that files, directories, inodes and indexes use. Numbers
 * are little-endian, as all our machines are. A change of anything here needs another
 * DISKFS_REVISION. Whatever is read from a disk is checked before it is used.
 *
 * All that a root leads to has its sum beside the pointer to it. No block that the newest root
 * leads to is ever written: what changes goes to free blocks, and the older root's place gets the
 * new root (docs/rtos/disk-files.md).
 */
#ifndef DISKFS_LAYOUT_H
#define DISKFS_LAYOUT_H

#include <proto/fs.h>

#define DISKFS_MAGIC        0x31534644494d554bULL /* "KUMIDFS1" */
#define DISKFS_REVISION     1u
#define DISKFS_BLOCK        4096u
#define DISKFS_BLOCKS_MIN   256u         /* 1 MiB */
#define DISKFS_BLOCKS_MAX   (1u << 24)   /* 64 GiB */
#define DISKFS_SIZE_MAX     (1ULL << 34) /* of a file: 16 GiB */
#define DISKFS_ROOTS        2u
#define DISKFS_ROOT_BLOCKS  2u
#define DISKFS_GROUP        32768u /* blocks, a bit each in its bitmap */
#define DISKFS_GROUPS_MAX   (DISKFS_BLOCKS_MAX / DISKFS_GROUP)
#define DISKFS_INODES_MAX   (1u << 24) /* an FS_ID has no more */
#define DISKFS_ROOT_INODE   1u
#define DISKFS_SHIFT        9u /* an index block has 512 pointers */
#define DISKFS_POINTERS     (1u << DISKFS_SHIFT)
#define DISKFS_HEIGHT_MAX   3u
#define DISKFS_BUCKET_DEPTH 20u /* a directory has no more than 2^20 buckets */

/* A block, and the CRC-32C of its bytes. Block 0: there is none, and its bytes read as zeros. */
struct diskfs_pointer {
	uint32_t block, crc;
};
_Static_assert(sizeof(struct diskfs_pointer) * DISKFS_POINTERS == DISKFS_BLOCK, "they fill it");

/* A file's blocks. Height 0: `top` leads to its only block. Otherwise `top` leads to an index
 * block. */
struct diskfs_map {
	struct diskfs_pointer top;
	uint32_t height;
};

/* A root begins with this. Then come `groups`, and then `deltas`. */
struct diskfs_root {
	uint64_t magic;
	uint32_t revision;
	uint32_t crc;    /* of `length` bytes, with this field as 0 */
	uint32_t length; /* of the root */
	uint32_t blocks; /* of the disk */
	uint64_t generation;
	uint64_t sequence; /* number of the last change that the root has */
	uint64_t identity[2];
	uint64_t seed;            /* for the names' order */
	struct diskfs_map inodes; /* a file of inodes */
	uint32_t inode_count;     /* inodes that were ever used, and inode 0, which never is */
	uint32_t free_inode;      /* the first of a list; 0: none */
	uint32_t orphan;          /* the first of a list of inodes without a name */
	uint32_t files;           /* inodes with a name, with the root directory */
	uint32_t cursor;          /* where the search for free blocks begins */
	uint32_t groups, deltas;  /* how many follow */
	uint32_t reserved[6];
};
_Static_assert(sizeof(struct diskfs_root) == 128, "its layout is fixed");

enum diskfs_place {
	DISKFS_FIRST = 0,
	DISKFS_SECOND = 1,
	DISKFS_UNWRITTEN = 2, /* all of its bits are 0 */
};

/* A group's bitmap. A bit is set if its block is used. Deltas change that. */
struct diskfs_group {
	uint32_t crc;
	uint16_t free;  /* free blocks, with the deltas */
	uint16_t place; /* enum diskfs_place: which of its two places has the bitmap */
};

/* Blocks that became used or free since their bitmaps were written, in the order of the changes. */
struct diskfs_delta {
	uint32_t block;
	uint32_t count; /* with DISKFS_FREED: the blocks became free */
};
#define DISKFS_FREED      0x80000000u
#define DISKFS_DELTAS_MAX 256u /* in a root */
_Static_assert(sizeof(struct diskfs_root) + DISKFS_GROUPS_MAX * sizeof(struct diskfs_group) +
                       DISKFS_DELTAS_MAX * sizeof(struct diskfs_delta) <=
                   DISKFS_ROOT_BLOCKS * DISKFS_BLOCK,
               "a root fits into its place");

enum diskfs_state {
	DISKFS_FREE = 0,
	DISKFS_FILE = FS_FILE,
	DISKFS_DIRECTORY = FS_DIRECTORY,
	DISKFS_ORPHAN = 3, /* without a name; its blocks go a piece at a time */
};

struct diskfs_inode {
	uint32_t state;
	uint32_t generation; /* counted up with each removal */
	uint64_t size;       /* a directory's: whole blocks */
	uint32_t directory;  /* an inode; the root's is itself; in lists the next one */
	uint32_t entries;    /* a directory's */
	struct diskfs_map map;
	uint32_t quota; /* the directory whose quota this counts for; 0: none */
	uint32_t limit; /* a directory's quota, in blocks; 0: it has none */
	uint32_t used;  /* blocks of the quota that are used */
	uint32_t reserved[4];
};
#define DISKFS_INODES (DISKFS_BLOCK / (uint32_t)sizeof(struct diskfs_inode)) /* in a block */
_Static_assert(sizeof(struct diskfs_inode) == 64, "its layout is fixed");

/*
 * A directory's block is a bucket. Each name has an order, a number without a pattern. A bucket of
 * depth d has the names whose d highest bits are the d lowest bits of the bucket's place in the
 * directory, the other way round. A full bucket is split into two that are one bit deeper.
 */
struct diskfs_entry {
	uint64_t order; /* a multiple of 4 */
	uint32_t inode;
	uint32_t reserved;
	uint64_t name[FS_NAME_WORDS];
};
#define DISKFS_ENTRIES 63u
struct diskfs_bucket {
	uint32_t depth, count;
	uint32_t reserved[14];
	struct diskfs_entry entry[DISKFS_ENTRIES];
};
_Static_assert(sizeof(struct diskfs_bucket) == DISKFS_BLOCK, "it fills a block");

static inline uint32_t diskfs_groups(uint32_t blocks)
{
	return (blocks + DISKFS_GROUP - 1) / DISKFS_GROUP;
}

static inline uint32_t diskfs_bitmap(uint32_t group, uint32_t place)
{
	return DISKFS_ROOTS * DISKFS_ROOT_BLOCKS + 2 * group + place;
}

/* The first block for contents. */
static inline uint32_t diskfs_first(uint32_t blocks)
{
	return diskfs_bitmap(diskfs_groups(blocks), 0);
}

#endif
