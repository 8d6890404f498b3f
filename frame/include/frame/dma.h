/*
 * DMA of a partition's functions: open while the partition runs, closed before its memory is
 * anybody else's business. On its home core; frame/smmu.h is beneath it. docs/dma.md has the order
 * of things.
 */
#ifndef FRAME_DMA_H
#define FRAME_DMA_H

#include <frame/smmu.h>
#include <frame/types.h>

struct partition;

/* QUIET: no function is a bus master; streams are as they were. */
enum dma_state { DMA_CLOSED, DMA_CLOSING, DMA_QUIET, DMA_OPENING, DMA_OPEN };

/* Kept (keep.h), but for the domain; the home core's. */
struct dma {
	uint32_t state; /* enum dma_state */
	uint32_t mark;  /* CLOSING, OPENING: what smmu_done() is asked for */
	struct smmu_domain domain;
};

/* True: it is so. False: on the way, and a message brings LIFE_LOOK again. */
bool dma_close(struct partition *partition);
bool dma_open(struct partition *partition);

/* The SMMU's interrupts, on the console's core; and the timer after them. */
void dma_events(void);
void dma_error(void);

#endif
