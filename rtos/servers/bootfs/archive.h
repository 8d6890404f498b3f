/*
 * A tar archive (ustar) in memory, read where it lies. Pure. Its entries are found by going through
 * the headers from the first one on.
 */
#ifndef BOOTFS_ARCHIVE_H
#define BOOTFS_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_BLOCK 512u
#define ARCHIVE_NAME  48 /* with a NUL: what a message has room for (proto/fs.h) */

/* A file, or a directory. */
struct archive_entry {
	uint32_t block;   /* of its header */
	const char *path; /* `length` bytes, no slash at the ends */
	uint32_t length;
	uint32_t size;
	const uint8_t *contents;
	bool directory;
};

struct archive {
	const uint8_t *bytes;
	uint32_t blocks;
	struct archive_entry last; /* that was asked for by its number: the next call is mostly
	                            * about that, too. No contents: there was none */
};

/* NULL: it can be read. Otherwise what is wrong with it; at *block. */
const char *archive_open(struct archive *archive, const void *bytes, size_t size, uint32_t *block);

/* The first entry whose header isn't before *at; *at is behind it then. False: there is none. Only
 * of an archive that is right. */
bool archive_next(const struct archive *archive, uint32_t *at, struct archive_entry *entry);

/* The entry with exactly this path: a directory's path, perhaps empty, and a name in it. */
bool archive_find(const struct archive *archive, const char *directory, uint32_t directory_length,
                  const char *name, uint32_t name_length, struct archive_entry *entry);

/* How much of its path is its directory's: 0: that is the root. */
uint32_t archive_directory(const struct archive_entry *entry);

#endif
