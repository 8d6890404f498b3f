/*
 * DMA of a partition's functions: open while the partition runs, closed before its memory is
 * anybody else's business. On its home core; frame/smmu.h is beneath it. docs/dma.md has the order
 * of things.
 */
#ifndef DMA_DMA_H
#define DMA_DMA_H

#include <state/dma.h>

struct partition;

/* True: it is so. False: on the way, and a message brings LIFE_LOOK again. */
bool dma_close(struct partition *partition);
bool dma_open(struct partition *partition);

/* The SMMU's interrupts, on the console's core; and the timer after them. */
void dma_events(void);
void dma_error(void);

#endif
