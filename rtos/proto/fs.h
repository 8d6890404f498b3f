/*
 * The port of a file system (docs/rtos/services.md). A file is named by its id, which no other file
 * of that system gets as long as a client could know it: FS_GONE says that the file is gone.
 * Nothing of a client is kept by the server. Contents go through a buffer, memory that the manifest
 * has the client and the server share: a window named PORT-PROGRAM, "fs-shell" for example.
 *
 * Word 0 of a call is FS_CALL(operation, id), word 0 of the answer an enum fs_status. The answer's
 * other words count only with FS_OK. A name is words 2 to 7: FS_NAME bytes; the last byte and all
 * bytes behind the name's end are 0.
 */
#ifndef PROTO_FS_H
#define PROTO_FS_H

#include <stdint.h>

#define FS_NAME       48
#define FS_NAME_WORDS (FS_NAME / 8)

/* An id: number of the inode, below 2^24, and its generation. */
#define FS_ID(number, generation) ((uint64_t)(generation) << 24 | (number))
#define FS_ID_NUMBER(id)          ((uint32_t)((id)&0xffffff))
#define FS_ID_GENERATION(id)      ((uint32_t)((id) >> 24))
#define FS_ROOT                   FS_ID(1, 0)

#define FS_CALL(operation, id)  ((uint64_t)(operation) << 56 | (id))
#define FS_CALL_OPERATION(word) ((uint32_t)((word) >> 56))
#define FS_CALL_ID(word)        ((word) & ((1ULL << 56) - 1))

/* Word 2 of FS_READ, FS_WRITE and FS_APPEND: the number of bytes, and the place in the buffer. */
#define FS_PIECE(count, at)   ((uint64_t)(at) << 32 | (count))
#define FS_PIECE_COUNT(piece) ((uint32_t)(piece))
#define FS_PIECE_AT(piece)    ((uint32_t)((piece) >> 32))

/* The CRC-32C of bytes that go along; another word than such a one: the sender counts none. */
#define FS_SUM(crc)     (1ULL << 32 | (crc))
#define FS_IS_SUM(word) ((word) >> 32 == 1)
#define FS_HAS_SUMS     1 /* the server counts sums: clients do, too */

enum fs_operation {
	/* ---- repeatable: carried out twice, they have the effect of once ---- */
	FS_LOOKUP = 1, /* id: directory; name. Answer: as FS_STATE, word 4: its id */
	FS_STATE = 2,  /* Answer: words 1 to 3: enum fs_type, size, id of its directory */
	/* id: directory; word 1: 0, then word 1 of the answer before. Answer: word 1: where to go
	 * on, FS_NONE at the end (then there is no name); the name. An entry that stays in the
	 * directory is told once, even if others come and go meanwhile. */
	FS_LIST = 3,
	/* word 1: offset; word 2: FS_PIECE. Answer: word 1: how many bytes; fewer: the file ended;
	 * word 2: FS_SUM of them. Word 3 of a call: FS_SUM of bytes that didn't fit the sum of the
	 * answer before: the server looks whether what it has in memory is damaged. */
	FS_READ = 4,
	/* The same, with word 3: FS_SUM of all bytes; fewer: so much was done, or there is no more
	 * space (FS_NO_SPACE: none at all). Bytes between the old end and the offset read as zeros.
	 */
	FS_WRITE = 5,
	FS_RESIZE = 6, /* word 1: size */
	/* Answer: words 1 to 4: pages, free pages, inodes, free inodes; word 5: FS_HAS_SUMS. */
	FS_USAGE = 7,
	/* When it is answered, all changes answered before outlive the end of power, if the file
	 * system has a disk. */
	FS_SYNC = 12,

	/* ---- once only: the server's journal answers a call that comes again ---- */
	FS_APPEND = 8,  /* FS_WRITE without an offset. Answer: word 1: how many; word 2: where */
	FS_CREATE = 9,  /* id: directory; word 1: enum fs_type; name. Answer: word 1: id */
	FS_REMOVE = 10, /* id: directory; name: a file, or an empty directory */
	/* word 1: id of a directory; name. A file that has this name already goes in the same
	 * instant; a directory goes only if it is empty. */
	FS_RENAME = 11,
};

enum fs_status {
	FS_OK = 0,
	FS_BAD = 1,           /* no such operation; a bad name, buffer or combination */
	FS_GONE = 2,          /* no such id (any more) */
	FS_NOT_FOUND = 3,     /* no such name */
	FS_EXISTS = 4,        /* the name is taken */
	FS_NOT_DIRECTORY = 5, /* not a directory where one is needed */
	FS_IS_DIRECTORY = 6,  /* a directory where a file is needed */
	FS_NOT_EMPTY = 7,     /* a directory with something in it */
	FS_NO_SPACE = 8,      /* pages or inodes are used up */
	FS_TOO_LARGE = 9,     /* beyond what a file of this system can have */
	FS_READ_ONLY = 10,    /* the file system can't be written */
	FS_NO_SERVER = 11,    /* from the client's side (rtos/fs.h): no server answers */
	FS_FAILED = 12,       /* the disk reports an error, or its contents don't fit their sum */
	FS_WRONG_SUM = 13,    /* the bytes of the call don't fit their sum; nothing was written */
};

enum fs_type {
	FS_FILE = 1,
	FS_DIRECTORY = 2,
};

#define FS_NONE UINT64_MAX /* FS_LIST: there is no further name */

#endif
