/* Where the frame has a GICv3's registers, and where a guest sees its virtual ones. */
#ifndef FRAME_GIC_PLACES_H
#define FRAME_GIC_PLACES_H

#include <frame/gic_registers.h>
#include <frame/layout.h>
#include <frame/types.h>

#define GIC_KIND "a GICv3"
#define GIC_QEMU "QEMU's -M virt,gic-version=3"

/* A guest's own WFI sees each interrupt. */
#define GIC_WFI_SEES true

#define GICD_SIZE 0x10000

/* What a guest sees at gicr_ipa: a redistributor for each vCPU. */
#define GIC_OWN_SIZE(vcpus) ((uint64_t)(vcpus)*GICR_STEP)

/* The enable, pending and active bits of 32 interrupts: word n of the SPIs, or of this core's
 * private ones. */
static inline va_t gic_spis(uint32_t word)
{
	return (va_t){LAYOUT_GICD + 4 * (uint64_t)word};
}

static inline va_t gic_private(void)
{
	return (va_t){LAYOUT_GICR + GICR_SGI};
}

#endif
