/*
 * Every slot of virtio-mmio, by address, as a system probes them that knows the board and no tree:
 * a slot without a device reads in every width as QEMU's does, and a write to it does nothing.
 *
 * Shows: guests.slots.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/exception.h>
#include <guest/test.h>
#include <stdio.h>

#define SLOT_SIZE  0x200u
#define PAGE_SLOTS 8
#define MAGIC      0x74726976u
#define VENDOR     0x554d4551u

#define STATUS        0x70 /* of a device */
#define STATUS_DRIVER 3    /* a driver knows it */

#define READ(load, value, at)                                                                      \
	__asm__ volatile(load " %w0, [%1]" : "=r"(value) : "r"(at) : "memory") /* NOLINT */

static uint64_t slot_at(unsigned int slot)
{
	return BOARD_VIRTIO + slot * SLOT_SIZE;
}

static bool slot_is_empty(unsigned int slot)
{
	return board_read32(slot_at(slot) + 8) == 0;
}

/* All slots have the same one. */
static uint32_t slot_version(void)
{
	return board_read32(slot_at(0) + 4);
}

static void slot_check(uint64_t at)
{
	CHECK_EQUAL(board_read32(at), MAGIC);
	CHECK_EQUAL(board_read32(at + 4), slot_version());
	CHECK_EQUAL(board_read32(at + 8), 0);
	CHECK_EQUAL(board_read32(at + 12), VENDOR);
	for (uint64_t word = 16; word < SLOT_SIZE; word += 4)
		CHECK_EQUAL(board_read32(at + word), 0);
}

/* Once, also where the tests run without end. */
static void slots_said(void)
{
	static bool said;
	unsigned int empty = 0;

	if (said)
		return;
	said = true;
	CHECK(slot_version() == 1 || slot_version() == 2);
	for (unsigned int slot = 0; slot < BOARD_VIRTIO_SLOTS; slot++) {
		if (slot_is_empty(slot))
			empty++;
		else
			printf("slots: slot %u has device %u\n", slot,
			       (unsigned int)board_read32(slot_at(slot) + 8));
	}
	printf("slots: version %u, %u of %u empty\n", (unsigned int)slot_version(), empty,
	       (unsigned int)BOARD_VIRTIO_SLOTS);
}

static void words_of_empty_slots(void)
{
	for (unsigned int slot = 0; slot < BOARD_VIRTIO_SLOTS; slot++)
		if (slot_is_empty(slot))
			slot_check(slot_at(slot));
}

/* Only an access to a register's first byte reads the register. */
static void parts_of(uint64_t at)
{
	uint64_t value;

	READ("ldrb", value, at);
	CHECK_EQUAL(value, MAGIC & 0xff);
	READ("ldrb", value, at + 1);
	CHECK_EQUAL(value, 0);
	READ("ldrh", value, at);
	CHECK_EQUAL(value, MAGIC & 0xffff);
	READ("ldrh", value, at + 2);
	CHECK_EQUAL(value, 0);
	READ("ldrh", value, at + 12);
	CHECK_EQUAL(value, VENDOR & 0xffff);
	READ("ldrsh", value, at + 8);
	CHECK_EQUAL(value, 0);
	CHECK_EQUAL(board_read64(at), (uint64_t)slot_version() << 32 | MAGIC);
	CHECK_EQUAL(board_read64(at + 8), (uint64_t)VENDOR << 32);
}

static void other_widths(void)
{
	for (unsigned int slot = 0; slot < BOARD_VIRTIO_SLOTS; slot++)
		if (slot_is_empty(slot))
			parts_of(slot_at(slot));
}

