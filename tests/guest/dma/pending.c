/* Makes an NVMe drive's message pending; see pending.h. */
#include "pending.h"
#include "nvme.h"
#include <guest/cpu.h>
#include <guest/time.h>
#include <string.h>

#define DEVICES  32u
#define SLOT     (1u << 15)
#define COMMAND  0x04u /* of a configuration space */
#define BAR      0x10u
#define FIRST    0x34u /* the first capability */
#define ANSWERS  6u    /* to its BARs, and is a bus master */
#define NOBODY   0xffffu
#define MSIX     0x11u
#define ENABLE   (1u << 31)
#define TABLE    4u /* in the capability: where the table is */
#define MASKED   1u
#define IDENTIFY 0x06u
#define SIZE     4u

static struct {
	_Alignas(NVME_PAGE) struct nvme_command ask[SIZE];
	_Alignas(NVME_PAGE) struct nvme_completion done[SIZE];
	_Alignas(NVME_PAGE) uint8_t buffer[NVME_PAGE];
} queues;

static uintptr_t base, entry; /* the drive's registers; its first message's entry */

static uint32_t find_capability(uintptr_t space)
{
	uint32_t at = board_read32(space + FIRST) & 0xfc;

	while (at != 0 && (board_read32(space + at) & 0xff) != MSIX)
		at = board_read32(space + at) >> 8 & 0xfc;
	return at;
}

bool pending_find(void)
{
	for (uint32_t device = 1; device < DEVICES; device++) {
		uintptr_t space = BOARD_ECAM + (uintptr_t)device * SLOT;
		uint32_t at;

		if ((board_read32(space) & NOBODY) == NOBODY)
			continue;
		at = find_capability(space);
		if (at == 0)
			return false;
		base = board_read32(space + BAR) & ~0xfu;
		entry = base + (board_read32(space + at + TABLE) & ~7u);
		board_write32(space + COMMAND, ANSWERS);
		if ((board_read32(space + at) & ENABLE) != 0)
			return false; /* it isn't as after a reset */
		board_write32(space + at, board_read32(space + at) | ENABLE);
		return true;
	}
	return false;
}

uintptr_t pending_make(uint64_t to, uint32_t event)
{
	board_write32(entry + PENDING_CONTROL, MASKED);
	memset(&queues, 0, sizeof(queues));
	queues.ask[0].opcode = IDENTIFY;
	queues.ask[0].first = (uintptr_t)queues.buffer;
	queues.ask[0].words[0] = 1;
	if (!nvme_begin(base, (uintptr_t)queues.ask, (uintptr_t)queues.done, SIZE))
		return 0;
	cpu_dsb();
	board_write32(base + NVME_DOORBELLS, 1);
	if (!time_wait_until(queues.done[0].status != 0))
		return 0;
	board_write32(entry, (uint32_t)to);
	board_write32(entry + 4, (uint32_t)(to >> 32));
	board_write32(entry + 8, event);
	return entry;
}
