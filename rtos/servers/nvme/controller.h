/*
 * An NVMe controller (NVM Express 1.4): its registers, its reset, and what it says of itself and of
 * its first namespace. Registers and memory are what the caller says, so it is tested on the host
 * against a controller that does anything (tests/unit/rtos_servers/test_nvme.c). All waits end.
 */
#ifndef NVME_CONTROLLER_H
#define NVME_CONTROLLER_H

#include "pair.h"

#define CONTROLLER_MEMORY   (2 * PAIR_BYTES + PAIR_PAGE) /* bytes that it takes from the DMA's */
#define CONTROLLER_PAUSE_US 50

struct controller {
	volatile uint32_t *registers;
	uint64_t size; /* bytes from the registers' beginning on */
	struct pair admin, io;
	volatile uint8_t *told; /* what it says of itself, a page in the memory for DMA */
	uint64_t told_physical;
	uint32_t patience; /* milliseconds that a reset may take */
	uint32_t stride;   /* bytes from one bell to the next */

	/* What it said. */
	uint64_t blocks;
	uint32_t namespace_id;
	uint32_t block_shift; /* a block has 1 << block_shift bytes: 512 to 4,096 */
	uint32_t most;        /* bytes of one request; 0: any number */
	bool read_only;
	bool caches; /* a write is on the medium after a flush */
	bool zeroes, discards;
};

/* Resets the controller: from then on it writes nowhere. Not NULL: the error. */
const char *controller_reset(struct controller *controller);
/* After that: with CONTROLLER_MEMORY bytes at a page's beginning, until it takes commands by `io`.
 * Its interrupt isn't looked at meanwhile. Not NULL: the error. */
const char *controller_begin(struct controller *controller, uint8_t *memory, uint64_t physical);
/* False: it reports a fatal error, isn't ready any more, or is gone. */
bool controller_is_well(const struct controller *controller);
/* While it is hushed, it doesn't assert its interrupt. */
void controller_hush(const struct controller *controller, bool hushed);

/* Made by the user of controller.c: milliseconds since some time; waits CONTROLLER_PAUSE_US or
 * longer; whether it asserts its interrupt. */
uint64_t controller_clock(void);
void controller_pause(void);
bool controller_asserts(void);

#endif
