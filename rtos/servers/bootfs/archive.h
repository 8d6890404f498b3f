/*
 * A tar archive (ustar) in memory, read where it lies. Pure. Entries are found by going through the
 * headers from the first one on.
 */
#ifndef BOOTFS_ARCHIVE_H
#define BOOTFS_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_BLOCK 512u
#define ARCHIVE_NAME  48 /* with a NUL: the room in a message (proto/fs.h) */

/* A file, or a directory. */
struct archive_entry {
	uint32_t block;   /* the block of its header */
	const char *path; /* `length` bytes, no slash at the ends */
	uint32_t length;
	uint32_t size;
	const uint8_t *contents;
	bool directory;
};

struct archive {
	const uint8_t *bytes;
	uint32_t blocks;
	struct archive_entry last; /* the entry last asked for by number; no contents: none */
};

/* Checks the archive. NULL: it can be read. Otherwise what is wrong, at *block. */
const char *archive_open(struct archive *archive, const void *bytes, size_t size, uint32_t *block);

/* The first entry whose header is at *at or later; *at moves behind the entry. False: there is
 * none. Only for an archive that was checked. */
bool archive_next(const struct archive *archive, uint32_t *at, struct archive_entry *entry);

/* Finds the entry in this directory, whose path may be empty, that has this name. False: there is
 * none. */
bool archive_find(const struct archive *archive, const char *directory, uint32_t directory_length,
                  const char *name, uint32_t name_length, struct archive_entry *entry);

/* The length of the path of the entry's directory; 0: that is the root. */
uint32_t archive_directory(const struct archive_entry *entry);

#endif
