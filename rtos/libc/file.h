/* The file systems that the manifest calls "fs", "boot" and "disk", for all calls with paths. */
#ifndef LIBC_FILE_H
#define LIBC_FILE_H

#include <rtos/fs.h>

/* The file system with this path; *path becomes the rest of the path. NULL: the program has none.
 * It is the calling thread's alone until file_leave(). */
const struct fs *file_enter(const char **path);
/* The same for a file system that was entered before. */
const struct fs *file_enter_again(const struct fs *fs);
void file_leave(void);

/* The file system's status as an error of POSIX. */
int file_error(enum fs_status status);

#endif
