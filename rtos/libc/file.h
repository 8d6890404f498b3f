/* The file systems that the manifest calls "fs" and "boot", for all who name files. */
#ifndef LIBC_FILE_H
#define LIBC_FILE_H

#include <rtos/fs.h>

/* The one that has this path, which becomes what is left of it; NULL: the program has none. It is
 * the calling thread's alone until file_leave(). */
const struct fs *file_enter(const char **path);
/* The same of one that was entered before. */
const struct fs *file_enter_again(const struct fs *fs);
void file_leave(void);

/* What a status of the file system's is as an error of POSIX. */
int file_error(enum fs_status status);

#endif
