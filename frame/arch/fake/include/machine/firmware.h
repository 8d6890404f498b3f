/* The firmware of the fake machine: see fake/cpu.h. */
#ifndef MACHINE_FIRMWARE_H
#define MACHINE_FIRMWARE_H

#include <stdint.h>

int64_t firmware_cpu_on(uint64_t affinity, uint64_t entry, uint64_t argument);
int64_t firmware_cpu_off(void);
int32_t firmware_workaround(uint32_t number);
void firmware_mitigate(uint32_t function);
_Noreturn void firmware_off(void);

#endif
