/*
 * Changes of several words that happen together or not at all: the record. One set at a time.
 *
 * An operation collects the words that it will change, with a CRC-32C, marks the record as whole,
 * makes the changes, and clears the mark. After a crash, a record that is whole is carried out once
 * more. A record that isn't whole is as if nothing had happened. Free pages may be written at any
 * time: a new page gets its contents before a record makes it a file's. Bytes within a file are
 * written in place: a crash may leave a part of them, and the call comes again and writes all.
 */
#ifndef RAMFS_CHANGE_H
#define RAMFS_CHANGE_H

#include "layout.h"
#include <stdbool.h>
#include <stddef.h>

/* The file system, as its server sees it. */
struct ramfs {
	struct ramfs_head *head;
	struct ramfs_inode *inodes; /* [number - 1] */
	uint32_t *bitmap;
	uint32_t pages;
	uint32_t contents; /* the first page that contents can have */
	uint32_t inode_count;
	uint32_t next_page; /* where the search for a free page begins */
	uint32_t changes;   /* changes that the record has so far */
	uint32_t answer;    /* this server's place in the journal */
	uint32_t piece;     /* changes of one record that cutting makes, and at most one more */
	bool unfinished;    /* inodes may be removed or shrinking: inode_finish_some() */
	bool compares;      /* what was read or written is compared before it is answered */
};

static inline void *change_page(const struct ramfs *fs, uint32_t page)
{
	return (uint8_t *)fs->head + (size_t)page * RAMFS_PAGE;
}

/* The word's value from the commit on. change_look(): looks for it among the changes. */
uint32_t change_look(const struct ramfs *fs, const uint32_t *word);
static inline uint32_t change_get(const struct ramfs *fs, const uint32_t *word)
{
	return fs->changes == 0 ? *word : change_look(fs, word);
}
/* Sets the word's value from the commit on. There is room for all changes of an operation. */
void change_set(struct ramfs *fs, uint32_t *word, uint32_t value);
/* Makes all changes. */
void change_commit(struct ramfs *fs);
/* Drops all changes. */
void change_drop(struct ramfs *fs);
/* At the start: makes the changes of a record, if it is whole. */
void change_redo(struct ramfs *fs);

#endif
