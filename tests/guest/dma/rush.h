/*
 * The guest that ends in the middle of its disks' DMA, again and again. Its parts share this
 * header: rush.c has its lives and judges, rush_virtio.c and rush_nvme.c drive one disk each by
 * polling.
 */
#ifndef RUSH_H
#define RUSH_H

#include <guest/board.h>
#include <guest/cpu.h>
#include <stdbool.h>
#include <stdint.h>

#define RUSH_REQUESTS 32u
#define RUSH_BYTES    0x8000u /* a request's */
#define RUSH_SECTORS  (RUSH_BYTES / 512)

/* A disk that reads its beginning into memory, request after request. */
struct rush_disk {
	const char *name;
	uint32_t identity; /* device and vendor, as the first word of configuration space */
	/* Resets the disk and makes it ready for requests; `slot` is where it was found. */
	bool (*start)(uint32_t slot);
	/* Puts reads to these addresses into the queue, and tells the disk. */
	void (*read)(const uint64_t *to, uint32_t count);
	/* How many of the reads are done. */
	uint32_t (*done)(void);
};

extern const struct rush_disk rush_virtio, rush_nvme;

static inline uintptr_t rush_config(uint32_t slot, uint32_t offset)
{
	return BOARD_ECAM + ((uintptr_t)slot << 12) + offset;
}

/* The address of a BAR. */
static inline uintptr_t rush_bar(uint32_t slot, uint32_t bar)
{
	return board_read32(rush_config(slot, 0x10 + 4 * bar)) & ~0xful;
}

#endif
