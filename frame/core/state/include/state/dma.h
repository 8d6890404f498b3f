/* What is kept of a partition's streams: whether they are open. docs/ownership.md. */
#ifndef STATE_DMA_H
#define STATE_DMA_H

#include <frame/smmu.h>

/* QUIET: the command registers were written, and the streams haven't changed yet. */
enum dma_state { DMA_CLOSED, DMA_CLOSING, DMA_QUIET, DMA_OPENING, DMA_OPEN };

/* Kept (keep.h), except the domain. The home core writes it. */
struct dma {
	uint32_t state; /* enum dma_state */
	uint32_t mark;  /* CLOSING, OPENING: the change that smmu_done() is asked about */
	struct smmu_domain domain;
};

#endif
