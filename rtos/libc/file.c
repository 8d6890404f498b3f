/*
 * Files, by the protocol of file systems (rtos/fs.h). A descriptor has a file's id and an offset;
 * the server doesn't know descriptors. Threads take turns, as they share the buffer.
 */
#include "file.h"
#include "descriptor.h"
#include "errors.h"
#include "lock.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/lock.h>
#include <sys/stat.h>
#include <unistd.h>

static struct __lock file_lock;

static struct {
	const char *port;
	struct fs fs;
} file_systems[] = {{.port = "fs"}, {.port = "boot"}, {.port = "disk"}};
#define FILE_SYSTEMS ((int)(sizeof(file_systems) / sizeof(file_systems[0])))

/* The number of the file system with that path. *path becomes the rest of the path. */
static int file_system(const char **path)
{
	const char *port = fs_port_for(path);
	int number = FILE_SYSTEMS - 1;

	while (number > 0 && strcmp(file_systems[number].port, port) != 0)
		number--;
	return number;
}

const struct fs *file_enter(const char **path)
{
	const int number = file_system(path);
	struct fs *fs = &file_systems[number].fs;

	__retarget_lock_acquire(&file_lock);
	return fs->port != 0 || fs_open(fs, file_systems[number].port) ? fs : NULL;
}

const struct fs *file_enter_again(const struct fs *fs)
{
	__retarget_lock_acquire(&file_lock);
	return fs;
}

void file_leave(void)
{
	__retarget_lock_release(&file_lock);
}

int file_error(enum fs_status status)
{
	static const int errors[] = {
	    [FS_BAD] = EINVAL,          [FS_GONE] = ESTALE,           [FS_NOT_FOUND] = ENOENT,
	    [FS_EXISTS] = EEXIST,       [FS_NOT_DIRECTORY] = ENOTDIR, [FS_IS_DIRECTORY] = EISDIR,
	    [FS_NOT_EMPTY] = ENOTEMPTY, [FS_NO_SPACE] = ENOSPC,       [FS_TOO_LARGE] = EFBIG,
	    [FS_READ_ONLY] = EROFS,     [FS_NO_SERVER] = EIO,         [FS_FAILED] = EIO,
	    [FS_WRONG_SUM] = EIO};

	return status < sizeof(errors) / sizeof(errors[0]) ? errors[status] : EIO;
}

/* ---- contents ---- */

static uint32_t file_piece(const struct fs *fs, size_t size)
{
	return size < fs->buffer_size ? (uint32_t)size : fs->buffer_size;
}

/* Reads at most as much as the buffer holds. */
static enum fs_status file_read_piece(const struct fs *fs, struct descriptor *descriptor, void *to,
                                      size_t size, uint32_t *done)
{
	const enum fs_status status =
	    fs_read(fs, descriptor->id, descriptor->offset, file_piece(fs, size), done);

	if (status == FS_OK) {
		memcpy(to, fs->buffer, *done);
		descriptor->offset += *done;
	}
	return status;
}

static enum fs_status file_write_piece(const struct fs *fs, struct descriptor *descriptor,
                                       const void *from, size_t size, uint32_t *done)
{
	const uint32_t count = file_piece(fs, size);
	uint64_t where = descriptor->offset;
	enum fs_status status;

	memcpy(fs->buffer, from, count);
	if ((descriptor->flags & O_APPEND) != 0)
		status = fs_append(fs, descriptor->id, count, done, &where);
	else
		status = fs_write(fs, descriptor->id, descriptor->offset, count, done);
	if (status == FS_OK)
		descriptor->offset = where + *done;
	return status;
}

/* Reads piece by piece, or writes if `to` is NULL. An error counts only if nothing was read or
 * written before it. */
