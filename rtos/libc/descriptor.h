/* The table behind file descriptors. A descriptor's kind has its functions. */
#ifndef LIBC_DESCRIPTOR_H
#define LIBC_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define DESCRIPTORS 32

struct descriptor;
struct fs;

/* Each function returns like the POSIX function with the same name, and sets errno. */
struct descriptor_kind {
	ssize_t (*read)(struct descriptor *descriptor, void *to, size_t size);
	ssize_t (*write)(struct descriptor *descriptor, const void *from, size_t size);
	off_t (*seek)(struct descriptor *descriptor, off_t offset, int whence);
	int (*status)(struct descriptor *descriptor, struct stat *status);
	/* Waits until the descriptor has something to read. False: it has nothing before the
	 * deadline (0: no deadline). */
	bool (*readable)(struct descriptor *descriptor, uint64_t deadline);
	void (*close)(struct descriptor *descriptor); /* NULL: nothing is to be done */
};

struct descriptor {
	const struct descriptor_kind *kind; /* NULL: the place is free */
	int flags;                          /* of open() */
	uint64_t id, offset;                /* of a file (rtos/fs.h); of a socket: see socket.h */
	const struct fs *fs;                /* the file's file system */
};

extern const struct descriptor_kind descriptor_console, descriptor_socket;

/* Takes a free place for these flags, and returns its number. -1, with errno EMFILE: no place is
 * free. */
int descriptor_new(const struct descriptor_kind *kind, int flags, const struct fs *fs, uint64_t id);

/* Gives back a place that no other thread knows yet, without a call of its kind's functions. */
void descriptor_free(int number);
int descriptor_number(const struct descriptor *descriptor);

/* The open descriptor with this number. NULL, with errno EBADF: no open descriptor has it. */
struct descriptor *descriptor_at(int number);

#endif
