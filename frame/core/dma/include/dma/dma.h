/*
 * DMA of a partition's functions: open while the partition runs, closed before anything else uses
 * its memory. Runs on the partition's home core where nothing else is said, and drives the SMMU by
 * frame/smmu.h. docs/inside/ownership.md has the order of the steps.
 */
#ifndef DMA_DMA_H
#define DMA_DMA_H

#include <state/dma.h>

struct partition;

/* Closes or opens the partition's DMA. True: it is done. False: it is on the way, and a message
 * brings LIFE_LOOK again. */
bool dma_close(struct partition *partition);
bool dma_open(struct partition *partition);

/* Lets the functions of a guarded partition write such pages, or only read them. False: the change
 * is on its way, or the SMMU is busy: the caller asks again. True: no access by the former rights
 * comes any more. Any core may call it. */
bool dma_allow(struct partition *partition, ipa_t ipa, uint32_t pages, bool allowed);

/* The SMMU's interrupts, on the console's core. TIMER_DMA calls dma_events(), too. */
void dma_events(void);
void dma_error(void);

#endif
