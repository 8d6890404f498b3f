/* See inode.h. */
#include "inode.h"
#include "pages.h"

struct ramfs_inode *inode_find(const struct ramfs *fs, uint64_t id)
{
	const uint32_t number = FS_ID_NUMBER(id);
	struct ramfs_inode *inode;

	if (number == 0 || number > fs->inode_count)
		return NULL;
	inode = inode_at(fs, number);
	if (inode->state != RAMFS_FILE && inode->state != RAMFS_DIRECTORY)
		return NULL;
	return inode->generation == FS_ID_GENERATION(id) ? inode : NULL;
}

uint64_t inode_id(const struct ramfs *fs, const struct ramfs_inode *inode)
{
	return FS_ID(inode_number(fs, inode), inode->generation);
}

struct ramfs_inode *inode_take(struct ramfs *fs, enum fs_type type, uint32_t directory)
{
	for (uint32_t number = 1; number <= fs->inode_count; number++) {
		struct ramfs_inode *inode = inode_at(fs, number);

		if (inode->state != RAMFS_FREE)
			continue;
		change_set(fs, &inode->state, type);
		change_set(fs, &inode->size, 0);
		change_set(fs, &inode->directory, directory);
		return inode;
	}
	return NULL;
}

uint32_t inode_free(const struct ramfs *fs)
{
	uint32_t count = 0;

	for (uint32_t number = 1; number <= fs->inode_count; number++)
		count += inode_at(fs, number)->state == RAMFS_FREE;
	return count;
}

void inode_remove(struct ramfs *fs, struct ramfs_inode *inode)
{
	change_set(fs, &inode->state, RAMFS_REMOVED);
}

void inode_finish(struct ramfs *fs, struct ramfs_inode *inode)
{
	if (inode->state == RAMFS_REMOVED) {
		pages_cut(fs, inode, 0);
		change_set(fs, &inode->state, RAMFS_FREE);
		change_set(fs, &inode->generation, inode->generation + 1);
		change_commit(fs);
	} else if (inode->state == RAMFS_SHRINKS) {
		pages_cut(fs, inode, inode->size / RAMFS_PAGE + (inode->size % RAMFS_PAGE != 0));
		change_set(fs, &inode->state, RAMFS_FILE);
		change_commit(fs);
	}
}
