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

/* Each function returns like its namesake of POSIX, with errno. */
struct descriptor_kind {
	ssize_t (*read)(struct descriptor *descriptor, void *to, size_t size);
	ssize_t (*write)(struct descriptor *descriptor, const void *from, size_t size);
	off_t (*seek)(struct descriptor *descriptor, off_t offset, int whence);
	int (*status)(struct descriptor *descriptor, struct stat *status);
	/* Waits until there is something to read. False: not before the deadline (0: none). */
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

/* A free place, taken with these flags, and its number; -1, with errno EMFILE: there is none. */
int descriptor_new(const struct descriptor_kind *kind, int flags, const struct fs *fs, uint64_t id);

/* Gives back a place that nobody else knows yet, without a word to its kind. */
void descriptor_free(int number);
int descriptor_number(const struct descriptor *descriptor);

/* An open descriptor; NULL, with errno EBADF: there is none of this number. */
struct descriptor *descriptor_at(int number);

#endif
