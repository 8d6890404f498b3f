/* The types that picolibc's dirent.h needs from a system with directories. */
#ifndef SYS_DIRENT_H
#define SYS_DIRENT_H

#include <stdint.h>
#include <sys/types.h>

struct dirent {
	ino_t d_ino; /* always 0 */
	char d_name[48];
};

struct fs;

typedef struct {
	const struct fs *fs; /* the directory's file system (rtos/fs.h) */
	uint64_t id, next;   /* the directory's id; where to go on */
	struct dirent entry;
} DIR;

#endif
