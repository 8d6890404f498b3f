/* The registers of a vCPU that are in a fake core while the vCPU is resident there: see fake/cpu.h
 * and fake/gic.h. */
#ifndef MACHINE_RESIDENT_H
#define MACHINE_RESIDENT_H

#include <machine/sysreg.h>
#include <stdbool.h>
#include <stdint.h>

struct resident_el1 {
	uint64_t mark;     /* fake_sysregs->el1: stands for all registers of EL1 */
	uint64_t floating; /* fake_sysregs->floating */
	uint64_t vbar, sctlr;
	/* never exchanged */
	uint64_t ttbr0, ttbr1, tcr, sp_el0, sp_el1, elr, spsr, esr, far;
};

struct resident_float {
	uint64_t keys[1];
};

struct resident_gic {
	uint32_t used, held;
	uint64_t lr[16];
	uint32_t hcr, unmatched, running;
	bool apart;
	uint64_t virtual_control, virtual_compare, physical_control, physical_compare;
};

void resident_exchange_el1(struct resident_el1 *from, const struct resident_el1 *to);
void resident_forget_translations(uint64_t vttbr);
bool resident_timer_asks(bool is_virtual);
uint32_t resident_save_gic(struct resident_gic *gic, uint32_t lists);
static inline void resident_stop_timers(void)
{
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
}

void resident_load_gic(const struct resident_gic *gic, uint32_t used);

#endif
