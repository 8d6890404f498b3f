/* SPDX-License-Identifier: MIT-0 */
/*
 * A device behind virtio-mmio, and the rings of its queues (virtio 1.2, 2.7 and 4.2.2), for a guest
 * that drives it without a driver.
 */
#ifndef GUEST_VIRTIO_H
#define GUEST_VIRTIO_H

#include <guest/access.h>

/* Its registers. */
enum {
	VIRTIO_KIND = 0x008,
	VIRTIO_OFFERED = 0x010,
	VIRTIO_OFFERED_WORD = 0x014,
	VIRTIO_ACCEPTED = 0x020,
	VIRTIO_ACCEPTED_WORD = 0x024,
	VIRTIO_QUEUE = 0x030,
	VIRTIO_SIZE = 0x038,
	VIRTIO_READY = 0x044,
	VIRTIO_NOTIFY = 0x050,
	VIRTIO_INTERRUPTS = 0x060,
	VIRTIO_ACKNOWLEDGE = 0x064,
	VIRTIO_STATUS = 0x070,
	VIRTIO_DESCRIPTORS = 0x080,
	VIRTIO_DRIVER = 0x090,
	VIRTIO_DEVICE = 0x0a0,
};

#define VIRTIO_DISK    2u /* kinds */
#define VIRTIO_ENTROPY 4u

#define VIRTIO_MORE     1u /* flags of a descriptor */
#define VIRTIO_WRITABLE 2u
#define VIRTIO_TABLE    4u

struct virtio_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

/* A queue of so many entries: members of a struct. */
#define VIRTIO_RINGS(entries)                                                                      \
	_Alignas(16) struct virtio_descriptor descriptors[entries];                                \
	struct {                                                                                   \
		uint16_t flags;                                                                    \
		volatile uint16_t index;                                                           \
		uint16_t entry[(entries) + 1];                                                     \
	} driver;                                                                                  \
	_Alignas(4) struct {                                                                       \
		uint16_t flags;                                                                    \
		volatile uint16_t index;                                                           \
		struct {                                                                           \
			uint32_t id, length;                                                       \
		} entry[entries];                                                                  \
		uint16_t event;                                                                    \
	} device

/* Tells the device where a queue's descriptors or one of its rings lie. */
static inline void virtio_place(uintptr_t registers, uint32_t offset, const volatile void *at)
{
	board_write32(registers + offset, (uint32_t)(uintptr_t)at);
	board_write32(registers + offset + 4, (uint32_t)((uintptr_t)at >> 32));
}

#endif
