/* An NVMe drive (NVM Express 1.4): one queue for requests, polled. See rush.h. */
#include "rush.h"
#include <guest/time.h>

#define CONFIGURATION 0x14u
#define STATUS        0x1cu
#define ADMIN_SIZES   0x24u
#define ADMIN_QUEUE   0x28u
#define ADMIN_DONE    0x30u
#define DOORBELLS     0x1000u /* submission 0, completion 0, submission 1, … */

#define ENABLE 0x00460001u /* entries of 64 and 16 bytes */
#define READY  1u

#define CREATE_SUBMISSION 0x01u
#define CREATE_COMPLETION 0x05u
#define READ              0x02u
#define CONTIGUOUS        1u
#define SIZE              64u
#define PAGE              4096u

struct command {
	uint32_t opcode, space;
	uint64_t reserved[2], first, second;
	uint32_t words[6];
};

struct completion {
	uint32_t words[3];
	volatile uint32_t status; /* bit 16: the phase, 1 in the first round */
};

static struct {
	struct command admin[SIZE], requests[SIZE];
	_Alignas(PAGE) struct completion admin_done[SIZE];
	_Alignas(PAGE) struct completion done[SIZE];
	_Alignas(PAGE) uint64_t pages[RUSH_REQUESTS][PAGE / 8];
} queue __attribute__((aligned(4096)));

static uintptr_t base;

static void set64(uint32_t at, const volatile void *address)
{
	board_write32(base + at, (uint32_t)(uintptr_t)address);
	board_write32(base + at + 4, (uint32_t)((uintptr_t)address >> 32));
}

static bool becomes(uint32_t ready)
{
	return time_wait_until((board_read32(base + STATUS) & READY) == ready);
}

/* Command number `at` of the administrator's queue: makes queue 1, and waits for it. */
static bool create(uint32_t at, uint32_t opcode, const volatile void *where, uint32_t flags)
{
	queue.admin[at] = (struct command){
	    .opcode = opcode, .first = (uintptr_t)where, .words = {(SIZE - 1) << 16 | 1, flags}};
	cpu_dsb();
	board_write32(base + DOORBELLS, at + 1);
	return time_wait_until((queue.admin_done[at].status & 1u << 16) != 0) &&
	       queue.admin_done[at].status >> 17 == 0;
}

static bool nvme_start(uint32_t slot)
{
	base = rush_bar(slot, 0);
	board_write32(base + CONFIGURATION, 0);
	if (!becomes(0))
		return false;
	board_write32(base + ADMIN_SIZES, (SIZE - 1) << 16 | (SIZE - 1));
	set64(ADMIN_QUEUE, queue.admin);
	set64(ADMIN_DONE, queue.admin_done);
	board_write32(base + CONFIGURATION, ENABLE);
	return becomes(READY) && create(0, CREATE_COMPLETION, queue.done, CONTIGUOUS) &&
	       create(1, CREATE_SUBMISSION, queue.requests, 1u << 16 | CONTIGUOUS);
}

static void nvme_read(const uint64_t *to, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t page = 1; page < RUSH_BYTES / PAGE; page++)
			queue.pages[i][page - 1] = to[i] + page * PAGE;
		queue.requests[i] =
		    (struct command){.opcode = READ | i << 16,
		                     .space = 1,
		                     .first = to[i],
		                     .second = (uintptr_t)queue.pages[i],
		                     .words = {i * RUSH_SECTORS, 0, RUSH_SECTORS - 1}};
	}
	cpu_dsb();
	board_write32(base + DOORBELLS + 8, count);
}

static uint32_t nvme_done(void)
{
	uint32_t count = 0;

	while (count < RUSH_REQUESTS && (queue.done[count].status & 1u << 16) != 0)
		count++;
	return count;
}

const struct rush_disk rush_nvme = {"nvme", 0x00101b36, nvme_start, nvme_read, nvme_done};
