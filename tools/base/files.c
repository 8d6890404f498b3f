/*
 * Files of a description (host/files.h): the real file system, and the folders that are searched.
 */
#include <errno.h>
#include <fcntl.h>
#include <host/files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files that this run has read; no system has more files. */
#define FILES_SEEN_MAX 256

static struct {
	dev_t device;
	ino_t number;
} files_seen[FILES_SEEN_MAX];
static size_t files_seen_count;

void file_note(const struct stat *status)
{
	if (files_seen_count == FILES_SEEN_MAX)
		return;
	files_seen[files_seen_count].device = status->st_dev;
	files_seen[files_seen_count++].number = status->st_ino;
}

bool file_was_read(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return false;
	for (size_t i = 0; i < files_seen_count; i++)
		if (files_seen[i].device == status.st_dev && files_seen[i].number == status.st_ino)
			return true;
	return false;
}

/* Opens a regular file. A file that can't seek (a pipe, a device, a folder) can't be an image. */
FILE *file_open(const char *path, uint64_t *size, int *error)
{
	struct stat status;
	/* O_NONBLOCK: a pipe without a writer mustn't keep the command waiting. */
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *file;

	if (descriptor < 0) {
		*error = errno;
		return NULL;
	}
	if (fstat(descriptor, &status) || !S_ISREG(status.st_mode)) {
		*error = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
		(void)close(descriptor);
		return NULL;
	}
	file = fdopen(descriptor, "rb");
	if (!file) {
		*error = errno;
		(void)close(descriptor);
		return NULL;
	}
	file_note(&status);
	*size = (uint64_t)status.st_size;
	return file;
}

const char *file_error(int error)
{
	return error == EISDIR   ? "it is a folder"
	       : error == EINVAL ? "it isn't a regular file"
	                         : strerror(error);
}

static int file_system_read(void *context, struct arena *arena, const char *path, size_t limit,
                            char **data, size_t *size)
{
	uint64_t length = 0;
	int error = 0;
	FILE *file = file_open(path, &length, &error);

	(void)context;
	if (!file)
		return error;
	if (length > limit) {
		(void)fclose(file);
		return EFBIG;
	}
	*data = arena_alloc(arena, (size_t)length + 1);
	*size = fread(*data, 1, (size_t)length, file);
	error = ferror(file) ? EIO : 0;
	(void)fclose(file);
	return error;
}

static int file_system_peek(void *context, const char *path, void *head, size_t head_size,
                            uint64_t *size)
{
	int error = 0;
	FILE *file = file_open(path, size, &error);

	(void)context;
	if (!file)
		return error;
	memset(head, 0, head_size);
	if (fread(head, 1, head_size, file) < head_size && ferror(file))
		error = EIO;
	(void)fclose(file);
	return error;
}

const struct file_access file_access_system = {
    .read = file_system_read,
    .peek = file_system_peek,
};

#define FILE_FOLDERS_MAX 64

struct folder_list {
	const char *folders[FILE_FOLDERS_MAX];
	size_t count;
};

/* Adds a folder, with a slash at its end. */
static void folder_add(struct folder_list *list, struct arena *arena, const char *name,
                       size_t length)
{
	if (!length || list->count == FILE_FOLDERS_MAX)
		return;
	list->folders[list->count++] = name[length - 1] == '/'
	                                   ? arena_copy(arena, name, length)
	                                   : arena_format(arena, "%.*s/", (int)length, name);
}

static void folder_add_path(struct folder_list *list, struct arena *arena, const char *path)
{
	while (*path) {
		size_t length = strcspn(path, ":");

		folder_add(list, arena, path, length);
		path += length;
		path += *path == ':';
	}
}

static void folder_add_shared(struct folder_list *list, struct arena *arena)
{
	char program[4096];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash, *shared;

	if (length <= 0)
		return;
	program[length] = '\0';
	slash = strrchr(program, '/');
	if (!slash)
		return;
	shared = arena_format(arena, "%.*s/../share/kumiki/", (int)(slash - program), program);
	folder_add(list, arena, shared, strlen(shared));
	shared = arena_format(arena, "%srtos/", shared); /* an installation's RTOS */
	folder_add(list, arena, shared, strlen(shared));
}

struct file_search file_search_make(struct arena *arena, const struct file_access *access,
                                    const char *const *include_dirs, size_t include_dir_count)
{
	struct folder_list *list = arena_alloc(arena, sizeof(*list));
	const char *path = getenv("KUMIKI_PATH");

	for (size_t i = 0; i < include_dir_count; i++)
		folder_add(list, arena, include_dirs[i], strlen(include_dirs[i]));
	if (path)
		folder_add_path(list, arena, path);
	folder_add_shared(list, arena);
	return (struct file_search){access ? access : &file_access_system, list->folders,
	                            list->count};
}

const char *file_search_find(const struct file_search *search, struct arena *arena,
                             const char *first, const char *name, int *error)
{
	uint64_t size;
	char head;
	const char *path = name[0] == '/' ? name : arena_format(arena, "%s%s", first, name);

	*error = search->access->peek(search->access->context, path, &head, 1, &size);
	if (!*error)
		return path;
	for (size_t i = 0; name[0] != '/' && i < search->folder_count; i++) {
		path = arena_format(arena, "%s%s", search->folders[i], name);
		if (!search->access->peek(search->access->context, path, &head, 1, &size)) {
			*error = 0;
			return path;
		}
	}
	return NULL;
}
