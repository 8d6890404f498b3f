/*
 * The port of a disk's driver (docs/rtos/services.md). Contents go through a buffer, memory that
 * the manifest has the client and the driver share: a window named PORT-PROGRAM, "block-shell" for
 * example. Each call is answered when the device has done it; calls of one client may be open at
 * the same time, and are answered in any order.
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
	/* Earlier calls of this program, or of an earlier life of it, don't touch its buffer any
	 * more, and those that write have written when this is answered. Answer: words 1 to 3:
	 * sectors of the disk, 1 if the disk is read-only, the most sectors of one call. */
	BLOCK_OPEN = 1,
	BLOCK_READ = 2,  /* word 1: sector; word 2: BLOCK_PIECE */
	BLOCK_WRITE = 3, /* the same */
	BLOCK_FLUSH = 4, /* when answered, all writes answered before are on the medium */
};

enum block_status {
	BLOCK_OK = 0,
	BLOCK_BAD = 1,       /* no such operation; not within the disk, the buffer or the most */
	BLOCK_READ_ONLY = 2, /* the disk can't be written */
	/* The device reports an error, or the driver doesn't survive such a call (rtos/block.h):
	 * the contents may be wrong. */
	BLOCK_FAILED = 3,
	BLOCK_NO_SERVER = 4, /* from the client's side (rtos/block.h): no server answers */
};

#endif
