/* The file system that the manifest calls "fs", for all who name files. */
#ifndef LIBC_FILE_H
#define LIBC_FILE_H

#include <rtos/fs.h>

/* It, for the calling thread alone until file_leave(); NULL: the program has none. */
const struct fs *file_enter(void);
void file_leave(void);

/* What a status of the file system's is as an error of POSIX. */
int file_error(enum fs_status status);

#endif