static ssize_t file_transfer(struct descriptor *descriptor, char *to, const char *from, size_t size)
{
	const struct fs *fs = file_enter_again(descriptor->fs);
	enum fs_status status = fs->buffer != NULL ? FS_OK : FS_BAD;
	size_t all = 0;
	uint32_t done = 1;

	size = size < INT_MAX ? size : INT_MAX;
	while (all < size && done > 0 && status == FS_OK) {
		if (to != NULL)
			status = file_read_piece(fs, descriptor, to + all, size - all, &done);
		else
			status = file_write_piece(fs, descriptor, from + all, size - all, &done);
		all += status == FS_OK ? done : 0;
	}
	file_leave();
	return status != FS_OK && all == 0 ? errors_set(file_error(status)) : (ssize_t)all;
}

static ssize_t file_kind_read(struct descriptor *descriptor, void *to, size_t size)
{
	return file_transfer(descriptor, to, NULL, size);
}

static ssize_t file_kind_write(struct descriptor *descriptor, const void *from, size_t size)
{
	return file_transfer(descriptor, NULL, from, size);
}

static enum fs_status file_state(const struct descriptor *descriptor, struct fs_file *file)
{
	enum fs_status status = fs_state(file_enter_again(descriptor->fs), descriptor->id, file);

	file_leave();
	return status;
}

static off_t file_kind_seek(struct descriptor *descriptor, off_t offset, int whence)
{
	struct fs_file file = {.size = 0};
	enum fs_status status = FS_OK;
	int64_t base = 0;

	if (whence == SEEK_END)
		status = file_state(descriptor, &file);
	if (status != FS_OK)
		return errors_set(file_error(status));
	if (whence == SEEK_CUR)
		base = (int64_t)descriptor->offset;
	else if (whence == SEEK_END)
		base = (int64_t)file.size;
	if (whence < SEEK_SET || whence > SEEK_END || base + offset < 0)
		return errors_set(EINVAL);
	descriptor->offset = (uint64_t)(base + offset);
	return base + offset;
}

static void file_tell(const struct fs_file *file, struct stat *status)
{
	memset(status, 0, sizeof(*status));
	status->st_mode = file->type == FS_DIRECTORY ? S_IFDIR | 0777 : S_IFREG | 0666;
	status->st_ino = (ino_t)FS_ID_NUMBER(file->id);
	status->st_nlink = 1;
	status->st_size = (off_t)file->size;
	status->st_blksize = RTOS_PAGE_SIZE;
}

static int file_kind_status(struct descriptor *descriptor, struct stat *status)
{
	struct fs_file file;
	const enum fs_status found = file_state(descriptor, &file);

	if (found != FS_OK)
		return errors_set(file_error(found));
	file_tell(&file, status);
	return 0;
}

static bool file_kind_readable(struct descriptor *descriptor, uint64_t deadline)
{
	(void)descriptor;
	(void)deadline;
	return true;
}

static const struct descriptor_kind file_kind = {
    .read = file_kind_read,
    .write = file_kind_write,
    .seek = file_kind_seek,
    .status = file_kind_status,
    .readable = file_kind_readable,
};

/* ---- names ---- */

/* Finds the file, or makes it; with O_EXCL it must be new. */
static enum fs_status file_find_or_make(const struct fs *fs, const char *path, int flags,
                                        struct fs_file *file)
{
	enum fs_status status = fs_find(fs, path, file);

