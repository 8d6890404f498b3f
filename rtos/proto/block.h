/*
 * The port of a disk's driver (docs/reference/rtos-servers.md). Contents go one of two ways, as the
 * manifest says. A window named PORT-PROGRAM, "block-shell" for example, is a buffer that the
 * client and the driver share. If the driver "reaches" the client, the device moves whole pages of
 * the client's kept memory, and no CPU copies them. The driver answers a call when the device has
 * done it. A client may have several calls open at the same time; they are answered in any order.
 *
 * Word 0 of a call is an enum block_operation, word 0 of the answer an enum block_status. The
 * answer's other words count only with BLOCK_OK. All operations are repeatable.
 */
#ifndef PROTO_BLOCK_H
#define PROTO_BLOCK_H

#include <stdint.h>

#define BLOCK_SECTOR 512

/* Word 2 of BLOCK_READ and BLOCK_WRITE: the number of sectors, and the place in the buffer. */
#define BLOCK_PIECE(sectors, at)   ((uint64_t)(at) << 32 | (sectors))
#define BLOCK_PIECE_SECTORS(piece) ((uint32_t)(piece))
#define BLOCK_PIECE_AT(piece)      ((uint32_t)((piece) >> 32))

/* BLOCK_FETCH and BLOCK_STORE: pages, each of so many sectors. Words 3 to 6 have the numbers of the
 * pages in kept memory, four to a word from its lowest bits on. */
#define BLOCK_PAGE       4096
#define BLOCK_IN_PAGE    (BLOCK_PAGE / BLOCK_SECTOR)
#define BLOCK_PAGES      16      /* at most */
#define BLOCK_PAGE_LIMIT 0x10000 /* the numbers are below this */
#define BLOCK_WORD(i)    (3 + (i) / 4)
#define BLOCK_SHIFT(i)   ((i) % 4 * 16)

enum block_operation {
	/* When this is answered, earlier calls of this program, or of an earlier life of it, don't
	 * touch its buffer or its kept memory any more, and their writes are done. Answer: word 1:
	 * sectors of the disk; word 2: 1 if the disk is read-only; word 3: the most sectors of one
	 * BLOCK_READ or BLOCK_WRITE; word 4: the most pages of one BLOCK_FETCH or BLOCK_STORE; 0:
	 * the driver doesn't reach this program. */
	BLOCK_OPEN = 1,
	BLOCK_READ = 2,  /* word 1: sector; word 2: BLOCK_PIECE */
	BLOCK_WRITE = 3, /* word 1: sector; word 2: BLOCK_PIECE */
	BLOCK_FLUSH = 4, /* its answer: all writes that were answered before are on the medium */
	/* Calls without contents. Word 1: sector; word 2: number of sectors. The answer is
	 * BLOCK_BAD also if the device can't do it, or not with these sectors. */
	BLOCK_ZERO = 5,    /* the sectors read as zeros from then on */
	BLOCK_DISCARD = 6, /* the sectors' contents aren't needed any more: they may change */
	/* Word 1: sector, a multiple of BLOCK_IN_PAGE; word 2: number of pages. If the call ends
	 * otherwise than with BLOCK_OK, the device may still use the pages: until a BLOCK_OPEN is
	 * answered. */
	BLOCK_FETCH = 7, /* from the disk into the pages */
	BLOCK_STORE = 8, /* from the pages to the disk */
};

enum block_status {
	BLOCK_OK = 0,
	/* No such operation; not within the disk, the buffer, the kept memory or the most. */
	BLOCK_BAD = 1,
	BLOCK_READ_ONLY = 2, /* the disk can't be written */
	/* The device reports an error, or the driver doesn't survive such a call (rtos/block.h).
	 * The contents may be wrong. */
	BLOCK_FAILED = 3,
	BLOCK_NO_SERVER = 4, /* set by the client's side (rtos/block.h): no server answers */
};

#endif
