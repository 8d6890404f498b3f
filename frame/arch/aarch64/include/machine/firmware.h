/*
 * The firmware below the frame, as a frame is linked with it: PSCI by SMC (Arm DEN0022), or a spin
 * table and nothing to call (frame/firmware/<kind>).
 */
#ifndef MACHINE_FIRMWARE_H
#define MACHINE_FIRMWARE_H

#include <stdint.h>

/* Starts a core at a physical address, core_entry's, with x0 = argument. Returns 0, or PSCI's
 * error. */
int64_t firmware_cpu_on(uint64_t affinity, uint64_t entry, uint64_t argument);

/* Turns this core off. Returns only if the firmware refuses, with its error. */
int64_t firmware_cpu_off(void);

/*
 * firmware_workaround() returns the firmware's answer about ARCH_WORKAROUND_<number> (1 to 3; Arm
 * DEN0028) for this core. 0: the call mitigates; 1: not needed; -1: the firmware doesn't know.
 * firmware_mitigate() makes the call.
 */
int32_t firmware_workaround(uint32_t number);
void firmware_mitigate(uint32_t function);

/* firmware_off() turns the machine off, or says that nothing can, and parks the core.
 * firmware_reset() resets it, and returns if the firmware can't. */
_Noreturn void firmware_off(void);
void firmware_reset(void);

#endif
