/*
 * How the description and its files are found and read. A caller may put its own functions in the
 * place of the file system (the fuzzer and unit tests do).
 */
#ifndef HOST_FILES_H
#define HOST_FILES_H

#include <host/arena.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

struct file_access {
	void *context;
	/* The whole file, in the arena with a NUL behind it: 0, or an errno (EFBIG over `limit`).
	 */
	int (*read)(void *context, struct arena *arena, const char *path, size_t limit, char **data,
	            size_t *size);
	/* The file's size and its first bytes (zeroes behind its end): 0, or an errno. */
	int (*peek)(void *context, const char *path, void *head, size_t head_size, uint64_t *size);
};

/* The real file system. */
extern const struct file_access file_access_system;

/* Opens a regular file of the real file system, without waiting for anybody. NULL: *error is an
 * errno, for which file_error() has words. */
FILE *file_open(const char *path, uint64_t *size, int *error);
const char *file_error(int error);

/* The file counts as read from now on. */
void file_note(const struct stat *status);
/* True if the real file system has read this file, by any name: then it must not be overwritten. */
bool file_was_read(const char *path);

struct file_search {
	const struct file_access *access;
	const char *const *folders; /* without the including file's own folder */
	size_t folder_count;
};

/*
 * Folders in the order in which they are searched: those of -I, then $KUMIKI_PATH (a list with
 * colons), then <folder of the program>/../share/kumiki.
 */
struct file_search file_search_make(struct arena *arena, const struct file_access *access,
                                    const char *const *include_dirs, size_t include_dir_count);
/* The path under which `name` can be peeked: `first` (a folder with its slash) is tried before the
 * others. NULL if nowhere; then *error is the errno of the first try. */
const char *file_search_find(const struct file_search *search, struct arena *arena,
                             const char *first, const char *name, int *error);

#endif
