/* What of a vCPU lies in a fake core while it is resident there: see fake/cpu.h and fake/gic.h. */
#ifndef MACHINE_RESIDENT_H
#define MACHINE_RESIDENT_H

#include <stdbool.h>
#include <stdint.h>

struct resident_el1 {
	uint64_t mark; /* fake_sysregs->el1: of all registers of EL1 */
};

struct resident_float {
	uint64_t mark;
};

struct resident_gic {
	uint64_t lr[16];
	uint32_t hcr, unmatched, running;
	bool apart;
};

void resident_save_el1(struct resident_el1 *el1);
void resident_load_el1(const struct resident_el1 *el1);
void resident_save_float(struct resident_float *to);
void resident_load_float(const struct resident_float *from);
void resident_forget_translations(void);
void resident_save_gic(struct resident_gic *gic);
void resident_load_gic(const struct resident_gic *gic);

#endif
