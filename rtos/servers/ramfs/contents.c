/* See contents.h. */
#include "contents.h"
#include "inode.h"
#include "pages.h"
#include "same.h"
#include "store.h"
#include <lib/string.h>

/* How many of `count` bytes lie in the offset's page. */
static uint32_t contents_piece(uint32_t offset, uint32_t count)
{
	const uint32_t room = RAMFS_PAGE - offset % RAMFS_PAGE;

	return count < room ? count : room;
}

static uint8_t *contents_at(const struct ramfs *fs, uint32_t page, uint32_t offset)
{
	return (uint8_t *)change_page(fs, page) + offset % RAMFS_PAGE;
}

uint32_t contents_read(const struct ramfs *fs, const struct ramfs_inode *inode, uint32_t offset,
                       void *to, uint32_t count)
{
	uint8_t *out = to;

	if (offset >= inode->size)
		return 0;
	if (count > inode->size - offset)
		count = inode->size - offset;
	for (uint32_t done = 0, piece; done < count; done += piece, offset += piece) {
		const uint32_t page = pages_of(fs, inode, offset / RAMFS_PAGE);

		piece = contents_piece(offset, count - done);
		if (page != 0)
			store_bytes(out + done, contents_at(fs, page, offset), piece);
		else
			memset(out + done, 0, piece);
	}
	return count;
}

/* Puts bytes into a new page. The page gets its contents before it is the file's, as nobody reads a
 * free page. */
static bool contents_new_page(struct ramfs *fs, struct ramfs_inode *inode, uint32_t offset,
                              const uint8_t *from, uint32_t piece)
{
	const uint32_t page = pages_take(fs), begin = offset % RAMFS_PAGE;

	if (page == 0 || !pages_put(fs, inode, offset / RAMFS_PAGE, page))
		return false;
	store_zeros(contents_at(fs, page, 0), begin);
	store_bytes(contents_at(fs, page, offset), from, piece);
	if (begin + piece < RAMFS_PAGE)
		store_zeros(contents_at(fs, page, begin + piece), RAMFS_PAGE - begin - piece);
	return true;
}

/* The place of a file's byte; NULL: it has no page. */
static __attribute__((noinline)) uint8_t *
contents_place(const struct ramfs *fs, const struct ramfs_inode *inode, uint32_t offset)
{
	const uint32_t page = pages_will_be(fs, inode, offset / RAMFS_PAGE);

	return page != 0 ? contents_at(fs, page, offset) : NULL;
}

/* Puts bytes into one page. The file's size stays. Two ways lead to the same place: what a damaged
 * one writes over, nobody can mend. */
static bool contents_put(struct ramfs *fs, struct ramfs_inode *inode, uint32_t offset,
                         const uint8_t *from, uint32_t piece)
{
	const uint32_t page = pages_of(fs, inode, offset / RAMFS_PAGE);
	uint8_t *to = page != 0 ? contents_at(fs, page, offset) : NULL;

	if (fs->compares && to != contents_place(fs, inode, offset))
		return false;
	if (!to)
		return contents_new_page(fs, inode, offset, from, piece);
	store_bytes(to, from, piece);
	return true;
}

/* Bytes behind the file's end may be anything: in the last page they become zeros before a reader
 * sees them. */
static void contents_clear_gap(struct ramfs *fs, const struct ramfs_inode *inode, uint32_t until)
{
	const uint32_t page = pages_of(fs, inode, inode->size / RAMFS_PAGE);

	if (inode->size % RAMFS_PAGE != 0 && page != 0 && until > inode->size)
		store_zeros(contents_at(fs, page, inode->size),
		            contents_piece(inode->size, until - inode->size));
}

/* Prepares the file for growing. What lies behind its end mustn't be seen: neither pages, nor bytes
 * before `gap`. */
static void contents_extend(struct ramfs *fs, struct ramfs_inode *inode, uint32_t gap)
{
	inode_shed(fs, inode);
	contents_clear_gap(fs, inode, gap);
}

uint32_t contents_write(struct ramfs *fs, struct ramfs_inode *inode, uint32_t offset,
                        const void *from, uint32_t count)
{
	const uint8_t *in = from;

	if (count != 0 && offset + count > inode->size)
		contents_extend(fs, inode, offset);
	for (uint32_t done = 0, piece; done < count; done += piece, offset += piece) {
		piece = contents_piece(offset, count - done);
		if (!contents_put(fs, inode, offset, in + done, piece)) {
			change_drop(fs);
			return done;
		}
		if (offset + piece > inode->size)
			change_set(fs, &inode->size, offset + piece);
		if (fs->changes > 0)
			change_commit(fs);
	}
	return count;
}

bool contents_append(struct ramfs *fs, struct ramfs_inode *inode, const void *from, uint32_t count)
{
	const uint8_t *in = from;

	inode_shed(fs, inode);
	for (uint32_t done = 0, piece; done < count; done += piece) {
		const uint32_t offset = inode->size + done;

		piece = contents_piece(offset, count - done);
		if (!contents_put(fs, inode, offset, in + done, piece))
			return false;
	}
	change_set(fs, &inode->size, inode->size + count);
	return true;
}

bool contents_are(const struct ramfs *fs, uint64_t id, uint64_t offset, const uint8_t *bytes,
                  uint32_t count, uint32_t asked)
{
	const struct ramfs_inode *inode = inode_find(fs, id);
	const uint64_t size = inode ? change_get(fs, &inode->size) : 0;
	bool are = inode && (count == 0 || offset + count <= size) &&
	           (count == asked || offset + count >= size);

	for (uint32_t done = 0, piece; are && done < count; done += piece, offset += piece) {
		const uint32_t at = (uint32_t)offset;
		const uint32_t page = pages_will_be(fs, inode, at / RAMFS_PAGE);

		piece = contents_piece(at, count - done);
		are = page != 0 ? same_bytes(bytes + done, contents_at(fs, page, at), piece)
		                : same_zeros(bytes + done, piece);
	}
	return are;
}

struct ramfs_inode *contents_resize(struct ramfs *fs, struct ramfs_inode *inode, uint32_t size)
{
	struct ramfs_inode *left = NULL;

	if (size > inode->size) {
		contents_extend(fs, inode, size);
		change_set(fs, &inode->size, size);
	} else if (size < inode->size) {
		inode_cut(fs, inode, size);
		left = inode;
	}
	change_commit(fs);
	return left;
}
