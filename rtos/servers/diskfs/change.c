/* See change.h. */
#include "change.h"
#include "commit.h"
#include "contents.h"
#include "directory.h"
#include <lib/crc32c.h>
#include <lib/string.h>

static const uint64_t *change_name(const struct change *change)
{
	return &change->word[2];
}

static enum fs_status change_status(const struct diskfs *fs, bool good)
{
	return good ? FS_OK : fs->trouble;
}

/* The inode that the call names; NULL: *status says why. */
static const struct diskfs_inode *change_inode(struct diskfs *fs, uint64_t id, uint32_t state,
                                               enum fs_status *status)
{
	const struct diskfs_inode *inode = inode_find(fs, id);

	*status = inode ? FS_OK : fs->trouble;
	if (inode && inode->state != state)
		*status = state == DISKFS_FILE ? FS_IS_DIRECTORY : FS_NOT_DIRECTORY;
	return *status == FS_OK ? inode : NULL;
}

/* ---- contents ---- */

/* *blocks: how many blocks of this range the file doesn't have yet. False: failed. */
static bool change_new_blocks(struct diskfs *fs, uint32_t number, uint64_t offset, uint32_t count,
                              uint32_t *blocks)
{
	const uint32_t first = (uint32_t)(offset / DISKFS_BLOCK);

	*blocks = 0;
	for (uint32_t i = 0; i < contents_blocks(offset, count); i++) {
		struct slot *slot;
		const enum tree_found found = tree_get(fs, number, 0, first + i, &slot);

		if (found == TREE_FAILED)
			return false;
		*blocks += found == TREE_HOLE;
	}
	return true;
}

static enum fs_status change_quota_room(struct diskfs *fs, uint32_t number, uint64_t offset,
                                        uint32_t count)
{
	const struct diskfs_inode *inode = tree_inode(fs, number);
	uint32_t blocks;
	bool has;

	if (!inode)
		return fs->trouble;
	if (inode->quota == 0)
		return FS_OK;
	if (!change_new_blocks(fs, number, offset, count, &blocks) ||
	    !inode_has_room(fs, inode, blocks, &has))
		return fs->trouble;
	return has ? FS_OK : FS_NO_SPACE;
}

static enum fs_status change_write_at(struct diskfs *fs, struct change *change, uint32_t number,
                                      uint64_t offset)
{
	enum fs_status status;

	if (offset > DISKFS_SIZE_MAX || change->count > DISKFS_SIZE_MAX - offset)
		return FS_TOO_LARGE;
	status = change_quota_room(fs, number, offset, change->count);
	if (status == FS_OK)
		status = change_status(fs, contents_write(fs, number, offset, change->bytes,
		                                          change->count, change->sum));
	change->answer1 = change->count;
	return status;
}

static enum fs_status change_write(struct diskfs *fs, struct change *change)
{
	const uint64_t id = FS_CALL_ID(change->word[0]);
	enum fs_status status;

	if (!change_inode(fs, id, DISKFS_FILE, &status))
		return status;
	return change_write_at(fs, change, FS_ID_NUMBER(id), change->word[1]);
}

static enum fs_status change_append(struct diskfs *fs, struct change *change)
{
	const uint64_t id = FS_CALL_ID(change->word[0]);
	enum fs_status status;
	const struct diskfs_inode *inode = change_inode(fs, id, DISKFS_FILE, &status);

	if (!inode)
		return status;
	change->answer2 = inode->size;
	return change_write_at(fs, change, FS_ID_NUMBER(id), inode->size);
}

/* Blocks that are handed over mustn't have changed since the last commit. */
static enum fs_status change_resize(struct diskfs *fs, struct change *change)
{
	const uint64_t id = FS_CALL_ID(change->word[0]), size = change->word[1];
	enum fs_status status;
	const struct diskfs_inode *inode = change_inode(fs, id, DISKFS_FILE, &status);

	if (!inode)
		return status;
	if (size > DISKFS_SIZE_MAX)
		return FS_TOO_LARGE;
	if (size == inode->size)
		return FS_OK;
	if (size < inode->size && inode_blocks(inode->size) - inode_blocks(size) > DISKFS_CUT &&
	    !commit(fs)) {
		fs->touched = true;
		return fs->trouble;
	}
	return change_status(fs, contents_resize(fs, FS_ID_NUMBER(id), size));
}

/* ---- several pages ---- */

static uint64_t change_page_offset(const struct change *change, uint32_t page)
{
	return (change->word[1] + FS_COMMIT_PLACE(change->word, page)) * FS_PAGE;
}

/* Whether all pages are in the file; *blocks: those that it hasn't got yet. */
static enum fs_status change_pages_fit(struct diskfs *fs, const struct change *change,
                                       uint32_t number, uint64_t size, uint32_t *blocks)
{
	uint32_t one;

	*blocks = 0;
	for (uint32_t i = 0; i < change->count / FS_PAGE; i++) {
		if (change->word[1] > UINT32_MAX || change_page_offset(change, i) >= size)
			return FS_BAD;
		if (!change_new_blocks(fs, number, change_page_offset(change, i), 1, &one))
			return fs->trouble;
		*blocks += one;
	}
	return FS_OK;
}

