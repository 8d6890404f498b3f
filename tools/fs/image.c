/* See image.h. */
#include "image.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <servers/diskfs/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the disk ---- */

static struct image *image_of(struct disk *disk)
{
	return (struct image *)(void *)disk;
}

static bool image_read(struct disk *disk, uint32_t block, uint32_t count)
{
	const size_t size = (size_t)count * DISKFS_BLOCK;

	return pread(image_of(disk)->file, disk->buffer, size, (off_t)block * DISKFS_BLOCK) ==
	       (ssize_t)size;
}

static bool image_write(struct disk *disk, uint32_t block, uint32_t count)
{
	const size_t size = (size_t)count * DISKFS_BLOCK;

	return pwrite(image_of(disk)->file, disk->buffer, size, (off_t)block * DISKFS_BLOCK) ==
	       (ssize_t)size;
}

static bool image_flush(struct disk *disk)
{
	return fsync(image_of(disk)->file) == 0;
}

static void image_tell(struct disk *disk, const char *what, uint64_t where)
{
	fprintf(stderr, "%s: the %s %" PRIu64 "\n", image_of(disk)->path, what, where);
}

/* ---- opening ---- */

static bool image_fails(const struct image *image, const char *what, const char *remedy)
{
	fprintf(stderr, "%s: error: %s; %s\n", image->path, what, remedy);
	return false;
}

static bool image_begin(struct image *image, const char *path, int flags)
{
	memset(image, 0, sizeof(*image));
	image->path = path;
	image->disk = (struct disk){.buffer = image->buffer,
	                            .room = IMAGE_ROOM,
	                            .read = image_read,
	                            .write = image_write,
	                            .flush = image_flush,
	                            .tell = image_tell};
	image->file = open(path, flags | O_CLOEXEC, 0666);
	if (image->file < 0)
		return image_fails(image, strerror(errno), "name an image that you may use");
	image->memory = aligned_alloc(DISKFS_BLOCK, IMAGE_MEMORY);
	if (!image->memory)
		return image_fails(image, "there is no memory", "try again");
	return true;
}

static bool image_size(struct image *image)
{
	const off_t size = lseek(image->file, 0, SEEK_END);

	if (size < (off_t)DISKFS_BLOCKS_MIN * DISKFS_BLOCK)
		return image_fails(image, "it is smaller than 1 MiB",
		                   "'kumiki fs make' makes an image");
	image->disk.blocks = size / DISKFS_BLOCK < DISKFS_BLOCKS_MAX
	                         ? (uint32_t)(size / DISKFS_BLOCK)
	                         : DISKFS_BLOCKS_MAX;
	return true;
}

bool image_make(struct image *image, const char *path, uint64_t size)
{
	uint64_t seed = 0;
	const char *wrong;

	if (!image_begin(image, path, O_RDWR | O_CREAT))
		return false;
	if (ftruncate(image->file, (off_t)size) != 0)
		return image_fails(image, strerror(errno), "is there space for it?");
	if (!image_size(image))
		return false;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return image_fails(image, strerror(errno), "try again");
	return mount_make(&image->fs, &image->disk, seed, image->memory, IMAGE_MEMORY, &wrong) ==
	           MOUNT_GOOD ||
	       image_fails(image, wrong, "is there space for it?");
}

bool image_open(struct image *image, const char *path, bool changes)
{
	const char *wrong;

	if (!image_begin(image, path, changes ? O_RDWR : O_RDONLY) || !image_size(image))
		return false;
	image->disk.read_only = !changes;
	return mount_open(&image->fs, &image->disk, NULL, image->memory, IMAGE_MEMORY, &wrong) ==
	           MOUNT_GOOD ||
	       image_fails(image, wrong, "'kumiki fs make' makes one");
}

bool image_close(struct image *image)
{
	bool good = true;

	if (image->memory && image->fs.disk) {
		while (operate_is_unfinished(&image->fs))
			operate_finish(&image->fs);
		good = operate_sync(&image->fs) ||
		       image_fails(image, "it can't be written", "is there space for it?");
	}
	free(image->memory);
	if (image->file >= 0)
		(void)close(image->file);
	return good;
}

/* ---- calls ---- */

enum fs_status image_call(struct image *image, uint64_t word[8])
{
	struct diskfs_call call = {.buffer = image->bytes, .buffer_size = sizeof(image->bytes)};

	memcpy(call.word, word, sizeof(call.word));
	operate(&image->fs, &call);
	memcpy(word, call.word, sizeof(call.word));
	return (enum fs_status)word[0];
}

bool image_fail(const struct image *image, const char *path, const char *what)
{
	fprintf(stderr, "%s: %s: error: %s\n", image->path, path, what);
	return false;
}

const char *image_status(enum fs_status status)
{
	static const char *const texts[] = {
	    [FS_BAD] = "a name has at most 47 characters, and no slash",
	    [FS_GONE] = "it isn't there any more",
	    [FS_NOT_FOUND] = "there is no such file; 'kumiki fs list' tells which there are",
	    [FS_EXISTS] = "the name is taken",
	    [FS_NOT_DIRECTORY] = "that is no directory",
	    [FS_IS_DIRECTORY] = "that is a directory",
	    [FS_NO_SPACE] = "there is no more space; make a larger image, or remove files",
	    [FS_TOO_LARGE] = "a file has at most 16 GiB",
	    [FS_READ_ONLY] = "the image can't be written",
	    [FS_FAILED] =
	        "it can't be read: the image is damaged there; 'kumiki fs check' says more"};

	return (size_t)status < sizeof(texts) / sizeof(texts[0]) && texts[status] ? texts[status]
	                                                                          : "it failed";
}
