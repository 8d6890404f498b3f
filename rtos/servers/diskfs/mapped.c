/* See mapped.h. */
#include "mapped.h"
#include "inode.h"
#include "tree.h"
#include <kumiki/rtos/call.h>

/* Pages for one RTOS_SHOW: eight words of four numbers each. */
union mapped_pages {
	uint16_t number[RTOS_SHOW_PAGES];
	uint64_t word[8];
};

void mapped_begin(struct mapped *mapped)
{
	mapped->hide_all();
	mapped->count = 0;
	mapped->zeros = false;
}

/* ---- taking back ---- */

static uint32_t mapped_page(const struct mapped *mapped, const struct cache *cache,
                            const struct slot *slot)
{
	return mapped->page + (uint32_t)(slot - cache->slots);
}

/* Wherever a window may show this block, that page is hidden. */
static void mapped_hide(struct mapped *mapped, uint64_t key, uint32_t page)
{
	const uint32_t index = CACHE_KEY_INDEX(key);

	for (uint32_t i = 0; i < mapped->count; i++) {
		const struct mapped_part *part = &mapped->parts[i];

		if (part->inode != CACHE_KEY_INODE(key) || index < part->first ||
		    index - part->first >= part->pages)
			continue;
		mapped->taken += mapped->hide(page, index - part->first);
	}
}

void mapped_take_back(const struct cache *cache, struct slot *slot)
{
	slot->shown = false;
	mapped_hide(cache->mapped, slot->key, mapped_page(cache->mapped, cache, slot));
}

void mapped_fill_hole(struct mapped *mapped, uint64_t key)
{
	if (mapped->zeros && CACHE_KEY_LEVEL(key) == 0)
		mapped_hide(mapped, key, RTOS_SHOW_ZEROS);
}

/* ---- parts ---- */

/* Without a place for one more, all begins anew: a program that needs a page asks for it again. */
static void mapped_forget_all(struct cache *cache)
{
	mapped_begin(cache->mapped);
	for (uint32_t i = 0; i < cache->count; i++)
		cache->slots[i].shown = false;
}

static void mapped_note(struct cache *cache, uint32_t inode, uint32_t first, uint32_t pages)
{
	struct mapped *mapped = cache->mapped;
	struct mapped_part *part = mapped->parts;
	const struct mapped_part *end = part + mapped->count;

	while (part < end && (part->inode != inode || part->first != first))
		part++;
	if (part == &mapped->parts[MAPPED_PARTS]) {
		mapped_forget_all(cache);
		part = mapped->parts;
	}
	if (part == &mapped->parts[mapped->count]) {
		*part = (struct mapped_part){.inode = inode, .first = first};
		mapped->count++;
	}
	if (part->pages < pages)
		part->pages = pages;
}

/* ---- showing ---- */

/* Gathers blocks that are in memory, one behind the other. */
static uint32_t mapped_gather(struct cache *cache, uint64_t key, uint32_t most, uint16_t *number)
{
	const uint32_t page = cache->mapped->page;
	uint32_t count;

	for (count = 0; count < most; count++) {
		const uint32_t found = cache_look(cache, key + count);

		if (found == CACHE_NONE)
			break;
		cache->slots[found].recent = true;
		cache->slots[found].shown = true;
		number[count] = (uint16_t)(page + found);
	}
	return count;
}

/* Those of `count` blocks that are in memory; *shown is how many. */
static bool mapped_show_found(struct diskfs *fs, const struct diskfs_call *call, uint64_t key,
                              uint32_t at, uint32_t count, uint32_t *shown)
{
	union mapped_pages pages;
	uint32_t some;

	for (uint32_t done = 0; done < count; done += some) {
		const uint32_t left = count - done;

		some = mapped_gather(&fs->cache, key + done,
		                     left < RTOS_SHOW_PAGES ? left : RTOS_SHOW_PAGES, pages.number);
		if (some != 0 && !fs->mapped->show(call, at + done, some, pages.word))
			return false;
		*shown += some;
		some += some == 0;
	}
	return true;
}

/* A block that the file hasn't got is zeros. */
static bool mapped_show_hole(struct diskfs *fs, const struct diskfs_call *call, uint32_t at)
{
	const union mapped_pages pages = {.number = {RTOS_SHOW_ZEROS}};

	fs->mapped->zeros = true;
	return fs->mapped->show(call, at, 1, pages.word);
}

static enum fs_status mapped_show(struct diskfs *fs, struct diskfs_call *call, uint32_t first,
                                  uint32_t at, uint32_t count)
{
	const uint32_t number = FS_ID_NUMBER(FS_CALL_ID(call->word[0]));
	struct slot *slot;
	const enum tree_found found = tree_get(fs, number, 0, first + at, &slot);
	const uint32_t holes = found == TREE_HOLE;
	uint32_t shown = holes;

	if (found == TREE_FAILED)
		return fs->trouble;
	mapped_note(&fs->cache, number, first, at + count);
	if (holes != 0 && !mapped_show_hole(fs, call, at))
		return FS_BAD;
	if (!mapped_show_found(fs, call, CACHE_KEY(number, 0, first + at + holes), at + holes,
	                       count - holes, &shown))
		return FS_BAD;
	call->word[1] = shown;
	return FS_OK;
}

enum fs_status mapped_map(struct diskfs *fs, struct diskfs_call *call)
{
	const struct diskfs_inode *inode = inode_find(fs, FS_CALL_ID(call->word[0]));
	const uint64_t first = call->word[1], at = FS_PIECE_AT(call->word[2]);
	uint32_t count = FS_PIECE_COUNT(call->word[2]), blocks;

	if (!inode)
		return fs->trouble;
	if (inode->state == DISKFS_DIRECTORY || !fs->mapped)
		return inode->state == DISKFS_DIRECTORY ? FS_IS_DIRECTORY : FS_BAD;
	blocks = inode_blocks(inode->size);
	if (count == 0 || first >= blocks || at >= blocks - first)
		return FS_BAD;
	count = count < FS_MAP_MOST ? count : FS_MAP_MOST;
	count = count < blocks - first - at ? count : (uint32_t)(blocks - first - at);
	call->word[2] = inode->size;
	return mapped_show(fs, call, (uint32_t)first, (uint32_t)at, count);
}
