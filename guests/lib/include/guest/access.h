/* SPDX-License-Identifier: MIT-0 */
/* Device registers. Each access is one load or store of exactly this width. */
#ifndef GUEST_ACCESS_H
#define GUEST_ACCESS_H

#include <stdint.h>

static inline uint32_t board_read32(uintptr_t address)
{
	return *(volatile uint32_t *)address;
}

static inline void board_write32(uintptr_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

static inline uint64_t board_read64(uintptr_t address)
{
	return *(volatile uint64_t *)address;
}

static inline void board_write64(uintptr_t address, uint64_t value)
{
	*(volatile uint64_t *)address = value;
}

#endif
