/*
 * An NVMe drive (NVM Express 1.4) for the guests of this folder. They poll it, and give it the
 * memory of its admin queues. nvme.c implements this.
 */
#ifndef NVME_H
#define NVME_H

#include <stdbool.h>
#include <stdint.h>

#define NVME_STATUS    0x1cu
#define NVME_DOORBELLS 0x1000u /* submission 0, completion 0, submission 1, … */
#define NVME_FATAL     2u      /* in the status: the drive has given up */
#define NVME_PAGE      4096u
#define NVME_DONE                                                                                  \
	(1u << 16) /* in a completion, in the first round; the bits above are 0 for success */

struct nvme_command {
	uint32_t opcode, space;
	uint64_t reserved[2], first, second;
	uint32_t words[6];
};

struct nvme_completion {
	uint32_t words[3];
	volatile uint32_t status;
};

/* Resets the drive whose registers are at `base`, and starts it with admin queues of `size` entries
 * at these addresses. False: it doesn't get ready. */
bool nvme_begin(uintptr_t base, uint64_t commands, uint64_t completions, uint32_t size);

#endif
