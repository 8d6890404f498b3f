/* Saves and loads the virtual CPU interface, but for its list registers: see machine/resident.h. */
#ifndef MACHINE_GIC_RESIDENT_H
#define MACHINE_GIC_RESIDENT_H

#include <machine/gic_cpu.h>
#include <machine/resident_gic.h>

static inline void gic_save_interface(struct resident_gic *gic)
{
	gic->hcr = *gich(GICH_HCR);
	gic->vmcr = *gich(GICH_VMCR);
	gic->ap0 = *gich(GICH_APR);
}

static inline void gic_load_interface(const struct resident_gic *gic)
{
	*gich(GICH_HCR) = (uint32_t)gic->hcr;
	*gich(GICH_VMCR) = (uint32_t)gic->vmcr;
	*gich(GICH_APR) = (uint32_t)gic->ap0;
}

#endif
