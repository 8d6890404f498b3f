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
	bool mounted;
	uint8_t *memory;
	uint8_t buffer[IMAGE_ROOM * DISKFS_BLOCK]; /* between disk and cache */
	uint8_t bytes[IMAGE_ROOM * DISKFS_BLOCK];  /* between files and callers */
};

/* The image that a new one is going to replace, if there is one: nobody else gets it until *file,
 * if it isn't -1, is closed. */
bool image_claim(const char *path, int *file);
/* A new one of so many bytes, in an empty file that is going to have that path. */
bool image_make(struct image *image, int file, const char *path, uint64_t size);
/* One that is there; `changes`: it is going to be changed. */
bool image_open(struct image *image, const char *path, bool changes);
/* Writes what was changed. False: that failed. */
bool image_close(struct image *image);

/* One call of proto/fs.h. */
enum fs_status image_call(struct image *image, uint64_t word[8]);
/* Says what is wrong with a file of the image, and what to do; returns false. */
bool image_fail(const struct image *image, const char *path, const char *what);
/* The same of a file outside. */
bool image_fail_outside(const char *path, const char *what);
const char *image_status(enum fs_status status);

#endif
