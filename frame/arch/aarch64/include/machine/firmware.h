/* The firmware below the frame: PSCI by SMC (Arm DEN0022). */
#ifndef MACHINE_FIRMWARE_H
#define MACHINE_FIRMWARE_H

#include <stdint.h>

/* Starts a core at a physical address with x0 = argument. 0, or PSCI's error. */
int64_t firmware_cpu_on(uint64_t affinity, uint64_t entry, uint64_t argument);

/* Turns this core off: returns only the firmware's error. */
int64_t firmware_cpu_off(void);

/*
 * The firmware's answer about ARCH_WORKAROUND_<number> (1 to 3; Arm DEN0028): 0: the call
 * mitigates; 1: not needed on this machine; -1: it doesn't know. And the call itself.
 */
int32_t firmware_workaround(uint32_t number);
void firmware_mitigate(uint32_t function);

/* Turns the machine off. */
_Noreturn void firmware_off(void);

#endif
