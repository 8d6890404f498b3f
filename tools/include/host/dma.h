/* Which devices of a board can start memory accesses of their own. */
#ifndef HOST_DMA_H
#define HOST_DMA_H

#include <host/dts.h>
#include <stdbool.h>

/* Looks at the device's `compatible`. An unknown device counts as one that can. */
bool dma_possible(const struct dts_node *node);

#endif
