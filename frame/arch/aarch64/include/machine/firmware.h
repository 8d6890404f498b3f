/* The firmware below the frame: PSCI by SMC (Arm DEN0022). */
#ifndef MACHINE_FIRMWARE_H
#define MACHINE_FIRMWARE_H

#include <stdint.h>

/* Starts a core at a physical address with x0 = argument. 0, or PSCI's error. */
int64_t firmware_cpu_on(uint64_t affinity, uint64_t entry, uint64_t argument);

/* Turns the machine off. */
_Noreturn void firmware_off(void);

#endif
