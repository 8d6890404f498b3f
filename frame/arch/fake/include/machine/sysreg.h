/* System registers on the host: none is worth anything to the logic that is tested. */
#ifndef MACHINE_SYSREG_H
#define MACHINE_SYSREG_H

#include <stdint.h>

#define sysreg_read(name) ((uint64_t)0)

static inline void barrier_instruction(void)
{
}

static inline void barrier_full(void)
{
}

#endif