static enum fs_status change_write_pages(struct diskfs *fs, const struct change *change,
                                         uint32_t number, uint64_t size)
{
	for (uint32_t i = 0; i < change->count / FS_PAGE; i++) {
		const uint8_t *bytes = change->bytes + (size_t)i * FS_PAGE;
		const uint64_t offset = change_page_offset(change, i), left = size - offset;
		const uint32_t count = left < FS_PAGE ? (uint32_t)left : FS_PAGE;

		if (!contents_write(fs, number, offset, bytes, count, crc32c(0, bytes, count)))
			return fs->trouble;
	}
	return FS_OK;
}

static enum fs_status change_pages(struct diskfs *fs, struct change *change)
{
	const uint64_t id = FS_CALL_ID(change->word[0]);
	const uint32_t number = FS_ID_NUMBER(id);
	enum fs_status status;
	const struct diskfs_inode *inode = change_inode(fs, id, DISKFS_FILE, &status);
	const uint64_t size = inode ? inode->size : 0;
	uint32_t blocks = 0;
	bool has;

	if (inode)
		status = change_pages_fit(fs, change, number, size, &blocks);
	if (status != FS_OK)
		return status;
	inode = tree_inode(fs, number);
	if (!inode || !inode_has_room(fs, inode, blocks, &has))
		return fs->trouble;
	return has ? change_write_pages(fs, change, number, size) : FS_NO_SPACE;
}

/* ---- names ---- */

/* The directory with that id, if the call's name could be in it; NULL: *status says why not. */
static const struct diskfs_inode *change_directory(struct diskfs *fs, const struct change *change,
                                                   uint64_t id, enum fs_status *status)
{
	const struct diskfs_inode *directory = change_inode(fs, id, DISKFS_DIRECTORY, status);

	if (!directory || directory_name_good(change_name(change)))
		return directory;
	*status = FS_BAD;
	return NULL;
}

static enum fs_status change_add(struct diskfs *fs, struct change *change, uint32_t directory,
                                 enum fs_type type)
{
	const uint32_t number = directory_fits(fs, directory, change_name(change))
	                            ? inode_make(fs, type, directory)
	                            : 0;
	const struct diskfs_inode *made;

	if (number == 0 || !directory_add(fs, directory, change_name(change), number))
		return fs->trouble;
	made = tree_inode(fs, number);
	if (!made)
		return fs->trouble;
	change->answer1 = inode_id(number, made);
	return FS_OK;
}

static enum fs_status change_create(struct diskfs *fs, struct change *change)
{
	const uint64_t id = FS_CALL_ID(change->word[0]), type = change->word[1];
	enum fs_status status;
	const struct diskfs_inode *directory = change_directory(fs, change, id, &status);
	bool has;

	if (!directory)
		return status;
	if (type != FS_FILE && type != FS_DIRECTORY)
		return FS_BAD;
	if (directory_find(fs, FS_ID_NUMBER(id), change_name(change)) != 0)
		return FS_EXISTS;
	if (fs->trouble != FS_NOT_FOUND || !inode_has_room(fs, directory, 1, &has))
		return fs->trouble;
	return has ? change_add(fs, change, FS_ID_NUMBER(id), (enum fs_type)type) : FS_NO_SPACE;
}

/* FS_OK, or why a file or directory may not lose its name. A directory with a quota stays. */
static enum fs_status change_may_go(struct diskfs *fs, uint32_t number)
{
	const struct diskfs_inode *inode = tree_inode(fs, number);

	if (!inode)
		return fs->trouble;
	if (inode->state != DISKFS_FILE && inode->state != DISKFS_DIRECTORY)
		return FS_FAILED;
	if (inode->limit != 0)
		return FS_BAD;
	return inode->entries != 0 ? FS_NOT_EMPTY : FS_OK;
}

static enum fs_status change_remove(struct diskfs *fs, struct change *change)
{
	const uint64_t id = FS_CALL_ID(change->word[0]);
	const uint32_t directory = FS_ID_NUMBER(id);
	enum fs_status status;
	uint32_t number;

	if (!change_directory(fs, change, id, &status))
		return status;
	number = directory_find(fs, directory, change_name(change));
	if (number == 0)
		return fs->trouble;
	status = change_may_go(fs, number);
	if (status != FS_OK)
		return status;
	return change_status(fs, directory_set(fs, directory, change_name(change), 0) &&
	                             inode_remove(fs, number));
}

/* ---- another name ---- */

#define CHANGE_DEEPEST 65536u /* most directories below each other */

/* FS_BAD: `above` is the directory, or lies on its way up to the root. FS_OK: it doesn't. */
static enum fs_status change_not_above(struct diskfs *fs, uint32_t above, uint32_t directory)
{
	for (uint32_t i = 0; i < CHANGE_DEEPEST; i++) {
		const struct diskfs_inode *inode;

		if (directory == above)
			return FS_BAD;
		if (directory == DISKFS_ROOT_INODE)
			return FS_OK;
		inode = tree_inode(fs, directory);
		if (!inode)
			return fs->trouble;
		directory = inode->directory;
	}
	return FS_BAD;
}

