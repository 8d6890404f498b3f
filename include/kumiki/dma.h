/* SPDX-License-Identifier: MIT-0 */
/*
 * Refused accesses of devices to memory. The frame writes them on the console's core, and the
 * console service puts them into words.
 */
#ifndef KUMIKI_DMA_H
#define KUMIKI_DMA_H

#include <kumiki/bundle.h>
#include <stdint.h>

enum dma_refusal {
	DMA_NOT_MAPPED = 0,  /* the address isn't in its partition's memory */
	DMA_NOT_ALLOWED = 1, /* the access lacks the right */
	DMA_BROKEN = 2,      /* an error of the frame or the SMMU: should never happen */
};

struct dma_record {
	uint64_t time;     /* physical counter */
	uint64_t address;  /* as the device said it: its partition's view */
	uint32_t function; /* in the bundle's table, or DMA_NOBODY */
	uint16_t stream;
	uint8_t write;
	uint8_t refusal; /* enum dma_refusal */
};
#define DMA_NOBODY (~0u) /* no function of the bundle has this stream */

#define DMA_RECORDS 16u /* a power of two */

/* In each second all refused accesses of a partition are counted, and DMA_TOLD are recorded.
 * DMA_FLOOD of them end the partition. */
#define DMA_TOLD  8u
#define DMA_FLOOD 256u

struct dma_log {
	uint32_t next; /* number of records ever written; the slot is next % DMA_RECORDS */
	uint32_t refused[BUNDLE_PARTITIONS_MAX]; /* ever, by partition */
	uint32_t unknown;                        /* of streams that no partition has */
	uint32_t reserved[6];
	struct dma_record records[DMA_RECORDS];
};

_Static_assert(sizeof(struct dma_record) == 24, "written here, read there");
_Static_assert(sizeof(struct dma_log) <= 4096, "it is one page");

#endif
