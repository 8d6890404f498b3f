/* Saves and loads the virtual CPU interface, but for its list registers: see machine/resident.h. */
#ifndef MACHINE_GIC_RESIDENT_H
#define MACHINE_GIC_RESIDENT_H

#include <machine/gic_cpu.h>
#include <machine/resident_gic.h>

/* ICH_HCR_EL2 and ICH_VMCR_EL2; ICH_AP0R0_EL2 and ICH_AP1R0_EL2. */
static inline void gic_save_interface(struct resident_gic *gic)
{
	RESIDENT_SAVE(gic, hcr, S3_4_C12_C11_0, S3_4_C12_C11_7);
	RESIDENT_SAVE(gic, ap0, S3_4_C12_C8_0, S3_4_C12_C9_0);
}

static inline void gic_load_interface(const struct resident_gic *gic)
{
	RESIDENT_LOAD(gic, hcr, S3_4_C12_C11_0, S3_4_C12_C11_7);
	RESIDENT_LOAD(gic, ap0, S3_4_C12_C8_0, S3_4_C12_C9_0);
}

#endif