/* Gives the name to another file. The file that had it goes. */
static enum fs_status change_replace(struct diskfs *fs, const struct change *change,
                                     uint32_t directory, uint32_t gone, uint32_t number)
{
	const struct diskfs_inode *old = tree_inode(fs, gone), *inode = tree_inode(fs, number);
	enum fs_status status;

	if (!old || !inode)
		return fs->trouble;
	if (old->state != inode->state)
		return old->state == DISKFS_DIRECTORY ? FS_IS_DIRECTORY : FS_NOT_DIRECTORY;
	status = change_may_go(fs, gone);
	if (status != FS_OK)
		return status;
	return change_status(fs, inode_remove(fs, gone) &&
	                             directory_set(fs, directory, change_name(change), number));
}

static enum fs_status change_move(struct diskfs *fs, const struct change *change, uint32_t number,
                                  uint32_t from, uint32_t to)
{
	const uint32_t there = directory_find(fs, to, change_name(change));
	uint64_t name[FS_NAME_WORDS];
	struct diskfs_inode *inode;
	enum fs_status status;

	if (there == number)
		return FS_OK;
	if (there == 0 &&
	    (fs->trouble != FS_NOT_FOUND || !directory_fits(fs, to, change_name(change))))
		return fs->trouble;
	if (!directory_name(fs, from, number, name))
		return fs->trouble;
	if (there != 0)
		status = change_replace(fs, change, to, there, number);
	else
		status = change_status(fs, directory_add(fs, to, change_name(change), number));
	if (status != FS_OK)
		return status;
	inode = directory_set(fs, from, name, 0) ? tree_inode_change(fs, number) : NULL;
	if (inode)
		inode->directory = to;
	return change_status(fs, inode != NULL);
}

/* The quota for which the directory's files count. */
static uint32_t change_quota_in(uint32_t number, const struct diskfs_inode *directory)
{
	return directory->limit != 0 ? number : directory->quota;
}

static enum fs_status change_rename(struct diskfs *fs, struct change *change)
{
	const uint64_t id = FS_CALL_ID(change->word[0]);
	const struct diskfs_inode *inode = inode_find(fs, id), *to;
	const uint32_t directory = FS_ID_NUMBER(change->word[1]);
	enum fs_status status;

	if (!inode)
		return fs->trouble;
	to = change_directory(fs, change, change->word[1], &status);
	if (!to)
		return status;
	if (inode->limit != 0 || inode->quota != change_quota_in(directory, to))
		return FS_BAD;
	status = change_not_above(fs, FS_ID_NUMBER(id), directory);
	if (status != FS_OK)
		return status;
	return change_move(fs, change, FS_ID_NUMBER(id), inode->directory, directory);
}

/* ---- quotas ---- */

/* Sets a quota. Only an empty directory gets one, so all that is in it counts. */
static enum fs_status change_quota(struct diskfs *fs, struct change *change)
{
	uint32_t number = directory_find(fs, DISKFS_ROOT_INODE, change_name(change));
	struct diskfs_inode *inode;

	if (number == 0 && fs->trouble == FS_NOT_FOUND) {
		const enum fs_status status =
		    change_add(fs, change, DISKFS_ROOT_INODE, FS_DIRECTORY);

		if (status != FS_OK)
			return status;
		number = FS_ID_NUMBER(change->answer1);
	}
	inode = number != 0 ? tree_inode_change(fs, number) : NULL;
	if (!inode)
		return fs->trouble;
	if (inode->state != DISKFS_DIRECTORY)
		return FS_NOT_DIRECTORY;
	if (inode->limit == 0 && inode->entries != 0)
		return FS_NOT_EMPTY;
	inode->limit = (uint32_t)change->word[1];
	return FS_OK;
}

/* ---- all of them ---- */

enum fs_status change_make(struct diskfs *fs, struct change *change)
{
	change->answer1 = change->answer2 = 0;
	switch (FS_CALL_OPERATION(change->word[0])) {
	case FS_WRITE:
		return change_write(fs, change);
	case FS_COMMIT:
		return change_pages(fs, change);
	case FS_RESIZE:
		return change_resize(fs, change);
	case FS_APPEND:
		return change_append(fs, change);
	case FS_CREATE:
		return change_create(fs, change);
	case FS_REMOVE:
		return change_remove(fs, change);
	case FS_RENAME:
		return change_rename(fs, change);
	case CHANGE_FINISH:
		return change_status(fs, inode_finish_some(fs));
	case CHANGE_QUOTA:
		return change_quota(fs, change);
	default:
		return FS_BAD;
	}
}

uint32_t change_blocks(const struct change *change)
{
	switch (FS_CALL_OPERATION(change->word[0])) {
	case FS_APPEND:
		return contents_blocks(DISKFS_BLOCK - 1, change->count);
	case FS_COMMIT:
		/* Each page may have an index block of its own. */
		return 2 * contents_blocks(0, change->count);
	default:
		return contents_blocks(change->word[1], change->count);
	}
}
