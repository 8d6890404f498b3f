/* What of a vCPU lies in a core's registers while it is resident there, and is saved when not. */
#ifndef MACHINE_RESIDENT_H
#define MACHINE_RESIDENT_H

#include <stdint.h>

#define RESIDENT_KEYS 10

struct resident_el1 {
	uint64_t sctlr, ttbr0, ttbr1, tcr, mair, amair, contextidr, vbar, cpacr, csselr, par;
	uint64_t esr, far, afsr0, afsr1, elr, spsr, sp_el0, sp_el1;
	uint64_t tpidr_el0, tpidrro_el0, tpidr_el1, cntkctl, mdscr, vmpidr;
	uint64_t keys[RESIDENT_KEYS]; /* of pointer authentication */
};

struct resident_float {
	uint64_t v[64] __attribute__((aligned(16)));
	uint64_t control, status;
};

struct resident_gic {
	uint64_t hcr, vmcr, ap0, ap1;
	uint64_t lr[16];
};

void resident_save_el1(struct resident_el1 *el1);
void resident_load_el1(const struct resident_el1 *el1);
void resident_save_float(struct resident_float *to);
void resident_load_float(const struct resident_float *from);

/* Another vCPU of a partition ran here before: what it translated for itself alone is forgotten.
 * With that partition's VMID in place. */
void resident_forget_translations(void);

/* The virtual interface; what was saved has left it. */
void resident_save_gic(struct resident_gic *gic);
void resident_load_gic(const struct resident_gic *gic);

#endif
