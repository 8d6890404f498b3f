/* Starts an NVMe drive; see nvme.h. */
#include "nvme.h"
#include <guest/board.h>
#include <guest/time.h>

#define NVME_CONFIGURATION 0x14u
#define NVME_ADMIN_SIZES   0x24u
#define NVME_ADMIN_QUEUE   0x28u
#define NVME_ADMIN_DONE    0x30u
#define NVME_ENABLE        0x00460001u /* entries of 64 and 16 bytes */
#define NVME_READY         1u

static void nvme_set64(uintptr_t at, uint64_t address)
{
	board_write32(at, (uint32_t)address);
	board_write32(at + 4, (uint32_t)(address >> 32));
}

static bool nvme_becomes(uintptr_t base, uint32_t ready)
{
	return time_wait_until((board_read32(base + NVME_STATUS) & NVME_READY) == ready);
}

bool nvme_begin(uintptr_t base, uint64_t commands, uint64_t completions, uint32_t size)
{
	board_write32(base + NVME_CONFIGURATION, 0);
	if (!nvme_becomes(base, 0))
		return false;
	board_write32(base + NVME_ADMIN_SIZES, (size - 1) << 16 | (size - 1));
	nvme_set64(base + NVME_ADMIN_QUEUE, commands);
	nvme_set64(base + NVME_ADMIN_DONE, completions);
	board_write32(base + NVME_CONFIGURATION, NVME_ENABLE);
	return nvme_becomes(base, NVME_READY);
}
