/*
 * The port of a disk's driver (docs/rtos/services.md). Contents go through a buffer, memory that
 * the manifest has the client and the driver share: a window named PORT-PROGRAM, "block-shell" for
 * example. Each call is answered when the device has done it; calls of one client may be open at
 * the same time, and are answered in any order.
 *
 * Word 0 of a call is an enum block_operation, word 0 of the answer an enum block_status, and all
 * others count only if that is BLOCK_OK. All operations are repeatable.
 */
#ifndef PROTO_BLOCK_H
#define PROTO_BLOCK_H

#include <stdint.h>

#define BLOCK_SECTOR 512

/* Word 2 of what reads and writes: how many sectors, from where in the buffer on. */
#define BLOCK_PIECE(sectors, at)   ((uint64_t)(at) << 32 | (sectors))
#define BLOCK_PIECE_SECTORS(piece) ((uint32_t)(piece))
#define BLOCK_PIECE_AT(piece)      ((uint32_t)((piece) >> 32))

enum block_operation {
	/* What this program asked before, and another life of it before that, doesn't touch its
	 * buffer any more, and isn't answered. Answer: words 1 to 3: sectors of the disk, 1 if
	 * nobody can write them, the most sectors of one call. */
	BLOCK_OPEN = 1,
	BLOCK_READ = 2,  /* word 1: sector; word 2: BLOCK_PIECE */
	BLOCK_WRITE = 3, /* the same */
	BLOCK_FLUSH = 4, /* what was answered before is on the medium when this is answered */
};

enum block_status {
	BLOCK_OK = 0,
	BLOCK_BAD = 1,       /* no such operation; not within the disk, the buffer or the most */
	BLOCK_READ_ONLY = 2, /* a disk that nobody writes */
	BLOCK_FAILED = 3,    /* the device says so: the contents aren't what they should be */
	BLOCK_NO_SERVER = 4, /* told by who calls (rtos/block.h): nobody answers */
};

#endif
