/* See image.h. */
#include "image.h"
#include <errno.h>
#include <fcntl.h>
#include <host/files.h>
#include <host/tame.h>
#include <inttypes.h>
#include <servers/diskfs/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- the disk ---- */

static struct image *image_of(struct disk *disk)
{
	return (struct image *)(void *)disk;
}

static bool image_read(struct disk *disk, uint32_t block, uint8_t *page)
{
	return pread(image_of(disk)->file, page, DISKFS_BLOCK, (off_t)block * DISKFS_BLOCK) ==
	       DISKFS_BLOCK;
}

static bool image_write(struct disk *disk, uint32_t block, uint8_t *const page[], uint32_t count)
{
	struct iovec piece[DISK_PAGES];

	for (uint32_t i = 0; i < count; i++)
		piece[i] = (struct iovec){.iov_base = page[i], .iov_len = DISKFS_BLOCK};
	return pwritev(image_of(disk)->file, piece, (int)count, (off_t)block * DISKFS_BLOCK) ==
	       (ssize_t)count * DISKFS_BLOCK;
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

static bool image_fails(const char *path, const char *what, const char *remedy)
{
	tame_print(path, stderr);
	fprintf(stderr, ": error: %s; %s\n", what, remedy);
	return false;
}

/*
 * The locks of QEMU (block/file-posix.c): so QEMU and this tool never use the same image at once. A
 * program that may do operation N with a file has a read lock on byte 100 + N. A program that lets
 * no other program do N has a read lock on byte 200 + N. Before it takes its lock, a program checks
 * that a write lock on the opposite byte would be possible.
 */
#define IMAGE_LOCK        100
#define IMAGE_LOCK_END    300
#define IMAGE_LOCK_WRITER 101
#define IMAGE_LOCK_STILL  201

/* Not all file systems have locks. Without them, only the manual says what to do. */
static bool image_lock(int file, int command, short type, off_t first, off_t end)
{
	struct flock lock = {
	    .l_type = type, .l_whence = SEEK_SET, .l_start = first, .l_len = end - first};

	if (fcntl(file, command, &lock) != 0)
		return errno != EAGAIN && errno != EACCES;
	return command != F_OFD_GETLK || lock.l_type == F_UNLCK;
}

static bool image_is_free(int file, bool changes)
{
	if (changes)
		return image_lock(file, F_OFD_SETLK, F_WRLCK, IMAGE_LOCK, IMAGE_LOCK_END);
	return image_lock(file, F_OFD_SETLK, F_RDLCK, IMAGE_LOCK_STILL, IMAGE_LOCK_STILL + 1) &&
	       image_lock(file, F_OFD_GETLK, F_WRLCK, IMAGE_LOCK_WRITER, IMAGE_LOCK_WRITER + 1);
}

static bool image_is_good(int file, const char *path, bool changes)
{
	struct stat status;

	if (file < 0 || fstat(file, &status) != 0)
		return image_fails(path, strerror(errno), "name an image that you may use");
	if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
		return image_fails(path, "it isn't a regular file or block device",
		                   "name an image");
	return image_is_free(file, changes) ||
	       image_fails(path, "another program has it, QEMU perhaps",
	                   "end that first, or wait for it");
}

/* Opens the file. -1: it can't be used, and this was said. O_NONBLOCK: a pipe without a writer
 * mustn't keep the command waiting. */
static int image_open_file(const char *path, bool changes)
{
	const int file = open(path, (changes ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);

	if (image_is_good(file, path, changes))
		return file;
	if (file >= 0)
		(void)close(file);
	return -1;
}

static bool image_begin(struct image *image, const char *path)
{
	memset(image, 0, sizeof(*image));
	image->path = path;
	image->file = -1;
	image->disk = (struct disk){.pages = DISK_PAGES,
	                            .read = image_read,
	                            .write = image_write,
	                            .flush = image_flush,
	                            .tell = image_tell};
	image->memory = aligned_alloc(DISKFS_BLOCK, IMAGE_MEMORY);
	return image->memory || image_fails(image->path, "there is no memory", "try again");
}

static bool image_size(struct image *image)
{
	const off_t size = lseek(image->file, 0, SEEK_END);

	if (size < (off_t)DISKFS_BLOCKS_MIN * DISKFS_BLOCK)
		return image_fails(image->path, "it is smaller than 1 MiB",
		                   "'kumiki fs make' makes an image");
	image->disk.blocks = size / DISKFS_BLOCK < DISKFS_BLOCKS_MAX
	                         ? (uint32_t)(size / DISKFS_BLOCK)
	                         : DISKFS_BLOCKS_MAX;
	return true;
}

/* Notes that the image was read. So no output can overwrite it, and it can't be put into itself. */
static void image_note(const struct image *image)
{
	struct stat status;

	if (fstat(image->file, &status) == 0)
		file_note(&status);
}

bool image_claim(const char *path, int *file)
{
	struct stat status;

	*file = -1;
	if (stat(path, &status) != 0 && errno == ENOENT)
		return true;
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return image_fails(path, "it isn't a regular file", "name a file");
	*file = image_open_file(path, true);
	return *file >= 0;
}

bool image_make(struct image *image, int file, const char *path, uint64_t size)
{
	uint64_t seed = 0;
	const char *wrong;

	if (!image_begin(image, path))
		return false;
	image->file = fcntl(file, F_DUPFD_CLOEXEC, 0);
	image_note(image);
	if (image->file < 0 || ftruncate(image->file, (off_t)size) != 0)
		return image_fails(image->path, strerror(errno), "is there space for it?");
	if (!image_size(image))
		return false;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return image_fails(image->path, strerror(errno), "try again");
	image->mounted = mount_make(&image->fs, &image->disk, seed, image->memory, IMAGE_MEMORY,
	                            &wrong) == MOUNT_GOOD;
	return image->mounted || image_fails(image->path, wrong, "is there space for it?");
}

bool image_open(struct image *image, const char *path, bool changes)
{
	const char *wrong;

	if (!image_begin(image, path))
		return false;
	image->file = image_open_file(path, changes);
	image_note(image);
	if (image->file < 0 || !image_size(image))
		return false;
	image->disk.read_only = !changes;
	image->mounted = mount_open(&image->fs, &image->disk, NULL, image->memory, IMAGE_MEMORY,
	                            &wrong) == MOUNT_GOOD;
	return image->mounted || image_fails(image->path, wrong, "'kumiki fs make' makes one");
}

bool image_close(struct image *image)
{
	bool good = true;

	if (image->mounted) {
		while (operate_is_unfinished(&image->fs))
			operate_finish(&image->fs);
		good = operate_sync(&image->fs) ||
		       image_fails(image->path, "it can't be written", "is there space for it?");
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
	tame_print(image->path, stderr);
	fputs(": ", stderr);
	return image_fail_outside(path, what);
}

bool image_fail_outside(const char *path, const char *what)
{
	tame_print(path, stderr);
	fprintf(stderr, ": error: %s\n", what);
	return false;
}

const char *image_status(enum fs_status status)
{
	static const char *const texts[] = {
	    [FS_BAD] = "a name has 1 to 47 bytes and no slash, and isn't '.' or '..'",
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
