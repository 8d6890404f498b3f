/*
 * A client's side of a file system (proto/fs.h), by a port of the manifest. Contents go through the
 * buffer that the program shares with the server. The client follows a path by itself, one name at
 * a time. Every path begins at the root, with or without its slash.
 */
#ifndef RTOS_FS_H
#define RTOS_FS_H

#include <kumiki/rtos/call.h>
#include <proto/fs.h>
#include <stdbool.h>
#include <stddef.h>

struct fs {
	rtos_handle_t port;
	uint8_t *buffer; /* NULL: the manifest gives none; nothing can be read or written */
	uint32_t buffer_size;
	uint32_t sums; /* FS_HAS_…: the client counts them, too; 0: there are none */
};

struct fs_file {
	uint64_t id, directory; /* ids: its own, and its directory's */
	enum fs_type type;
	uint64_t size;
};

/* False: the manifest gives no such port. */
bool fs_open(struct fs *fs, const char *port);

/* Returns the port of the file system with this path: "boot" if the path begins with "/boot" and
 * there is such a port, "disk" likewise, otherwise "fs". *path becomes the rest of the path. */
const char *fs_port_for(const char **path);
bool fs_open_for(struct fs *fs, const char **path);

/* Calls with the words, which get the answer. */
enum fs_status fs_call(const struct fs *fs, uint64_t word[RTOS_WORDS]);

/* Finds the file or directory with that path. */
enum fs_status fs_find(const struct fs *fs, const char *path, struct fs_file *file);
/* Finds the directory that the file is or would be in, and puts the path's last name into words 2
 * to 7. */
enum fs_status fs_find_place(const struct fs *fs, const char *path, uint64_t *directory,
                             uint64_t word[RTOS_WORDS]);
enum fs_status fs_state(const struct fs *fs, uint64_t id, struct fs_file *file);

/* These move up to `count` bytes into the buffer, or out of it; *done says how many. FS_WRONG_SUM:
 * twice the bytes weren't those that the other side had. */
enum fs_status fs_read(const struct fs *fs, uint64_t id, uint64_t offset, uint32_t count,
                       uint32_t *done);
enum fs_status fs_write(const struct fs *fs, uint64_t id, uint64_t offset, uint32_t count,
                        uint32_t *done);
/* Writes at the file's end; *where says where that was. */
enum fs_status fs_append(const struct fs *fs, uint64_t id, uint32_t count, uint32_t *done,
                         uint64_t *where);
/* When this function has returned FS_OK, all earlier changes are on the disk, if the file system
 * has one. */
enum fs_status fs_sync(const struct fs *fs);
enum fs_status fs_resize(const struct fs *fs, uint64_t id, uint64_t size);

enum fs_status fs_create(const struct fs *fs, const char *path, enum fs_type type, uint64_t *id);
enum fs_status fs_remove(const struct fs *fs, const char *path);
enum fs_status fs_rename(const struct fs *fs, const char *from, const char *to);
/* Reads the next name of a directory, with its NUL. *next is 0 at first. FS_NOT_FOUND: there is no
 * further name. */
enum fs_status fs_list(const struct fs *fs, uint64_t directory, uint64_t *next, char name[FS_NAME]);

/* ---- mapped files (docs/rtos/mapped-files.md) ---- */

#define FS_MAPS 16 /* of a program, at most; each has at most FS_MAP_PAGES */

/* A part of a file, read-only at `bytes`. The struct stays where it is until fs_unmap(). */
struct fs_map {
	const uint8_t *bytes;
	rtos_handle_t port, window;
	uint64_t id;
	uint32_t first, pages; /* of the file */
	uint32_t shown;        /* pages that were there when it was made */
	/* Copies that were written to, and aren't committed yet. */
	uint8_t *copies;
	rtos_handle_t copies_region; /* 0: none was made yet */
	uint32_t copy_count;
	uint16_t copy_of[FS_MAP_COPIES]; /* pages of the mapping */
};

/* Maps `pages` pages of a file, from page `first` on. A page behind the file's end may not be
 * touched: the program ends by a fault then, as it does if a page can't be read from the disk. */
enum fs_status fs_map(const struct fs *fs, uint64_t id, uint32_t first, uint32_t pages,
                      struct fs_map *map);
/* Not committed copies are lost. */
void fs_unmap(struct fs_map *map);

/* A copy of a mapped page, which can be written to; the same one until the next commit.
 * FS_NO_SPACE: there are FS_MAP_COPIES already. */
enum fs_status fs_map_write(struct fs_map *map, uint32_t page, uint8_t **copy);
/* The copies become the file's, all or none. When it returns FS_OK, they are on the disk. */
enum fs_status fs_map_commit(struct fs_map *map);

/* The status in words. */
const char *fs_status_text(enum fs_status status);

#endif
