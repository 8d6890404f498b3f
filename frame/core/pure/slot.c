/* A virtio-mmio slot without a device; see pure/slot.h. */
#include <pure/slot.h>

#define SLOT_MAGIC  0x74726976u /* "virt" */
#define SLOT_VENDOR 0x554d4551u /* "QEMU" */

static uint32_t slot_register(const struct bundle_board *board, uint32_t offset)
{
	switch (offset % BUNDLE_VIRTIO_SIZE) {
	case 0x000:
		return SLOT_MAGIC;
	case 0x004:
		return board->virtio_version;
	case 0x00c:
		return SLOT_VENDOR;
	default:
		return 0;
	}
}

uint64_t slot_read(const struct bundle_board *board, uint32_t offset, uint32_t size)
{
	uint64_t value = slot_register(board, offset);

	if (size == 8)
		value |= (uint64_t)slot_register(board, offset + 4) << 32;
	return value;
}
