/* See directory.h. */
#include "directory.h"
#include "pages.h"
#include "store.h"

#define DIRECTORY_WORDS (FS_NAME / 4)

static uint32_t directory_word(const uint64_t name[FS_NAME_WORDS], uint32_t i)
{
	return (uint32_t)(name[i / 2] >> i % 2 * 32);
}

static char directory_character(const uint64_t name[FS_NAME_WORDS], uint32_t i)
{
	return (char)(name[i / 8] >> i % 8 * 8);
}

/* There must be zeros behind the end, too, as names are compared by words. */
bool directory_name_good(const uint64_t name[FS_NAME_WORDS])
{
	uint32_t length = 0;

	while (length < FS_NAME && directory_character(name, length) != '\0') {
		if (directory_character(name, length) == '/')
			return false;
		length++;
	}
	for (uint32_t i = length; i < FS_NAME; i++)
		if (directory_character(name, i) != '\0')
			return false;
	if (length == 0 || length == FS_NAME)
		return false;
	return directory_character(name, 0) != '.' ||
	       !(length == 1 || (length == 2 && directory_character(name, 1) == '.'));
}

/* ---- entries ---- */

static uint32_t directory_count(const struct ramfs_inode *directory)
{
	return directory->size / (uint32_t)sizeof(struct ramfs_entry);
}

static struct ramfs_entry *directory_at(const struct ramfs *fs, const struct ramfs_inode *directory,
                                        uint32_t number)
{
	struct ramfs_entry *page = change_page(fs, pages_of(fs, directory, number / RAMFS_ENTRIES));

	return &page[number % RAMFS_ENTRIES];
}

static bool directory_is_named(const struct ramfs_entry *entry, const uint64_t name[FS_NAME_WORDS])
{
	for (uint32_t i = 0; i < DIRECTORY_WORDS; i++)
		if (entry->name[i] != directory_word(name, i))
			return false;
	return true;
}

struct ramfs_entry *directory_next(const struct ramfs *fs, const struct ramfs_inode *directory,
                                   uint32_t *number)
{
	for (; *number < directory_count(directory); ++*number) {
		struct ramfs_entry *entry = directory_at(fs, directory, *number);

		if (entry->inode != 0)
			return entry;
	}
	return NULL;
}

struct ramfs_entry *directory_find(const struct ramfs *fs, const struct ramfs_inode *directory,
                                   const uint64_t name[FS_NAME_WORDS])
{
	struct ramfs_entry *entry;
	uint32_t number = 0;

	while ((entry = directory_next(fs, directory, &number)) && !directory_is_named(entry, name))
		number++;
	return entry;
}

struct ramfs_entry *directory_find_inode(const struct ramfs *fs,
                                         const struct ramfs_inode *directory, uint32_t inode)
{
	struct ramfs_entry *entry;
	uint32_t number = 0;

	while ((entry = directory_next(fs, directory, &number)) && entry->inode != inode)
		number++;
	return entry;
}

bool directory_is_empty(const struct ramfs *fs, const struct ramfs_inode *directory)
{
	uint32_t number = 0;

	return directory_next(fs, directory, &number) == NULL;
}

/* ---- a new one ---- */

static struct ramfs_entry *directory_grow(struct ramfs *fs, struct ramfs_inode *directory)
{
	const uint32_t place = directory->size / RAMFS_PAGE;
	const uint32_t page = pages_take(fs);

	if (page == 0 || directory->size > RAMFS_SIZE_MAX - RAMFS_PAGE ||
	    !pages_put(fs, directory, place, page))
		return NULL;
	store_zeros(change_page(fs, page), RAMFS_PAGE);
	change_set(fs, &directory->size, directory->size + RAMFS_PAGE);
	return change_page(fs, page);
}

static struct ramfs_entry *directory_place(struct ramfs *fs, struct ramfs_inode *directory)
{
	for (uint32_t i = 0; i < directory_count(directory); i++) {
		struct ramfs_entry *entry = directory_at(fs, directory, i);

		if (entry->inode == 0)
			return entry;
	}
	return directory_grow(fs, directory);
}

bool directory_add(struct ramfs *fs, struct ramfs_inode *directory,
                   const uint64_t name[FS_NAME_WORDS], uint32_t inode)
{
	struct ramfs_entry *entry = directory_place(fs, directory);

	if (!entry)
		return false;
	change_set(fs, &entry->inode, inode);
	for (uint32_t i = 0; i < DIRECTORY_WORDS; i++)
		change_set(fs, &entry->name[i], directory_word(name, i));
	return true;
}
