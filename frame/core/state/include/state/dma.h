/* What is kept of a partition's streams: whether they are open. docs/inside/ownership.md. */
#ifndef STATE_DMA_H
#define STATE_DMA_H

#include <frame/smmu.h>

/* QUIET: the command registers were written, and the streams haven't changed yet. */
enum dma_state { DMA_CLOSED, DMA_CLOSING, DMA_QUIET, DMA_OPENING, DMA_OPEN };

/* Kept (keep.h), except the domain and the kinds. The home core writes it; `mark`, the core that
 * has the SMMU. */
struct dma {
	uint32_t state; /* enum dma_state */
	uint32_t mark;  /* the change that smmu_done() is asked about */
	struct smmu_domain domain;
	/* enum stage2_kind, of a guarded partition's pages: those that its functions only read, and
	 * those that they write, too. */
	uint8_t kinds[2];
	uint8_t changes; /* in the middle of a change of these rights; the core that has the SMMU */
};

#endif
