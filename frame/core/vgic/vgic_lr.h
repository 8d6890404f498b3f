/*
 * This core's list registers, for the files that fill them: which ones exist, which are free, and
 * what the trace says of an interrupt that goes into one.
 */
#ifndef VGIC_LR_H
#define VGIC_LR_H

#include "vgic_deliver.h"
#include <machine/gic_cpu.h>
#include <state/core.h>

static inline uint32_t lr_mask(void)
{
	return core.lists;
}

static inline uint32_t lr_free(void)
{
	return lr_empty() & lr_mask();
}

/* The event's high half: 1 if the list register is linked to a physical interrupt. */
#define TRACE_PHYSICAL(lr) (((lr)&LR_HW) >> LR_HW_BIT << 32)

#endif
