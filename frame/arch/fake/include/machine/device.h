/* Registers of devices on the host, where a test has put them. See fake/device.h. */
#ifndef MACHINE_DEVICE_H
#define MACHINE_DEVICE_H

#include <stdint.h>

uint32_t device_read(uint64_t at);
void device_write(uint64_t at, uint32_t value);
uint16_t device_read_16(uint64_t at);
void device_write_16(uint64_t at, uint16_t value);
void device_write_64(uint64_t at, uint64_t value);

#endif
