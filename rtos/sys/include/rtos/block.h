/*
 * A client's side of a disk's driver (proto/block.h), by a port of the manifest. Contents go
 * through the buffer that the program shares with the driver, or between the device and pages of
 * the program's kept memory. Several threads may use them at the same time, each a part of its own.
 */
#ifndef RTOS_BLOCK_H
#define RTOS_BLOCK_H

#include <kumiki/rtos/call.h>
#include <proto/block.h>
#include <stdbool.h>

struct block {
	rtos_handle_t port;
	uint8_t *buffer; /* NULL: the manifest gives none; nothing can be read or written */
	uint32_t buffer_size;
	uint32_t most;    /* the most sectors of one call that goes through the buffer */
	uint32_t pages;   /* the most pages of one call; 0: the driver doesn't reach this program */
	uint64_t sectors; /* of the disk */
	bool read_only;
};

/* Call it once, before all other functions. BLOCK_NO_SERVER: the manifest gives no such port, or no
 * server answers. */
enum block_status block_open(struct block *block, const char *port);

/* Moves `sectors` sectors from `sector` on. Their place in the buffer begins at byte `at`. */
enum block_status block_read(const struct block *block, uint64_t sector, uint32_t sectors,
                             uint32_t at);
enum block_status block_write(const struct block *block, uint64_t sector, uint32_t sectors,
                              uint32_t at);
/* Moves whole pages of kept memory, which lie anywhere there, from or to the disk, from a multiple
 * of BLOCK_IN_PAGE on. Without BLOCK_OK, the device may use them until block_open() returns
 * BLOCK_OK. */
enum block_status block_fetch(const struct block *block, uint64_t sector, uint8_t *const page[],
                              uint32_t count);
enum block_status block_store(const struct block *block, uint64_t sector, uint8_t *const page[],
                              uint32_t count);
/* These make sectors zero, or give their contents up. BLOCK_BAD: the driver or its device can't do
 * that, or not with these sectors, which stay as they were. */
enum block_status block_zero(const struct block *block, uint64_t sector, uint32_t sectors);
enum block_status block_discard(const struct block *block, uint64_t sector, uint32_t sectors);
/* When this function has returned BLOCK_OK, all written sectors are on the medium. */
enum block_status block_flush(const struct block *block);

#endif
