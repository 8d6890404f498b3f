/* How a context of the fake machine trapped: see fake/cpu.h. */
#ifndef MACHINE_FAULT_H
#define MACHINE_FAULT_H

#include <machine/sysreg.h>

static inline uint64_t fault_pstate(void)
{
	return sysreg_read(spsr_el2);
}

#endif
