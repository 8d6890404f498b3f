/*
 * How the description and its files are found and read. A caller may replace the file system by
 * functions of its own, as the fuzzer and unit tests do.
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
	/* Reads the whole file into the arena, and adds a NUL. Returns 0 or an errno (EFBIG: larger
	 * than `limit`). */
	int (*read)(void *context, struct arena *arena, const char *path, size_t limit, char **data,
	            size_t *size);
	/* Reads the file's size and its first bytes, with zeroes after the file's end. Returns 0 or
	 * an errno. */
	int (*peek)(void *context, const char *path, void *head, size_t head_size, uint64_t *size);
};

/* The real file system. */
extern const struct file_access file_access_system;

/* Opens a regular file of the real file system; it never waits for another program. NULL: *error is
 * an errno, which file_error() says in words. */
FILE *file_open(const char *path, uint64_t *size, int *error);
const char *file_error(int error);

/* From now on the file counts as read. */
void file_note(const struct stat *status);
/* Whether the real file system has read this file under any name. Such a file mustn't be
 * overwritten. */
bool file_was_read(const char *path);

struct file_search {
	const struct file_access *access;
	const char *const *folders; /* the including file's own folder isn't among them */
	size_t folder_count;
};

/*
 * Makes the folders in the order of the search: those of -I, then $KUMIKI_PATH (a list with
 * colons), then <folder of the program>/../share/kumiki, and its folder rtos.
 */
struct file_search file_search_make(struct arena *arena, const struct file_access *access,
                                    const char *const *include_dirs, size_t include_dir_count);
/* The path at which `name` can be peeked. `first` (a folder with its slash) is tried before the
 * others. NULL: the file is nowhere; *error is the errno of the first try. */
const char *file_search_find(const struct file_search *search, struct arena *arena,
                             const char *first, const char *name, int *error);

#endif
