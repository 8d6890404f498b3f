/* See contents.h. A block's bytes behind the file's end are zeros. */
#include "contents.h"
#include <lib/crc32c.h>
#include <lib/string.h>

/* How many of `count` bytes lie in the offset's block. */
static uint32_t contents_piece(uint64_t offset, uint32_t count)
{
	const uint32_t room = DISKFS_BLOCK - (uint32_t)(offset % DISKFS_BLOCK);

	return count < room ? count : room;
}

uint32_t contents_blocks(uint64_t offset, uint32_t count)
{
	return count == 0 ? 0 : inode_blocks(offset % DISKFS_BLOCK + count);
}

/* ---- reading ---- */

static void contents_hole(uint8_t *to, uint32_t count, uint32_t *sum)
{
	static const uint8_t zeros[64];

	memset(to, 0, count);
	for (uint32_t piece; sum && count != 0; count -= piece) {
		piece = count < sizeof(zeros) ? count : sizeof(zeros);
		*sum = crc32c(*sum, zeros, piece);
	}
}

/* Copies bytes, and continues the sum. A whole block's sum is known already. */
static void contents_take(struct slot *slot, uint64_t offset, uint8_t *to, uint32_t count,
                          bool first, uint32_t *sum)
{
	const uint8_t *from = slot->page + offset % DISKFS_BLOCK;

	if (count == DISKFS_BLOCK && (uintptr_t)to % sizeof(uint64_t) == 0)
		diskfs_copy(to, from);
	else
		memcpy(to, from, count);
	if (sum)
		*sum = first && count == DISKFS_BLOCK ? tree_sum(slot) : crc32c(*sum, from, count);
}

bool contents_read(struct diskfs *fs, uint32_t number, const struct diskfs_inode *inode,
                   uint64_t offset, uint8_t *to, uint32_t count, uint32_t *done, uint32_t *sum)
{
	*done = 0;
	if (offset >= inode->size)
		return true;
	if (count > inode->size - offset)
		count = (uint32_t)(inode->size - offset);
	for (uint32_t piece; *done < count; *done += piece, offset += piece) {
		struct slot *slot;
		const enum tree_found found =
		    tree_get(fs, number, 0, (uint32_t)(offset / DISKFS_BLOCK), &slot);

		piece = contents_piece(offset, count - *done);
		if (found == TREE_FAILED)
			return false;
		if (found == TREE_FOUND)
			contents_take(slot, offset, to + *done, piece, *done == 0, sum);
		else
			contents_hole(to + *done, piece, sum);
		cache_step(&fs->cache);
	}
	return true;
}

bool contents_sums_good(struct diskfs *fs, uint32_t number, uint64_t offset, uint32_t count)
{
	const uint64_t first = offset / DISKFS_BLOCK;

	for (uint32_t i = 0; i < contents_blocks(offset, count) && first + i < UINT32_MAX; i++) {
		const uint32_t index = (uint32_t)(first + i);
		const struct slot *slot = cache_find(&fs->cache, CACHE_KEY(number, 0, index));

		if (index >> DISKFS_HEIGHT_MAX * DISKFS_SHIFT != 0)
			return true;
		if (slot && slot->summed && crc32c(0, slot->page, DISKFS_BLOCK) != slot->crc)
			return false;
	}
	return true;
}

/* ---- writing ---- */

/* Writes within one block. *made: the file had no block there. */
static bool contents_put(struct diskfs *fs, uint32_t number, uint64_t offset, const uint8_t *from,
                         uint32_t count, bool *made)
{
	const uint32_t index = (uint32_t)(offset / DISKFS_BLOCK);
	struct slot *slot;
	const enum tree_found found = tree_get(fs, number, 0, index, &slot);

	*made = found == TREE_HOLE;
	slot = found != TREE_FAILED ? tree_change(fs, number, 0, index) : NULL;
	if (!slot)
		return false;
	if (count == DISKFS_BLOCK && (uintptr_t)from % sizeof(uint64_t) == 0)
		diskfs_copy(slot->page, from);
	else
		memcpy(slot->page + offset % DISKFS_BLOCK, from, count);
	return true;
}

/* Notes the sum of a whole block, so that the commit needn't count it. */
static void contents_sum(struct diskfs *fs, uint32_t number, uint64_t offset, uint32_t count,
                         uint32_t sum)
{
	struct slot *slot;

	if (count != DISKFS_BLOCK || offset % DISKFS_BLOCK != 0)
		return;
	slot = cache_find(&fs->cache, CACHE_KEY(number, 0, offset / DISKFS_BLOCK));
	if (!slot)
		return;
	slot->crc = sum;
	slot->summed = true;
}

bool contents_write(struct diskfs *fs, uint32_t number, uint64_t offset, const uint8_t *from,
                    uint32_t count, uint32_t sum)
{
	const struct diskfs_inode *inode = tree_inode(fs, number);
	uint32_t made = 0, piece;
	bool one;

	if (!inode)
		return false;
	for (uint32_t done = 0; done < count; done += piece, made += one) {
		piece = contents_piece(offset + done, count - done);
		if (!contents_put(fs, number, offset + done, from + done, piece, &one))
			return false;
	}
	contents_sum(fs, number, offset, count, sum);
	if (count != 0 && inode->size < offset + count) {
		struct diskfs_inode *changed = tree_inode_change(fs, number);

		if (!changed)
			return false;
		changed->size = offset + count;
	}
	return inode_count(fs, inode->quota, made, 0);
}

/* ---- another size ---- */

/* Zeroes the bytes behind the new end in the last block. */
static bool contents_clear(struct diskfs *fs, uint32_t number, uint64_t size)
{
	struct slot *slot;
	enum tree_found found;

	if (size % DISKFS_BLOCK == 0)
		return true;
	found = tree_get(fs, number, 0, (uint32_t)(size / DISKFS_BLOCK), &slot);
	if (found != TREE_FOUND)
		return found == TREE_HOLE;
	slot = tree_change(fs, number, 0, (uint32_t)(size / DISKFS_BLOCK));
	if (slot)
		memset(slot->page + size % DISKFS_BLOCK, 0, DISKFS_BLOCK - size % DISKFS_BLOCK);
	return slot != NULL;
}

/* Cuts blocks. A few blocks go at once; if there are more, an orphan gets them. */
static bool contents_cut(struct diskfs *fs, uint32_t number, uint64_t from, uint64_t to)
{
	const struct diskfs_inode *inode = tree_inode(fs, number);
	uint32_t end = inode_blocks(from), released;
	const uint32_t keep = inode_blocks(to);

	if (!inode)
		return false;
	if (end - keep > DISKFS_CUT)
		return inode_shrink(fs, number, keep);
	return tree_cut(fs, number, &end, keep, DISKFS_CUT, &released) &&
	       inode_count(fs, inode->quota, 0, released);
}

bool contents_resize(struct diskfs *fs, uint32_t number, uint64_t size)
{
	const struct diskfs_inode *inode = tree_inode(fs, number);
	const uint64_t before = inode ? inode->size : 0;
	struct diskfs_inode *changed;

	if (!inode)
		return false;
	if (size < before &&
	    (!contents_cut(fs, number, before, size) || !contents_clear(fs, number, size)))
		return false;
	changed = tree_inode_change(fs, number);
	if (changed)
		changed->size = size;
	return changed != NULL;
}
