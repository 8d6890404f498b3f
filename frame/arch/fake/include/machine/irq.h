/* Whether interrupts can come to a fake core at EL2: the tests don't have them come. */
#ifndef MACHINE_IRQ_H
#define MACHINE_IRQ_H

#include <machine/sysreg.h>

static inline void irq_unmask(void)
{
	fake_sysregs->unmasked = true;
}

static inline void irq_mask(void)
{
	fake_sysregs->unmasked = false;
}

#endif
