/*
 * A virtio-mmio slot without a device: its places, and reads of it in each width.
 *
 * Shows: guests.slots.
 */
#include <pure/slot.h>
#include <stdlib.h>
#include <unit.h>

#define MAGIC  0x74726976u
#define VENDOR 0x554d4551u

static const struct bundle_board first = {
    .virtio_base = 0x0a000000, .virtio_slots = 32, .virtio_version = 2};
static const struct bundle_board legacy = {
    .virtio_base = 0xa0000000, .virtio_slots = 8, .virtio_version = 1};

TEST(test_places)
{
	const struct bundle_board none = {.virtio_slots = 0};

	assert_false(slot_is_at(&first, 0));
	assert_false(slot_is_at(&first, 0x09ffffff));
	assert_true(slot_is_at(&first, 0x0a000000));
	assert_true(slot_is_at(&first, 0x0a003fff));
	assert_false(slot_is_at(&first, 0x0a004000));
	assert_false(slot_is_at(&first, ~0ULL));
	assert_true(slot_is_at(&legacy, 0xa0000fff));
	assert_false(slot_is_at(&legacy, 0xa0001000));
	assert_false(slot_is_at(&none, 0));
	assert_false(slot_is_at(&none, ~0ULL));
}

/* Like QEMU's registers of 32 bits: only an access to a register's first byte has its value. */
TEST(test_every_offset)
{
	for (uint32_t offset = 0; offset < 32 * BUNDLE_VIRTIO_SIZE; offset++) {
		const uint32_t at = offset % BUNDLE_VIRTIO_SIZE;
		const uint32_t want = at == 0 ? MAGIC : at == 4 ? 2 : at == 12 ? VENDOR : 0;

		for (uint32_t size = 1; size <= 4; size *= 2)
			assert_int_equal(slot_read(&first, offset, size), want);
	}
}

TEST(test_two_registers)
{
	assert_true(slot_read(&first, 0x3e00, 8) == (2ull << 32 | MAGIC));
	assert_true(slot_read(&first, 0x3e04, 8) == 2);
	assert_true(slot_read(&first, 0x3e08, 8) == (uint64_t)VENDOR << 32);
	assert_true(slot_read(&first, 0x3e10, 8) == 0);
	assert_true(slot_read(&first, 0x1fc, 8) == (uint64_t)MAGIC << 32); /* the next slot's */
}

TEST(test_legacy_version)
{
	assert_int_equal(slot_read(&legacy, 4, 4), 1);
	assert_true(slot_read(&legacy, 0xe00, 8) == (1ull << 32 | MAGIC));
}
