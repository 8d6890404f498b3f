/* The file systems that the manifest calls "fs", "boot" and "disk", for all calls with paths. */
#ifndef LIBC_FILE_H
#define LIBC_FILE_H

#include <rtos/fs.h>

/* The file system with this path; *path becomes the rest of the path. NULL: the program has no such
 * file system. Until file_leave(), no other thread can use any file system. */
const struct fs *file_enter(const char **path);
/* Does the same for a file system that the program entered before. */
const struct fs *file_enter_again(const struct fs *fs);
void file_leave(void);

/* Makes an error of POSIX from the file system's status. */
int file_error(enum fs_status status);

#endif