/* Such an access traps without a syndrome. */
static void pairs_and_write_back(void)
{
	uint64_t at = slot_at(0), one, two;

	if (!slot_is_empty(0))
		return;
	__asm__ volatile("ldp %w0, %w1, [%2], #8" : "=&r"(one), "=&r"(two), "+r"(at)::"memory");
	CHECK_EQUAL(one, MAGIC);
	CHECK_EQUAL(two, slot_version());
	__asm__ volatile("ldr %w0, [%1, #4]!" : "=r"(one), "+r"(at)::"memory");
	CHECK_EQUAL(one, VENDOR);
	CHECK_EQUAL(at, slot_at(0) + 12);
	__asm__ volatile("stp %w0, %w0, [%1, #-12]!" : "+r"(one), "+r"(at)::"memory");
	CHECK_EQUAL(at, slot_at(0));
	slot_check(at);
}

/* Writes to each register in each width, among them a driver's usual writes. */
static void writes_do_nothing(void)
{
	for (unsigned int slot = 0; slot < BOARD_VIRTIO_SLOTS; slot++) {
		uint64_t at = slot_at(slot);

		if (!slot_is_empty(slot))
			continue;
		for (uint64_t word = 0; word < SLOT_SIZE; word += 8) {
			board_write64(at + word, ~0ull);
			board_write32(at + word, 0xffffffff);
			board_write32(at + word + 4, 1);
			__asm__ volatile("strb %w0, [%1]\n\tstrh %w0, [%1, #2]" ::"r"(0xff),
			                 "r"(at + word)
			                 : "memory");
		}
		slot_check(at);
	}
}

/* A device of one's own goes on as it was told to: nobody else's writes reach it. */
static void own_devices_keep(void)
{
	static uint32_t status; /* as after a reset; then as a driver begins */

	for (unsigned int slot = 0; slot < BOARD_VIRTIO_SLOTS; slot++)
		if (!slot_is_empty(slot))
			CHECK_EQUAL(board_read32(slot_at(slot) + STATUS), status);
	status = STATUS_DRIVER;
	for (unsigned int slot = 0; slot < BOARD_VIRTIO_SLOTS; slot++)
		if (!slot_is_empty(slot))
			board_write32(slot_at(slot) + STATUS, status);
}

static bool is_abort(uint64_t address)
{
	const struct guest_frame *frame = fault_taken();

	return frame != NULL && ESR_CLASS(frame->esr) == ESR_CLASS_ABORT && frame->far == address &&
	       ESR_FAULT_STATUS(frame->esr) == ESR_EXTERNAL_ABORT;
}

/* What lies on either side of them is no slot. */
static void before_and_behind(void)
{
	uint64_t end = slot_at(BOARD_VIRTIO_SLOTS);

	fault_expect();
	board_read32(BOARD_VIRTIO - 4);
	CHECK(is_abort(BOARD_VIRTIO - 4));
	fault_expect();
	board_read32(end);
	CHECK(is_abort(end));
	fault_expect();
	board_write32(end, 1);
	CHECK(is_abort(end));
}

/* The frame emulates no register by such an instruction. The first page may be one's own: then
 * QEMU has its slots. */
static void not_exclusively(void)
{
	uint64_t at = slot_at(0), value = 0x1234;

	for (unsigned int slot = 0; slot < PAGE_SLOTS; slot++)
		if (!slot_is_empty(slot))
			return;
	fault_expect();
	__asm__ volatile("ldxr %w0, [%1]" : "+r"(value) : "r"(at) : "memory");
	CHECK(is_abort(at));
	CHECK_EQUAL(value, 0x1234);
}

const struct test tests[] = {
    {"slots-said", slots_said, TEST_ANYWHERE},
    {"words-of-empty-slots", words_of_empty_slots, TEST_ANYWHERE},
    {"other-widths", other_widths, TEST_ANYWHERE},
    {"pairs-and-write-back", pairs_and_write_back, TEST_ANYWHERE},
    {"writes-do-nothing", writes_do_nothing, TEST_ANYWHERE},
    {"own-devices-keep", own_devices_keep, TEST_ANYWHERE},
    {"before-and-behind", before_and_behind, TEST_ANYWHERE},
    {"not-exclusively", not_exclusively, TEST_KUMIKI},
    {0},
};
