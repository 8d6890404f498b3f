/*
 * The port of a disk's driver (docs/rtos/services.md). Contents go through a buffer. That is memory
 * which the client and the driver share by the manifest: a window named PORT-PROGRAM, "block-shell"
 * for example. The driver answers a call when the device has done it. A client may have several
 * calls open at the same time; they are answered in any order.
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

enum block_operation {
	/* When this is answered, earlier calls of this program, or of an earlier life of it, don't
	 * touch its buffer any more, and their writes are done. Answer: word 1: sectors of the
	 * disk; word 2: 1 if the disk is read-only; word 3: the most sectors of one call. */
	BLOCK_OPEN = 1,
	BLOCK_READ = 2,  /* word 1: sector; word 2: BLOCK_PIECE */
	BLOCK_WRITE = 3, /* word 1: sector; word 2: BLOCK_PIECE */
	BLOCK_FLUSH = 4, /* its answer: all writes that were answered before are on the medium */
	/* Calls without contents. Word 1: sector; word 2: number of sectors. The answer is
	 * BLOCK_BAD also if the device can't do it, or not with these sectors. */
	BLOCK_ZERO = 5,    /* the sectors read as zeros from then on */
	BLOCK_DISCARD = 6, /* the sectors' contents aren't needed any more: they may change */
};

enum block_status {
	BLOCK_OK = 0,
	BLOCK_BAD = 1,       /* no such operation; not within the disk, the buffer or the most */
	BLOCK_READ_ONLY = 2, /* the disk can't be written */
	/* The device reports an error, or the driver doesn't survive such a call (rtos/block.h).
	 * The contents may be wrong. */
	BLOCK_FAILED = 3,
	BLOCK_NO_SERVER = 4, /* set by the client's side (rtos/block.h): no server answers */
};

#endif
