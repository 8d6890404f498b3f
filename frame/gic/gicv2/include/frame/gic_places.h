/* Where the frame has a GICv2's registers, and where a guest sees its virtual ones. */
#ifndef FRAME_GIC_PLACES_H
#define FRAME_GIC_PLACES_H

#include <frame/gic_registers.h>
#include <frame/layout.h>
#include <frame/types.h>

#define GIC_KIND "a GICv2"
#define GIC_QEMU "QEMU's -M virt,gic-version=2"

/*
 * QEMU's GICv2 doesn't look at a line again that is still high when a guest ends its interrupt; it
 * looks at the next access to the physical CPU interface. So a guest's WFI comes to the frame,
 * whose waiting has such an access.
 */
#define GIC_WFI_SEES false

#define GICD_SIZE 0x1000
#define GICC_SIZE 0x2000 /* the second page has GICC_DIR alone */
#define GICH_SIZE 0x1000

/* Each core has its own CPU interface and list registers at these addresses. */
#define LAYOUT_GICC LAYOUT_GICR
#define LAYOUT_GICH (LAYOUT_GICR + 0x10000)

/* What a guest sees at gicr_ipa: GICV's first page in place of GICC's, and an emulated second one.
 */
#define GIC_OWN_SIZE(vcpus) ((uint64_t)GICC_SIZE)

/* The enable, pending and active bits of 32 interrupts: word n of the SPIs, or of this core's
 * private ones, which are banked. */
static inline va_t gic_spis(uint32_t word)
{
	return (va_t){LAYOUT_GICD + 4 * (uint64_t)word};
}

static inline va_t gic_private(void)
{
	return (va_t){LAYOUT_GICD};
}

#endif
