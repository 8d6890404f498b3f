/* See change.h. */
#include "change.h"
#include "store.h"
#include <lib/crc32c.h>

static uint32_t *change_word(const struct ramfs *fs, uint32_t at)
{
	return (uint32_t *)(void *)fs->head + at;
}

static uint32_t change_place(const struct ramfs *fs, const uint32_t *word)
{
	return (uint32_t)(word - (const uint32_t *)(const void *)fs->head);
}

/* The number of the change of that word; fs->changes: it isn't changed. */
static uint32_t change_find(const struct ramfs *fs, uint32_t at)
{
	uint32_t i = 0;

	while (i < fs->changes && fs->head->record.change[i].at != at)
		i++;
	return i;
}

uint32_t change_look(const struct ramfs *fs, const uint32_t *word)
{
	const uint32_t found = change_find(fs, change_place(fs, word));

	return found < fs->changes ? fs->head->record.change[found].value : *word;
}

void change_set(struct ramfs *fs, uint32_t *word, uint32_t value)
{
	const uint32_t at = change_place(fs, word), place = change_find(fs, at);
	struct ramfs_change *change = &fs->head->record.change[place];

	if (place == RAMFS_CHANGES)
		__builtin_trap();
	if (place == fs->changes)
		fs->changes++;
	store_word(&change->at, at);
	store_word(&change->value, value);
}

static uint32_t change_crc(const struct ramfs_record *record)
{
	return crc32c(crc32c(0, &record->count, sizeof(record->count)), record->change,
	              record->count * sizeof(record->change[0]));
}

static void change_make(struct ramfs *fs)
{
	struct ramfs_record *record = &fs->head->record;

	for (uint32_t i = 0; i < record->count; i++)
		store_word(change_word(fs, record->change[i].at), record->change[i].value);
	store_word(&record->whole, 0);
}

void change_commit(struct ramfs *fs)
{
	struct ramfs_record *record = &fs->head->record;

	store_word(&record->count, fs->changes);
	store_word(&record->crc, change_crc(record));
	store_word(&record->whole, RAMFS_WHOLE);
	change_make(fs);
	fs->changes = 0;
}

void change_drop(struct ramfs *fs)
{
	fs->changes = 0;
}

static bool change_is_whole(const struct ramfs *fs)
{
	const struct ramfs_record *record = &fs->head->record;

	if (record->whole != RAMFS_WHOLE || record->count > RAMFS_CHANGES ||
	    record->crc != change_crc(record))
		return false;
	for (uint32_t i = 0; i < record->count; i++)
		if (record->change[i].at / (RAMFS_PAGE / 4) >= fs->pages)
			return false;
	return true;
}

void change_redo(struct ramfs *fs)
{
	fs->changes = 0;
	if (change_is_whole(fs))
		change_make(fs);
}
