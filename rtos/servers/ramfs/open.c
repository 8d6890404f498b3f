/* Makes a file system, or takes one over: see check.h. */
#include "check.h"
#include "inode.h"
#include "journal.h"
#include "store.h"
#include <lib/string.h>

#define OPEN_ROOT  1u
#define OPEN_PIECE 16u /* changes of one record that cutting makes: it frees about 15 pages */

/* Lays out the parts. All of it follows from the size. */
static bool open_layout(struct ramfs_super *super, uint64_t size)
{
	const uint64_t pages = size / RAMFS_PAGE;
	uint32_t inode_pages, bitmap_bytes;

	memset(super, 0, sizeof(*super));
	if (pages < RAMFS_PAGES_MIN || pages > RAMFS_PAGES_MAX)
		return false;
	super->version = RAMFS_VERSION;
	super->pages = (uint32_t)pages;
	inode_pages = (super->pages + RAMFS_PER_INODES - 1) / RAMFS_PER_INODES;
	bitmap_bytes = (super->pages + RAMFS_BITS - 1) / RAMFS_BITS * 4;
	super->inodes = 1;
	super->inode_count = inode_pages * RAMFS_INODES;
	super->bitmap = super->inodes + inode_pages;
	super->contents = super->bitmap + (bitmap_bytes + RAMFS_PAGE - 1) / RAMFS_PAGE;
	return super->contents < super->pages;
}

static void open_set(struct ramfs *fs, void *memory, const struct ramfs_super *super)
{
	*fs = (struct ramfs){.head = memory,
	                     .pages = super->pages,
	                     .contents = super->contents,
	                     .inode_count = super->inode_count,
	                     .next_page = super->contents,
	                     .piece = OPEN_PIECE};
	fs->inodes = change_page(fs, super->inodes);
	fs->bitmap = change_page(fs, super->bitmap);
}

/* ---- a new one ---- */

/* Marks pages that are never given out, and places without a page. */
static void open_bitmap(const struct ramfs *fs)
{
	for (uint32_t page = 0; page < fs->contents; page += RAMFS_BITS) {
		const uint32_t left = fs->contents - page;

		store_word(&fs->bitmap[page / RAMFS_BITS],
		           left < RAMFS_BITS ? (1u << left) - 1 : UINT32_MAX);
	}
	if (fs->pages % RAMFS_BITS != 0)
		store_word(&fs->bitmap[fs->pages / RAMFS_BITS],
		           fs->bitmap[fs->pages / RAMFS_BITS] | UINT32_MAX
		                                                    << fs->pages % RAMFS_BITS);
}

/* Makes a new file system. The magic comes last: a half-made one is begun again. */
static void open_make(struct ramfs *fs, const struct ramfs_super *super, uint32_t seed)
{
	struct ramfs_inode *root = inode_at(fs, OPEN_ROOT);

	store_zeros((uint8_t *)fs->head + sizeof(super->magic),
	            (size_t)fs->contents * RAMFS_PAGE - sizeof(super->magic));
	open_bitmap(fs);
	for (uint32_t number = OPEN_ROOT + 1; number <= fs->inode_count; number++)
		store_word(&inode_at(fs, number)->generation, seed);
	store_word(&root->state, RAMFS_DIRECTORY);
	store_word(&root->directory, OPEN_ROOT);
	store_bytes((uint8_t *)fs->head + sizeof(super->magic),
	            (const uint8_t *)super + sizeof(super->magic),
	            sizeof(*super) - sizeof(super->magic));
	store_word((uint32_t *)(void *)&fs->head->super.magic, (uint32_t)RAMFS_MAGIC);
	store_word((uint32_t *)(void *)&fs->head->super.magic + 1, (uint32_t)(RAMFS_MAGIC >> 32));
}

/* ---- one that is there ---- */

static const char *open_take_over(struct ramfs *fs)
{
	change_redo(fs);
	fs->unfinished = true;
	journal_begin(fs);
	return fs_check(fs);
}

bool ramfs_is_as_made(const struct ramfs *fs, void *memory, uint64_t size)
{
	struct ramfs_super super;
	struct ramfs made;

	if (!open_layout(&super, size))
		return false;
	open_set(&made, memory, &super);
	super.magic = RAMFS_MAGIC;
	return fs->head == made.head && fs->inodes == made.inodes && fs->bitmap == made.bitmap &&
	       fs->pages == made.pages && fs->contents == made.contents &&
	       fs->inode_count == made.inode_count && fs->piece == made.piece && fs->changes == 0 &&
	       memcmp(&fs->head->super, &super, sizeof(super)) == 0;
}

const char *ramfs_check(const struct ramfs *fs, void *memory, uint64_t size)
{
	return ramfs_is_as_made(fs, memory, size) ? fs_check(fs)
	                                          : "its variables are of another one";
}

enum ramfs_found ramfs_open(struct ramfs *fs, void *memory, uint64_t size, uint32_t seed,
                            const char **wrong)
{
	const struct ramfs_head *head = memory;
	struct ramfs_super super;

	*wrong = "its memory is of no use";
	if (!open_layout(&super, size))
		return RAMFS_DAMAGED;
	open_set(fs, memory, &super);
	super.magic = RAMFS_MAGIC;
	if (head->super.magic != RAMFS_MAGIC && head->super.magic >> 32 == 0) {
		open_make(fs, &super, seed);
		return RAMFS_NEW;
	}
	*wrong = "its superblock is of another one";
	if (memcmp(&head->super, &super, sizeof(super)) != 0)
		return RAMFS_DAMAGED;
	*wrong = open_take_over(fs);
	return *wrong ? RAMFS_DAMAGED : RAMFS_FOUND;
}
