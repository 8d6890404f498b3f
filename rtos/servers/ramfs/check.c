/* Checks whether all parts fit together: see check.h. */
#include "check.h"
#include "inode.h"
#include "pages.h"
#include <lib/string.h>

/* What the check has found so far. */
struct check {
	const struct ramfs *fs;
	const char *wrong;                                  /* the first fault */
	uint32_t pages[RAMFS_PAGES_MAX / RAMFS_BITS];       /* pages that have an owner */
	uint32_t inodes[RAMFS_INODES_MAX / RAMFS_BITS + 1]; /* inodes that have a name */
};

static void check_that(struct check *check, bool holds, const char *what)
{
	if (!holds && !check->wrong)
		check->wrong = what;
}

/* ---- pages ---- */

/* Notes the page's owner. False: the page mustn't be looked into. */
static bool check_owns(struct check *check, uint32_t page)
{
	uint32_t *mask;

	if (page < check->fs->contents || page >= check->fs->pages) {
		check_that(check, false, "a file has a page that it can't have");
		return false;
	}
	mask = &check->pages[page / RAMFS_BITS];
	check_that(check, (*mask >> page % RAMFS_BITS & 1) == 0, "a page has two owners");
	*mask |= 1u << page % RAMFS_BITS;
	return true;
}

/* Looks at an index's pages, which lie in the file from `place` on. `end` pages belong to the file.
 */
static void check_index(struct check *check, const uint32_t *index, uint32_t count, uint32_t place,
                        uint32_t end)
{
	for (uint32_t i = 0; i < count; i++) {
		if (index[i] == 0)
			continue;
		check_that(check, place + i < end, "a file has a page behind its end");
		(void)check_owns(check, index[i]);
	}
}

static void check_index_page(struct check *check, uint32_t page, uint32_t place, uint32_t end)
{
	if (page != 0 && check_owns(check, page))
		check_index(check, change_page(check->fs, page), RAMFS_INDEXES, place, end);
}

static void check_pages(struct check *check, const struct ramfs_inode *inode)
{
	const bool unfinished = inode->state == RAMFS_REMOVED || inode->state == RAMFS_SHRINKS;
	const uint32_t pages = inode->size / RAMFS_PAGE + (inode->size % RAMFS_PAGE != 0);
	const uint32_t end = unfinished ? UINT32_MAX : pages;
	const uint32_t *indexes;

	check_index(check, inode->pages, RAMFS_DIRECT, 0, end);
	check_index_page(check, inode->index, RAMFS_DIRECT, end);
	if (inode->index_of_indexes == 0 || !check_owns(check, inode->index_of_indexes))
		return;
	indexes = change_page(check->fs, inode->index_of_indexes);
	for (uint32_t i = 0; i < RAMFS_INDEXES; i++)
		check_index_page(check, indexes[i],
		                 RAMFS_DIRECT + RAMFS_INDEXES + i * RAMFS_INDEXES, end);
}

/* Compares the bitmap with the owners. Pages that are never given out count as owned. */
static void check_bitmap(struct check *check)
{
	const struct ramfs *fs = check->fs;

	for (uint32_t page = 0; page < fs->contents; page++)
		check->pages[page / RAMFS_BITS] |= 1u << page % RAMFS_BITS;
	if (fs->pages % RAMFS_BITS != 0)
		check->pages[fs->pages / RAMFS_BITS] |= UINT32_MAX << fs->pages % RAMFS_BITS;
	for (uint32_t i = 0; i < (fs->pages + RAMFS_BITS - 1) / RAMFS_BITS; i++) {
		check_that(check, (check->pages[i] & ~fs->bitmap[i]) == 0,
		           "a page of a file is free");
		check_that(check, (fs->bitmap[i] & ~check->pages[i]) == 0, "a page is lost");
	}
}

/* ---- names ---- */

