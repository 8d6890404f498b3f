/* Which devices of a board can start memory accesses of their own. */
#ifndef HOST_DMA_H
#define HOST_DMA_H

#include <host/dts.h>
#include <stdbool.h>

/* By its `compatible`; an unknown device counts as able to. */
bool dma_possible(const struct dts_node *node);

#endif
