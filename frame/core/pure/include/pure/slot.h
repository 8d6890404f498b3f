/*
 * A virtio-mmio slot without a device, as QEMU has it: magic, version and vendor read as they are,
 * all else as 0, and a write does nothing. A partition sees such a slot wherever it doesn't own the
 * slot's page, whether or not another partition has a device there. So a system that probes all
 * slots finds its own devices, and learns nothing of others. The trap handler calls this.
 */
#ifndef PURE_SLOT_H
#define PURE_SLOT_H

#include <frame/types.h>
#include <kumiki/bundle.h>

static inline bool slot_is_at(const struct bundle_board *board, uint64_t ipa)
{
	return ipa - board->virtio_base < (uint64_t)board->virtio_slots * BUNDLE_VIRTIO_SIZE;
}

/* Reads by an offset from the first slot on. Size 8 reads two registers. For a smaller size the
 * caller cuts the value. */
uint64_t slot_read(const struct bundle_board *board, uint32_t offset, uint32_t size);

#endif
