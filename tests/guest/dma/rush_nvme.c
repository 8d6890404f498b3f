/* An NVMe drive with one queue for requests; see rush.h. */
#include "nvme.h"
#include "rush.h"
#include <guest/time.h>

#define CREATE_SUBMISSION 0x01u
#define CREATE_COMPLETION 0x05u
#define READ              0x02u
#define CONTIGUOUS        1u
#define SIZE              64u

static struct {
	struct nvme_command admin[SIZE], requests[SIZE];
	_Alignas(NVME_PAGE) struct nvme_completion admin_done[SIZE];
	_Alignas(NVME_PAGE) struct nvme_completion done[SIZE];
	_Alignas(NVME_PAGE) uint64_t pages[RUSH_REQUESTS][NVME_PAGE / 8];
} queue __attribute__((aligned(4096)));

static uintptr_t base;

/* Command number `at` of the administrator's queue: makes queue 1, and waits for it. */
static bool create(uint32_t at, uint32_t opcode, const volatile void *where, uint32_t flags)
{
	queue.admin[at] = (struct nvme_command){
	    .opcode = opcode, .first = (uintptr_t)where, .words = {(SIZE - 1) << 16 | 1, flags}};
	cpu_dsb();
	board_write32(base + NVME_DOORBELLS, at + 1);
	return time_wait_until((queue.admin_done[at].status & NVME_DONE) != 0) &&
	       queue.admin_done[at].status >> 17 == 0;
}

static bool nvme_start(uint32_t slot)
{
	base = rush_bar(slot, 0);
	return nvme_begin(base, (uintptr_t)queue.admin, (uintptr_t)queue.admin_done, SIZE) &&
	       create(0, CREATE_COMPLETION, queue.done, CONTIGUOUS) &&
	       create(1, CREATE_SUBMISSION, queue.requests, 1u << 16 | CONTIGUOUS);
}

static void nvme_read(const uint64_t *to, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t page = 1; page < RUSH_BYTES / NVME_PAGE; page++)
			queue.pages[i][page - 1] = to[i] + page * NVME_PAGE;
		queue.requests[i] =
		    (struct nvme_command){.opcode = READ | i << 16,
		                          .space = 1,
		                          .first = to[i],
		                          .second = (uintptr_t)queue.pages[i],
		                          .words = {i * RUSH_SECTORS, 0, RUSH_SECTORS - 1}};
	}
	cpu_dsb();
	board_write32(base + NVME_DOORBELLS + 8, count);
}

static uint32_t nvme_done(void)
{
	uint32_t count = 0;

	while (count < RUSH_REQUESTS && (queue.done[count].status & NVME_DONE) != 0)
		count++;
	return count;
}

const struct rush_disk rush_nvme = {"nvme", 0x00101b36, nvme_start, nvme_read, nvme_done};
