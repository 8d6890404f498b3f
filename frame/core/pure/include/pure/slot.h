/*
 * A virtio-mmio slot without a device, as QEMU has it: magic, version and vendor read as they are,
 * all else as 0, and a write does nothing. Every slot in a page that the partition doesn't own is
 * such a one to it, whether or not another partition has a device there. So a system that probes
 * all slots finds its own devices, and learns nothing of others'. Called by the trap handler.
 */
#ifndef PURE_SLOT_H
#define PURE_SLOT_H

#include <frame/types.h>
#include <kumiki/bundle.h>

static inline bool slot_is_at(const struct bundle_board *board, uint64_t ipa)
{
	return ipa - board->virtio_base < (uint64_t)board->virtio_slots * BUNDLE_VIRTIO_SIZE;
}

/* The offset is from the first slot on. Size 8 reads two registers; a smaller size reads the
 * beginning of a register, and the caller cuts it off. */
uint64_t slot_read(const struct bundle_board *board, uint32_t offset, uint32_t size);

#endif
