/* Registers of a device, as the frame's own tables map them. Each call is one access; accesses stay
 * in order. */
#ifndef MACHINE_DEVICE_H
#define MACHINE_DEVICE_H

#include <stdint.h>

static inline uint32_t device_read(uint64_t at)
{
	return *(volatile uint32_t *)at;
}

static inline void device_write(uint64_t at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

static inline uint16_t device_read_16(uint64_t at)
{
	return *(volatile uint16_t *)at;
}

static inline void device_write_16(uint64_t at, uint16_t value)
{
	*(volatile uint16_t *)at = value;
}

static inline void device_write_64(uint64_t at, uint64_t value)
{
	*(volatile uint64_t *)at = value;
}

#endif
