/* An image of the RTOS's disk file system, in a file: by the very source of its server
 * (rtos/servers/diskfs). Errors are told on standard error, with the image's name. */
#ifndef TOOLS_FS_IMAGE_H
#define TOOLS_FS_IMAGE_H

#include <servers/diskfs/diskfs.h>
#include <servers/diskfs/operate.h>

#define IMAGE_ROOM   16u                /* blocks */
#define IMAGE_MEMORY ((size_t)16 << 20) /* of the cache */

struct image {
	struct disk disk; /* first: the disk's functions get it */
	struct diskfs fs;
	const char *path;
	int file;
	uint8_t *memory;
	uint8_t buffer[IMAGE_ROOM * DISKFS_BLOCK]; /* between disk and cache */
	uint8_t bytes[IMAGE_ROOM * DISKFS_BLOCK];  /* between files and callers */
};

/* A new one of so many bytes. */
bool image_make(struct image *image, const char *path, uint64_t size);
/* One that is there; `changes`: it is going to be changed. */
bool image_open(struct image *image, const char *path, bool changes);
/* Writes what was changed. False: that failed. */
bool image_close(struct image *image);

/* One call of proto/fs.h. */
enum fs_status image_call(struct image *image, uint64_t word[8]);
/* Says what is wrong with a file of the image, and what to do; returns false. */
bool image_fail(const struct image *image, const char *path, const char *what);
const char *image_status(enum fs_status status);

#endif