	if (status == FS_OK && (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return FS_EXISTS;
	if (status != FS_NOT_FOUND || (flags & O_CREAT) == 0)
		return status;
	*file = (struct fs_file){.type = FS_FILE};
	status = fs_create(fs, path, FS_FILE, &file->id);
	/* Another program was faster. */
	return status == FS_EXISTS && (flags & O_EXCL) == 0 ? fs_find(fs, path, file) : status;
}

static enum fs_status file_open(const struct fs *fs, const char *path, int flags, uint64_t *id)
{
	struct fs_file file;
	enum fs_status status = file_find_or_make(fs, path, flags, &file);

	if (status != FS_OK)
		return status;
	if (file.type == FS_DIRECTORY && (flags & O_ACCMODE) != O_RDONLY)
		return FS_IS_DIRECTORY;
	if ((flags & O_TRUNC) != 0 && file.type == FS_FILE && file.size > 0)
		status = fs_resize(fs, file.id, 0);
	*id = file.id;
	return status;
}

int open(const char *path, int flags, ...)
{
	const struct fs *fs = file_enter(&path);
	uint64_t id = 0;
	const enum fs_status status = fs != NULL ? file_open(fs, path, flags, &id) : FS_NOT_FOUND;

	file_leave();
	if (status != FS_OK)
		return errors_set(file_error(status));
	return descriptor_new(&file_kind, flags, fs, id);
}

int stat(const char *restrict path, struct stat *restrict told)
{
	const char *rest = path;
	const struct fs *fs = file_enter(&rest);
	struct fs_file file;
	const enum fs_status status = fs != NULL ? fs_find(fs, rest, &file) : FS_NOT_FOUND;

	file_leave();
	if (status != FS_OK)
		return errors_set(file_error(status));
	file_tell(&file, told);
	return 0;
}

/* Removes the name of a file, or of a directory, by `type`. */
static int file_remove(const char *path, enum fs_type type)
{
	const struct fs *fs = file_enter(&path);
	struct fs_file file = {.type = type};
	enum fs_status status = fs != NULL ? fs_find(fs, path, &file) : FS_NOT_FOUND;

	if (status == FS_OK && file.type != type)
		status = type == FS_FILE ? FS_IS_DIRECTORY : FS_NOT_DIRECTORY;
	if (status == FS_OK)
		status = fs_remove(fs, path);
	file_leave();
	return errors_set(file_error(status));
}

int unlink(const char *path)
{
	return file_remove(path, FS_FILE);
}

int rmdir(const char *path)
{
	return file_remove(path, FS_DIRECTORY);
}

int mkdir(const char *path, mode_t mode)
{
	const struct fs *fs = file_enter(&path);
	uint64_t id;
	const enum fs_status status =
	    fs != NULL ? fs_create(fs, path, FS_DIRECTORY, &id) : FS_NOT_FOUND;

	(void)mode;
	file_leave();
	return errors_set(file_error(status));
}

/* A file isn't moved from one file system to another. */
int rename(const char *from, const char *to)
{
	const struct fs *other = &file_systems[file_system(&to)].fs;
	const struct fs *fs = file_enter(&from);
	enum fs_status status = FS_NOT_FOUND;

	if (fs == other)
		status = fs_rename(fs, from, to);
	file_leave();
	return errors_set(fs == NULL || fs == other ? file_error(status) : EXDEV);
}

int ftruncate(int number, off_t size)
{
	const struct descriptor *descriptor = descriptor_at(number);
	enum fs_status status;

	if (descriptor == NULL)
		return -1;
	if (descriptor->kind != &file_kind || (descriptor->flags & O_ACCMODE) == O_RDONLY ||
	    size < 0)
		return errors_set(EINVAL);
	status = fs_resize(file_enter_again(descriptor->fs), descriptor->id, (uint64_t)size);
	file_leave();
	return errors_set(file_error(status));
}

/* ---- to the disk ---- */

int fsync(int number)
{
	const struct descriptor *descriptor = descriptor_at(number);
	enum fs_status status;

	if (descriptor == NULL)
		return -1;
	if (descriptor->kind != &file_kind)
		return errors_set(EINVAL);
	status = fs_sync(file_enter_again(descriptor->fs));
	file_leave();
	return errors_set(file_error(status));
}

/* The file system keeps only a file's contents and what leads to them, so both functions do the
 * same. */
int fdatasync(int number)
{
	return fsync(number);
}

/* POSIX gives this function no way to tell an error. */
void sync(void)
{
	for (int i = 0; i < FILE_SYSTEMS; i++)
		if (file_systems[i].fs.port != 0) {
			(void)fs_sync(file_enter_again(&file_systems[i].fs));
			file_leave();
		}
}
