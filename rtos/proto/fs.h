/*
 * The port of a file system (docs/reference/rtos-servers.md). A file is named by its id. No other
 * file of that system gets this id as long as a client could know it: FS_GONE says that the file is
 * gone. The server keeps nothing of a client. Contents go through a buffer. That is memory which
 * the client and the server share by the manifest: a window named PORT-PROGRAM, "fs-shell" for
 * example.
 *
 * Word 0 of a call is FS_CALL(operation, id), word 0 of the answer an enum fs_status. The answer's
 * other words count only with FS_OK. A name is in words 2 to 7, FS_NAME bytes; its last byte and
 * all bytes behind its end are 0.
 */
#ifndef PROTO_FS_H
#define PROTO_FS_H

#include <stdint.h>

#define FS_NAME       48
#define FS_NAME_WORDS (FS_NAME / 8)

/* An id: the inode's number, below 2^24, and the inode's generation. */
#define FS_ID(number, generation) ((uint64_t)(generation) << 24 | (number))
#define FS_ID_NUMBER(id)          ((uint32_t)((id)&0xffffff))
#define FS_ID_GENERATION(id)      ((uint32_t)((id) >> 24))
#define FS_ROOT                   FS_ID(1, 0)

#define FS_CALL(operation, id)  ((uint64_t)(operation) << 56 | (id))
#define FS_CALL_OPERATION(word) ((uint32_t)((word) >> 56))
#define FS_CALL_ID(word)        ((word) & ((1ULL << 56) - 1))

/* Word 2 of FS_READ, FS_WRITE and FS_APPEND: the number of bytes, and the place in the buffer; of
 * FS_MAP: of pages, and their place in the window. */
#define FS_PIECE(count, at)   ((uint64_t)(at) << 32 | (count))
#define FS_PIECE_COUNT(piece) ((uint32_t)(piece))
#define FS_PIECE_AT(piece)    ((uint32_t)((piece) >> 32))

/* The CRC-32C of the bytes that go with a call or an answer. Any other word: the sender has counted
 * no sum. */
#define FS_SUM(crc)     (1ULL << 32 | (crc))
#define FS_IS_SUM(word) ((word) >> 32 == 1)
/* Which sums the server has; then its clients count them, too. */
#define FS_HAS_SUMS      1 /* of bytes */
#define FS_HAS_WORD_SUMS 2 /* of words */

/* Of words: word 4 of FS_READ, FS_WRITE and FS_APPEND is FS_SUM of words 0 to 3, begun with the
 * caller's number. Word 4 of an answer with FS_OK is this sum with words 0 and 1 added; a failure
 * leaves it. A client whose answer has another word there calls again, with FS_COMPLAINS in word
 * 5, unless the call is once only. */
#define FS_SUMMED    4 /* words */
#define FS_COMPLAINS 1

enum fs_operation {
	/* ---- repeatable: an operation that is carried out twice has the effect of one ---- */
	FS_LOOKUP = 1, /* id: directory; name. Answer: as of FS_STATE; word 4: its id */
	FS_STATE = 2,  /* answer: words 1 to 3: enum fs_type, size, its directory's id */
	/* id: directory; word 1: 0 at first, then word 1 of the answer before. Answer: the name;
	 * word 1: where to go on. At the end, word 1 is FS_NONE, and there is no name. An entry
	 * that stays in the directory is told once, even if others come and go meanwhile. */
	FS_LIST = 3,
	/* word 1: offset; word 2: FS_PIECE. Answer: word 1: how many bytes; fewer than asked for:
	 * the file ended; word 2: FS_SUM of them. A client whose bytes didn't fit the sum of the
	 * answer calls again, with FS_SUM of these bytes in word 3: then the server looks whether
	 * what it has in memory is damaged. */
	FS_READ = 4,
	/* word 1: offset; word 2: FS_PIECE; word 3: FS_SUM of all bytes. Answer: word 1: how many
	 * bytes were written; fewer than asked for: there is no more space (FS_NO_SPACE: none at
	 * all). Bytes between the old end and the offset read as zeros. */
	FS_WRITE = 5,
	FS_RESIZE = 6, /* word 1: size */
	/* Answer: words 1 to 4: pages, free pages, inodes, free inodes; word 5: FS_HAS_…; word
	 * 6: pages of windows that were hidden, so that the TLB had to forget them, since the
	 * server's start. */
	FS_USAGE = 7,
	/* When this is answered, all changes that were answered before outlive a loss of power, if
	 * the file system has a disk. */
	FS_SYNC = 12,
	/* Pages of a file in a window of the client, which goes along (RTOS_ANSWER_PAGES). word 1:
	 * the page of the file that is at the window's beginning; word 2: FS_PIECE(count, at):
	 * which pages of the window, at most FS_MAP_MOST. The first of them is shown; of the
	 * others, those that the server has in memory. The server hides a page before it changes,
	 * or has to go. Answer: word 1: how many are shown now; word 2: the file's size. */
	FS_MAP = 13,
	/* Written copies of mapped pages, which the call lends, become the file's as one change.
	 * When it is answered, they outlive the end of power, as with FS_SYNC. word 1: as of
	 * FS_MAP; word 2: how many, at most FS_MAP_COPIES; words 3 to 6: where each is in the
	 * window, below FS_MAP_PAGES, four to a word; word 7: FS_SUM of all their bytes. The file
	 * stays as long as it is. */
	FS_COMMIT = 14,

	/* ---- once only: if a call comes again, the server's journal answers it ---- */
	FS_APPEND = 8,  /* FS_WRITE without an offset. Answer: word 1: how many; word 2: where */
	FS_CREATE = 9,  /* id: directory; word 1: enum fs_type; name. Answer: word 1: id */
	FS_REMOVE = 10, /* id: directory; name: a file, or an empty directory */
	/* id: the file or directory; word 1: its new directory's id; its new name. If the name is
	 * taken, the old bearer goes in the same instant; an old directory goes only if it is
	 * empty. */
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
	FS_NO_SERVER = 11,    /* set by the client's side (rtos/fs.h): no server answers */
	FS_FAILED = 12,       /* the disk reports an error, or its contents don't fit their sum */
	FS_WRONG_SUM = 13,    /* the call's bytes don't fit their sum; nothing was written */
};

enum fs_type {
	FS_FILE = 1,
	FS_DIRECTORY = 2,
};

#define FS_PAGE       4096u
#define FS_MAP_PAGES  4096u /* of a window */
#define FS_MAP_MOST   256u
#define FS_MAP_COPIES 16u

/* Of FS_COMMIT: the place of copy i. */
#define FS_COMMIT_PLACE(word, i) ((uint32_t)((word)[3 + (i) / 4] >> ((i) % 4 * 16) & 0xffff))

#define FS_NONE UINT64_MAX /* FS_LIST: the directory has no further name */

#endif
