/*
 * Files in the memory of programs (docs/rtos/mapped-files.md): the pages of the cache that windows
 * of programs may show. A shown page never changes, and never is another one's: it is taken back
 * before. The server doesn't know the windows. It knows which parts of files some window shows from
 * its beginning on, so the place of a page there; the kernel looks which windows have it.
 */
#ifndef DISKFS_MAPPED_H
#define DISKFS_MAPPED_H

#include "operate.h"

#define MAPPED_PARTS 32u

/* Of a file: pages from `first` on are at a window's beginning. */
struct mapped_part {
	uint32_t inode, first, pages;
};

struct mapped {
	uint32_t page; /* the number of the cache's first page in the memory that it is in */
	/* For the call in hand: shows pages, from place `at` of its window on. False: it can't. */
	bool (*show)(const struct diskfs_call *call, uint32_t at, uint32_t count,
	             const uint64_t pages[8]);
	/* Hides a page of the memory at this place of all windows, and returns of how many; or all
	 * pages of all windows. */
	uint32_t (*hide)(uint32_t page, uint32_t at);
	void (*hide_all)(void);

	struct mapped_part parts[MAPPED_PARTS];
	uint32_t count;
	bool zeros;     /* a page of zeros is shown for a block that a file hasn't got */
	uint64_t taken; /* pages of windows that were hidden since the start, one by one */
};

/* Nothing is shown any more. For a cache that begins, before its memory is written to. */
void mapped_begin(struct mapped *mapped);

/* The page is about to change, or to be another block's. */
void mapped_take_back(const struct cache *cache, struct slot *slot);
/* The file gets a block where it had none. */
void mapped_fill_hole(struct mapped *mapped, uint64_t key);

/* FS_MAP */
enum fs_status mapped_map(struct diskfs *fs, struct diskfs_call *call);

#endif
