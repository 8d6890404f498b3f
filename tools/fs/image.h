/* An image of the RTOS's disk file system, in a file. The source of the file system's server
 * (rtos/servers/diskfs) does the work. Errors are printed on standard error, with the image's name.
 */
#ifndef TOOLS_FS_IMAGE_H
#define TOOLS_FS_IMAGE_H

#include <servers/diskfs/diskfs.h>
#include <servers/diskfs/operate.h>

#define IMAGE_ROOM   16u                /* blocks */
#define IMAGE_MEMORY ((size_t)16 << 20) /* bytes of the cache */

struct image {
	struct disk disk; /* has to be first: the disk's functions get it */
	struct diskfs fs;
	const char *path;
	int file;
	bool mounted;
	uint8_t *memory;
	uint8_t bytes[IMAGE_ROOM * DISKFS_BLOCK]; /* between files and callers */
};

/* Claims the image that a new one is going to replace, if there is one. Nobody else can use it
 * until *file is closed; if *file is -1, there was none. */
bool image_claim(const char *path, int *file);
/* Makes a new image of `size` bytes, in an empty file that is going to have this path. */
bool image_make(struct image *image, int file, const char *path, uint64_t size);
/* Opens an image. `changes`: the caller is going to change it. */
bool image_open(struct image *image, const char *path, bool changes);
/* Writes what was changed, and closes the image. False: this failed. */
bool image_close(struct image *image);

/* Makes one call of proto/fs.h. */
enum fs_status image_call(struct image *image, uint64_t word[8]);
/* Says what is wrong with a file of the image, and what to do. Always returns false. */
bool image_fail(const struct image *image, const char *path, const char *what);
/* Does the same for a file outside the image. */
bool image_fail_outside(const char *path, const char *what);
const char *image_status(enum fs_status status);

#endif