static void check_entry(struct check *check, const struct ramfs_entry *entry, uint32_t directory)
{
	uint32_t *mask;

	check_that(check, entry->inode <= check->fs->inode_count, "a name leads to no inode");
	if (entry->inode > check->fs->inode_count)
		return;
	mask = &check->inodes[entry->inode / RAMFS_BITS];
	check_that(check, (*mask >> entry->inode % RAMFS_BITS & 1) == 0, "a file has two names");
	*mask |= 1u << entry->inode % RAMFS_BITS;
	check_that(check, inode_at(check->fs, entry->inode)->state != RAMFS_FREE,
	           "a name leads to a free inode");
	check_that(check, inode_at(check->fs, entry->inode)->state != RAMFS_REMOVED,
	           "a removed file has a name");
	check_that(check, inode_at(check->fs, entry->inode)->directory == directory,
	           "a file says that it is in another directory");
}

static void check_names(struct check *check, const struct ramfs_inode *directory)
{
	const uint32_t number = inode_number(check->fs, directory);

	check_that(check, directory->size % RAMFS_PAGE == 0, "a directory's size");
	for (uint32_t place = 0; place < directory->size / RAMFS_PAGE; place++) {
		const uint32_t page = pages_of(check->fs, directory, place);
		const struct ramfs_entry *entry = change_page(check->fs, page);

		check_that(check, page != 0, "a directory lacks a page");
		for (uint32_t i = 0; i < RAMFS_ENTRIES && page != 0; i++)
			if (entry[i].inode != 0)
				check_entry(check, &entry[i], number);
	}
}

/* Checks that the way up ends at the root. No way is longer than the number of inodes. */
static void check_way_up(struct check *check, const struct ramfs_inode *inode)
{
	const struct ramfs *fs = check->fs;
	uint32_t steps = 0;

	while (inode != inode_at(fs, 1) && steps++ < fs->inode_count) {
		if (inode->directory == 0 || inode->directory > fs->inode_count)
			break;
		inode = inode_at(fs, inode->directory);
	}
	check_that(check, inode == inode_at(fs, 1) && inode_is_directory(inode),
	           "a directory isn't below the root");
}

/* ---- all of it ---- */

static void check_inodes(struct check *check,
                         void (*look)(struct check *, const struct ramfs_inode *),
                         bool directories_only)
{
	for (uint32_t number = 1; number <= check->fs->inode_count; number++) {
		const struct ramfs_inode *inode = inode_at(check->fs, number);

		if (directories_only ? inode_is_directory(inode) : inode->state != RAMFS_FREE)
			look(check, inode);
	}
}

/* Not 0: the inode leads to a page. Not a loop, as a restart waits for this. */
static uint32_t check_leads(const struct ramfs_inode *inode)
{
	const uint32_t *page = inode->pages;

	_Static_assert(RAMFS_DIRECT == 8, "these are all");
	return page[0] | page[1] | page[2] | page[3] | page[4] | page[5] | page[6] | page[7] |
	       inode->index | inode->index_of_indexes;
}

/* Checks that free inodes have no pages: a new file would begin with them. */
static void check_free(struct check *check)
{
	uint32_t any = 0;

	for (uint32_t number = 1; number <= check->fs->inode_count; number++) {
		const struct ramfs_inode *inode = inode_at(check->fs, number);

		any |= inode->state == RAMFS_FREE ? check_leads(inode) : 0;
	}
	check_that(check, any == 0, "a free inode has pages");
}

static void check_state(struct check *check, const struct ramfs_inode *inode)
{
	check_that(check, inode->state <= RAMFS_SHRINKS, "an inode is of no kind");
}

static void check_has_name(struct check *check, const struct ramfs_inode *inode)
{
	const uint32_t number = inode_number(check->fs, inode);

	if (inode->state == RAMFS_REMOVED)
		return;
	check_that(check,
	           (check->inodes[number / RAMFS_BITS] >> number % RAMFS_BITS & 1) != (number == 1),
	           number == 1 ? "the root has a name" : "a file has no name");
}

/* Names are checked only if all pages are right. */
const char *fs_check(const struct ramfs *fs)
{
	static struct check check;

	memset(&check, 0, sizeof(check));
	check.fs = fs;
	check_that(&check, inode_is_directory(inode_at(fs, 1)), "there is no root");
	check_inodes(&check, check_state, false);
	check_inodes(&check, check_pages, false);
	check_free(&check);
	check_bitmap(&check);
	if (check.wrong)
		return check.wrong;
	check_inodes(&check, check_names, true);
	check_inodes(&check, check_has_name, false);
	check_inodes(&check, check_way_up, true);
	return check.wrong;
}
